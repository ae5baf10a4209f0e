#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "fields.h"

namespace warp::sdp {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<Session, ParseError> run();

 private:
  bool next_line();
  bool read_line();
  bool read_common(std::vector<std::string>& bandwidth, std::optional<Connection>& connection,
                   std::vector<Attribute>& attributes, std::vector<Line>& others);
  bool read_session_line();
  bool read_origin();
  bool read_media();
  bool read_port(std::string_view field, Media& media);
  void read_attribute(std::vector<Attribute>& attributes);

  bool fail(ParseCode code) {
    error_ = ParseError{code, line_start_};
    return false;
  }

  std::string_view text_;
  const Limits& limits_;
  Session session_;
  ParseError error_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
  char type_ = 0;
  std::string_view value_;
  bool failed_ = false;
  bool have_origin_ = false;
  bool have_name_ = false;
};

void sort(std::vector<Line>& others) {
  std::stable_sort(others.begin(), others.end(),
                   [](const Line& a, const Line& b) { return rank_of(a.type) < rank_of(b.type); });
}

Result<Session, ParseError> Parser::run() {
  if (text_.size() > limits_.octets) return ParseError{ParseCode::TooLarge, limits_.octets};
  session_.times.clear();
  while (next_line())
    if (!read_line()) return error_;
  if (failed_) return error_;
  if (lines_ == 0) return ParseError{ParseCode::Empty, 0};
  if (session_.times.empty()) session_.times.emplace_back("0 0");
  sort(session_.others);
  for (auto& media : session_.media)
    sort(media.others);
  return std::move(session_);
}

// Takes the next line that is not empty. False at the end, or with failed_ set.
bool Parser::next_line() {
  std::string_view line;
  while (line.empty()) {
    if (at_ == text_.size()) return false;
    line_start_ = at_;
    const auto end = std::min(text_.find('\n', at_), text_.size());
    line = text_.substr(at_, end - at_);
    at_ = std::min(end + 1, text_.size());
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  }
  failed_ = true;
  if (++lines_ > limits_.lines) return fail(ParseCode::TooManyLines);
  if (line.find_first_of(std::string_view("\r\0", 2)) != line.npos) return fail(ParseCode::ForbiddenByte);
  const char letter = ascii_lower(line[0]);
  if (line.size() < 2 || line[1] != '=' || letter < 'a' || letter > 'z') return fail(ParseCode::LineSyntax);
  failed_ = false;
  type_ = line[0];
  value_ = trim(line.substr(2));
  return true;
}

bool Parser::read_line() {
  if (lines_ == 1) return (type_ == 'v' && value_ == "0") || fail(ParseCode::Version);
  if (type_ == 'm') return read_media();
  if (session_.media.empty()) return read_session_line();
  auto& media = session_.media.back();
  return read_common(media.bandwidth, media.connection, media.attributes, media.others);
}

bool Parser::read_session_line() {
  switch (type_) {
    case 'o':
      return have_origin_ || read_origin();
    case 's':
      if (!have_name_ && !value_.empty()) session_.name = value_;
      have_name_ = true;
      return true;
    case 't':
      if (!value_.empty()) session_.times.emplace_back(value_);
      return true;
    default:
      return read_common(session_.bandwidth, session_.connection, session_.attributes, session_.others);
  }
}

// Lines that session and media share. Of several c= the first counts.
bool Parser::read_common(std::vector<std::string>& bandwidth, std::optional<Connection>& connection,
                         std::vector<Attribute>& attributes, std::vector<Line>& others) {
  switch (type_) {
    case 'a':
      read_attribute(attributes);
      return true;
    case 'b':
      bandwidth.emplace_back(value_);
      return true;
    case 'c':
      if (!connection) connection = read_connection(value_);
      return connection || fail(ParseCode::Connection);
    default:
      if (!is_interpreted(type_)) others.push_back(Line{type_, std::string(value_)});
      return true;
  }
}

// The user name may hold blanks in the field, so the five fields after it are counted from the end.
bool Parser::read_origin() {
  std::string_view fields[5];
  auto rest = value_;
  for (int i = 4; i >= 0; --i) {
    rest = trim(rest);
    const auto blank = rest.find_last_of(" \t");
    fields[i] = blank == rest.npos ? rest : rest.substr(blank + 1);
    rest.remove_suffix(fields[i].size());
  }
  auto& origin = session_.origin;
  origin.v6 = iequals(fields[3], "IP6");
  const bool known = origin.v6 || iequals(fields[3], "IP4");
  if (!known || !iequals(fields[2], "IN") || fields[0].empty()) return fail(ParseCode::Origin);
  rest = trim(rest);
  if (!rest.empty()) origin.username = rest;
  origin.session_id = fields[0];
  origin.session_version = fields[1];
  origin.address = fields[4];
  have_origin_ = true;
  return true;
}

bool Parser::read_media() {
  if (session_.media.size() == limits_.media) return fail(ParseCode::TooManyMedia);
  auto& media = session_.media.emplace_back();
  auto rest = value_;
  media.kind = next_field(rest);
  const bool port_read = read_port(next_field(rest), media);
  media.proto = next_field(rest);
  if (!port_read || media.proto.empty()) return fail(ParseCode::MediaLine);
  for (auto format = next_field(rest); !format.empty(); format = next_field(rest)) {
    if (media.formats.size() == limits_.formats) return fail(ParseCode::TooManyFormats);
    media.formats.emplace_back(format);
  }
  return true;
}

bool Parser::read_port(std::string_view field, Media& media) {
  const auto slash = field.find('/');
  const auto port = parse_number<std::uint16_t>(field.substr(0, slash));
  if (!port) return false;
  media.port = *port;
  if (slash == field.npos) return true;
  const auto count = parse_number<std::uint16_t>(field.substr(slash + 1), 1);
  if (!count) return false;
  media.port_count = *count;
  return true;
}

void Parser::read_attribute(std::vector<Attribute>& attributes) {
  const auto colon = value_.find(':');
  const auto name = trim(value_.substr(0, colon));
  const auto value = colon == value_.npos ? std::string_view{} : trim(value_.substr(colon + 1));
  attributes.push_back(Attribute{std::string(name), std::string(value)});
}

}  // namespace

Result<Session, ParseError> parse(std::string_view text, const Limits& limits) {
  return Parser(text, limits).run();
}

}  // namespace warp::sdp
