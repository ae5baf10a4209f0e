#include "warp/smtp/protocol.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::smtp {
namespace {

constexpr std::size_t kLongestPath = 256, kLongestLocal = 64 + 64, kMostParameters = 10;

constexpr std::array<std::pair<std::string_view, Verb>, 11> kVerbs{{{"EHLO", Verb::Ehlo},
                                                                    {"HELO", Verb::Helo},
                                                                    {"MAIL", Verb::Mail},
                                                                    {"RCPT", Verb::Rcpt},
                                                                    {"DATA", Verb::Data},
                                                                    {"RSET", Verb::Rset},
                                                                    {"NOOP", Verb::Noop},
                                                                    {"QUIT", Verb::Quit},
                                                                    {"VRFY", Verb::Vrfy},
                                                                    {"STARTTLS", Verb::StartTls},
                                                                    {"AUTH", Verb::Auth}}};

constexpr bool printable(char c) {
  return c > 0x20 && c < 0x7f;
}
bool is_word(std::string_view text, std::string_view extra) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || extra.find(c) != std::string_view::npos;
  });
}
std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > kLongestLocal) return false;
  if (local.front() == '"') {
    if (local.size() < 3 || local.back() != '"') return false;
    for (std::size_t i = 1; i + 1 < local.size(); ++i) {
      if (local[i] == '\\' && ++i + 1 >= local.size()) return false;
      if (local[i] == '"' && local[i - 1] != '\\') return false;
      if (local[i] < 0x20 || local[i] > 0x7e) return false;
    }
    return true;
  }
  return is_word(local, "!#$%&'*+-/=?^_`{|}~.");
}

bool is_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > 253) return false;
  if (domain.front() == '[')
    return domain.size() > 2 && domain.back() == ']' && is_word(domain.substr(1, domain.size() - 2), ".:-");
  return is_word(domain, "-._") && domain.front() != '.' && domain.find("..") == std::string_view::npos;
}

// The end of a path in brackets: quotes may hold a '>'.
std::size_t closing_bracket(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '>') {
      return i;
    }
  }
  return std::string_view::npos;
}

const Reply kSyntax{501, "Syntax: <address>"};

}  // namespace

std::string to_octets(const Reply& reply) {
  std::string out;
  const auto code = std::to_string(reply.code);
  std::string_view rest = reply.text;
  for (bool last = false; !last;) {
    const auto end = rest.find('\n');
    last = end == std::string_view::npos;
    out += code + (last ? ' ' : '-');
    for (const char c : rest.substr(0, end))
      out += c >= 0x20 && c < 0x7f ? c : '?';
    out += "\r\n";
    if (!last) rest.remove_prefix(end + 1);
  }
  return out;
}

Command parse_command(std::string_view line) {
  const auto space = line.find(' ');
  const auto word = line.substr(0, space);
  Command command;
  for (const auto& [name, verb] : kVerbs)
    if (iequals(word, name)) command.verb = verb;
  if (space != std::string_view::npos) command.argument = trim(line.substr(space));
  return command;
}

bool is_mailbox(std::string_view address) {
  if (address.size() > kLongestPath) return false;
  const auto at = address.rfind('@');
  return at != std::string_view::npos && is_local_part(address.substr(0, at)) &&
         is_domain(address.substr(at + 1));
}

std::string domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return {};
  std::string out(address.substr(at + 1));
  std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
  return out;
}

Result<PathArgument, Reply> parse_path(std::string_view argument, std::string_view keyword) {
  if (argument.size() <= keyword.size() || !iequals(argument.substr(0, keyword.size()), keyword) ||
      argument[keyword.size()] != ':')
    return Reply{501, "Syntax: " + std::string(keyword) + ":<address>"};
  auto rest = trim(argument.substr(keyword.size() + 1));
  if (rest.empty() || rest.front() != '<') return kSyntax;
  const auto end = closing_bracket(rest);
  if (end == std::string_view::npos) return kSyntax;
  auto path = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (path.size() > kLongestPath * 2) return kSyntax;
  if (!path.empty() && path.front() == '@') {
    const auto route = path.find(':');
    if (route == std::string_view::npos) return kSyntax;
    path.remove_prefix(route + 1);
  }
  PathArgument out;
  out.address = path;
  if (!path.empty() && !is_mailbox(path)) return Reply{501, "This is no mailbox"};
  while (!(rest = trim(rest)).empty()) {
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (!is_word(name, "-") || out.parameters.size() >= kMostParameters) return Reply{501, "Bad parameter"};
    if (!std::all_of(word.begin(), word.end(), printable)) return Reply{501, "Bad parameter"};
    out.parameters.emplace_back(upper(name),
                                equals == std::string_view::npos ? "" : std::string(word.substr(equals + 1)));
  }
  return out;
}

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::None:
      return "none";
    case Fault::BareLineEnd:
      return "bare_line_end";
    case Fault::LineTooLong:
      return "line_too_long";
    case Fault::TooBig:
      return "too_big";
  }
  return {};
}

void LineBuffer::add(std::string_view octets) {
  octets_.erase(0, begin_);
  begin_ = 0;
  octets_ += octets;
}

void LineBuffer::clear() {
  octets_.clear();
  begin_ = 0;
}

std::optional<std::string_view> LineBuffer::take() {
  if (fault_ != Fault::None) return std::nullopt;
  const auto rest = this->rest();
  const auto end = rest.find_first_of("\r\n");
  if (end == std::string_view::npos || end + 1 == rest.size()) {
    if (rest.size() > longest_) fault_ = Fault::LineTooLong;
    if (end != std::string_view::npos && rest[end] == '\n') fault_ = Fault::BareLineEnd;
    return std::nullopt;
  }
  if (rest[end] != '\r' || rest[end + 1] != '\n') {
    fault_ = Fault::BareLineEnd;
    return std::nullopt;
  }
  if (end + 2 > longest_) {
    fault_ = Fault::LineTooLong;
    return std::nullopt;
  }
  begin_ += end + 2;
  return rest.substr(0, end);
}

void DataReader::keep(std::string_view octets) {
  line_ += octets.size();
  if (fault_ != Fault::None) return;
  if (line_ > longest_line_) {
    fault_ = Fault::LineTooLong;
  } else if (octets_.size() + octets.size() > most_) {
    fault_ = Fault::TooBig;
  } else {
    octets_ += octets;
    return;
  }
  octets_ = {};
}

void DataReader::take_within(char c, State after_cr) {
  if (c == '\r') {
    state_ = after_cr;
  } else if (c == '\n') {
    fault_ = Fault::BareLineEnd;
  } else {
    keep({&c, 1});
    state_ = State::InLine;
  }
}

void DataReader::step(char c) {
  switch (state_) {
    case State::LineStart:
      line_ = 0;
      if (c == '.') {
        state_ = State::Dot;
        return;
      }
      [[fallthrough]];
    case State::InLine:
      return take_within(c, State::Cr);
    case State::Cr:
      if (c != '\n') {
        fault_ = Fault::BareLineEnd;
        return;
      }
      keep("\r\n");
      state_ = State::LineStart;
      return;
    case State::Dot:
      return take_within(c, State::DotCr);
    case State::DotCr:
      if (c == '\n') {
        state_ = State::Done;
      } else {
        fault_ = Fault::BareLineEnd;
      }
      return;
    case State::Done:
      return;
  }
}

std::size_t DataReader::take(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size() && !done() && !broken()) {
    if (state_ == State::InLine) {
      const auto run = input.substr(used, input.find_first_of("\r\n", used) - used);
      if (!run.empty()) keep(run);
      used += run.size();
      if (used == input.size()) break;
    }
    step(input[used++]);
  }
  seen_ += used;
  return used;
}

std::string stuffed(std::string_view mail) {
  std::string out;
  out.reserve(mail.size() + mail.size() / 64 + 8);
  bool line_start = true;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const char c = mail[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < mail.size() && mail[i + 1] == '\n') ++i;
      out += "\r\n";
      line_start = true;
      continue;
    }
    if (line_start && c == '.') out += '.';
    out += c;
    line_start = false;
  }
  out += line_start ? ".\r\n" : "\r\n.\r\n";
  return out;
}

namespace {
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string to_base64(std::string_view octets) {
  std::string out;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < octets.size() ? static_cast<std::uint8_t>(octets[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= octets.size() ? kBase64[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t bits = 0;
    std::size_t octets = 3;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = text[i + k];
      const bool padding = c == '=' && i + 4 == text.size() && k >= 2;
      if (padding) {
        if (octets == 3) octets = k - 1;
      } else if (octets != 3) {
        return std::nullopt;
      }
      const auto value = padding ? 0 : kBase64.find(c);
      if (value == std::string_view::npos) return std::nullopt;
      bits = bits << 6 | static_cast<std::uint32_t>(value);
    }
    for (std::size_t k = 0; k < octets; ++k)
      out += static_cast<char>(bits >> (16 - 8 * k) & 255);
  }
  return out;
}

}  // namespace warp::smtp
