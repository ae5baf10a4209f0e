#include <algorithm>
#include <cstring>

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace {

using scan::Cursor;

constexpr std::size_t kUsualHeaders = 24;

constexpr std::uint64_t bit(HeaderId id) {
  return 1ull << static_cast<unsigned>(id);
}
// A second one would let two readers of the message see different values.
constexpr std::uint64_t kSingle = bit(HeaderId::From) | bit(HeaderId::To) | bit(HeaderId::CallId) |
                                  bit(HeaderId::CSeq) | bit(HeaderId::MaxForwards) |
                                  bit(HeaderId::ContentLength) | bit(HeaderId::ContentType);
constexpr std::uint64_t kMandatory = bit(HeaderId::Via) | bit(HeaderId::From) | bit(HeaderId::To) |
                                     bit(HeaderId::CallId) | bit(HeaderId::CSeq);
// What an answer needs to be matched with its request (RFC 3261 §17.1.3); RFC 4475 §3.3.1 wants one without
// the rest.
constexpr std::uint64_t kAnswerable = bit(HeaderId::Via) | bit(HeaderId::CSeq);

}  // namespace

// Reads the whole message once. The first error is kept and reading goes on, so that it is known in the end
// whether the request could be answered; only what leaves no answer possible stops it.
class MessageParser {
 public:
  MessageParser(std::string_view datagram, const Limits& limits) : limits_(limits) { run(datagram); }

  const std::optional<ParseError>& error() const { return error_; }
  bool answerable() const {
    return !fatal_ && via_read_ && message_.is_request() && message_.method_ != Method::Ack &&
           (message_.present_ & kAnswerable) == kAnswerable;
  }
  Message take() { return std::move(message_); }

 private:
  void run(std::string_view datagram);
  void copy(std::string_view datagram);
  void read_start_line(std::string_view line);
  void read_request_line(Cursor in);
  void read_status_line(Cursor in);
  bool read_line(std::string_view& line);
  void read_header(std::string_view line);
  void keep_header(HeaderId id, std::string_view name, std::string_view value);
  void interpret(HeaderId id, std::string_view value);
  void read_top_via(std::string_view value);
  void count_vias(std::string_view value);
  void read_party(std::string_view value, NameAddr& party);
  void read_contacts(std::string_view value);
  void read_body();
  void finish();

  void fail(ParseCode code, const char* where) {
    if (error_) return;
    error_ = ParseError{code, static_cast<std::size_t>(where - message_.buffer_.get()), Severity::Drop};
  }
  void give_up(ParseCode code, const char* where) {
    fail(code, where);
    fatal_ = true;
  }

  const Limits& limits_;
  Message message_;
  std::optional<ParseError> error_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  std::size_t vias_ = 0;
  std::optional<std::size_t> content_length_;
  bool line_usable_ = true;
  bool via_read_ = false;
  bool fatal_ = false;
};

void MessageParser::run(std::string_view datagram) {
  if (datagram.size() > limits_.message_octets) {
    error_ = ParseError{ParseCode::TooLarge, limits_.message_octets, Severity::Drop};
    fatal_ = true;
    return;
  }
  copy(datagram);
  // RFC 3261 §7.5: empty lines before the start line are ignored; alone they are a keep-alive.
  while (end_ - at_ >= 2 && at_[0] == '\r' && at_[1] == '\n')
    at_ += 2;
  if (at_ == end_) return give_up(ParseCode::Empty, at_);

  std::string_view line;
  const char* start = at_;
  if (!read_line(line) || !line_usable_) return give_up(ParseCode::StartLine, start);
  read_start_line(line);
  message_.headers_.reserve(kUsualHeaders);
  bool more = true;
  while (!fatal_ && more) {
    start = at_;
    more = read_line(line);
    if (!more) {
      fail(ParseCode::Truncated, start);
    } else if (line.empty()) {
      break;
    } else if (line_usable_) {
      read_header(line);
    }
  }
  if (fatal_) return;
  read_body();
  finish();
}

void MessageParser::copy(std::string_view datagram) {
  message_.size_ = datagram.size();
  message_.buffer_.reset(new char[datagram.size() + 1]);
  if (!datagram.empty()) std::memcpy(message_.buffer_.get(), datagram.data(), datagram.size());
  at_ = message_.buffer_.get();
  end_ = at_ + datagram.size();
}

// One line without its CRLF, continuation lines joined by blanks (RFC 3261 §7.3.1). False when the bytes end
// before the line does. A line with a forbidden byte is reported and marked not to be used.
bool MessageParser::read_line(std::string_view& line) {
  char* const start = at_;
  line_usable_ = true;
  for (char* scan = at_;; ++scan) {
    scan = const_cast<char*>(scan::find_control(scan, end_));
    if (scan == end_) {
      at_ = end_;
      return false;
    }
    if (*scan == '\r' && end_ - scan > 1 && scan[1] == '\n') {
      const bool folded = scan != start && end_ - scan > 2 && scan::is_blank(scan[2]);
      if (folded) {
        scan[0] = scan[1] = ' ';
        ++scan;
        continue;
      }
      at_ = scan + 2;
      line = Cursor::view(start, scan);
      return true;
    }
    if (!scan::allowed_control(scan == start ? '\0' : scan[-1], *scan)) {
      fail(ParseCode::ForbiddenByte, scan);
      line_usable_ = false;
    }
  }
}

void MessageParser::read_start_line(std::string_view line) {
  Cursor in(line);
  constexpr std::string_view kVersionPrefix = "SIP/";
  if (iequals(line.substr(0, kVersionPrefix.size()), kVersionPrefix)) return read_status_line(in);
  read_request_line(in);
}

void MessageParser::read_request_line(Cursor in) {
  message_.method_text_ = in.run(scan::kToken);
  if (message_.method_text_.empty() || !in.take(' ')) return give_up(ParseCode::StartLine, at_);
  message_.method_ = method_from(message_.method_text_);
  message_.request_uri_ = in.run(scan::kUriParam);
  if (message_.request_uri_.empty() || !in.take(' ')) return fail(ParseCode::StartLine, in.at);
  const auto version = in.rest();
  if (!iequals(version, "SIP/2.0")) {
    const bool other_version = iequals(version.substr(0, 4), "SIP/") && version.find(' ') == version.npos;
    return fail(other_version ? ParseCode::Version : ParseCode::StartLine, in.at);
  }
  if (!scan::is_request_uri(message_.request_uri_)) fail(ParseCode::Uri, message_.request_uri_.data());
}

void MessageParser::read_status_line(Cursor in) {
  const auto version = std::string_view(in.at, std::min<std::size_t>(7, in.rest().size()));
  if (!iequals(version, "SIP/2.0")) return give_up(ParseCode::Version, in.at);
  in.at += version.size();
  if (!in.take(' ')) return give_up(ParseCode::StartLine, in.at);
  const auto digits = in.run(scan::kHex);
  const auto status = parse_number<std::uint16_t>(digits, 100, 699);
  if (!status || digits.size() != 3) return give_up(ParseCode::StartLine, in.at);
  // The blank before an empty phrase gets lost in the field.
  if (!in.done() && !in.take(' ')) return give_up(ParseCode::StartLine, in.at);
  message_.status_ = *status;
  message_.phrase_ = in.rest();
}

void MessageParser::read_header(std::string_view line) {
  Cursor in(line);
  const auto name = in.run(scan::kToken);
  in.blanks();
  if (name.empty() || !in.take(':')) return fail(ParseCode::HeaderSyntax, line.data());
  if (message_.headers_.size() == limits_.headers) return give_up(ParseCode::TooManyHeaders, line.data());
  keep_header(header_from(name), name, trim(in.rest()));
}

void MessageParser::keep_header(HeaderId id, std::string_view name, std::string_view value) {
  message_.headers_.push_back(Header{id, name, value});
  const auto mask = bit(id);
  if ((message_.present_ & mask & kSingle) != 0) return fail(ParseCode::DuplicateHeader, name.data());
  interpret(id, value);
  message_.present_ |= mask;
}

void MessageParser::interpret(HeaderId id, std::string_view value) {
  switch (id) {
    case HeaderId::Via:
      if (!message_.has(HeaderId::Via)) read_top_via(value);
      return count_vias(value);
    case HeaderId::From:
      return read_party(value, message_.from_);
    case HeaderId::To:
      return read_party(value, message_.to_);
    case HeaderId::CallId:
      message_.call_id_ = value;
      if (value.empty() || value.find_first_of(" \t") != value.npos)
        give_up(ParseCode::HeaderSyntax, value.data());
      return;
    case HeaderId::CSeq:
      if (!scan::read_cseq(value, message_.cseq_)) fail(ParseCode::CSeq, value.data());
      return;
    case HeaderId::MaxForwards:
      message_.max_forwards_ = parse_number<std::uint8_t>(value);
      if (!message_.max_forwards_) fail(ParseCode::MaxForwards, value.data());
      return;
    case HeaderId::ContentLength:
      content_length_ = parse_number<std::uint32_t>(value);
      if (!content_length_) fail(ParseCode::ContentLength, value.data());
      return;
    case HeaderId::Contact:
      return read_contacts(value);
    default:
      return;
  }
}

void MessageParser::read_top_via(std::string_view value) {
  Cursor in(value);
  const bool read = scan::read_via(in, message_.via_);
  via_read_ = !message_.via_.host.empty();
  if (!read) fail(ParseCode::Via, value.data());
}

void MessageParser::count_vias(std::string_view value) {
  vias_ += scan::count_list(value);
  if (vias_ > limits_.vias) give_up(ParseCode::TooManyHeaders, value.data());
}

void MessageParser::read_party(std::string_view value, NameAddr& party) {
  Cursor in(value);
  if (scan::read_name_addr(in, party) && in.done()) return;
  party = NameAddr{};
  fail(ParseCode::FromTo, value.data());
}

// Only in requests: nobody can be told that a response is malformed, and its Contact may not matter.
void MessageParser::read_contacts(std::string_view value) {
  if (message_.is_request() && !scan::is_contacts(value)) fail(ParseCode::HeaderSyntax, value.data());
}

void MessageParser::read_body() {
  const auto rest = static_cast<std::size_t>(end_ - at_);
  if (content_length_ && *content_length_ > rest) return fail(ParseCode::Truncated, end_);
  message_.body_ = Cursor::view(at_, at_ + content_length_.value_or(rest));
}

void MessageParser::finish() {
  const char* start = message_.buffer_.get();
  if ((message_.present_ & kMandatory) != kMandatory) fail(ParseCode::MissingHeader, start);
  if (message_.is_request()) {
    const auto& cseq = message_.cseq_;
    if (!cseq.method_text.empty() && cseq.method_text != message_.method_text_)
      fail(ParseCode::CSeq, cseq.method_text.data());
  } else {
    message_.method_ = message_.cseq_.method;
    message_.method_text_ = message_.cseq_.method_text;
  }
  if (error_ && answerable()) error_->severity = Severity::Reject;
}

Result<Message, ParseError> Message::parse(std::string_view datagram, const Limits& limits) {
  MessageParser parser(datagram, limits);
  if (const auto& error = parser.error()) return *error;
  return parser.take();
}

std::optional<Message> Message::parse_rejected(std::string_view datagram, const Limits& limits) {
  MessageParser parser(datagram, limits);
  if (!parser.answerable()) return std::nullopt;
  return parser.take();
}

}  // namespace warp::sip
