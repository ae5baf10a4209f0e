// Message: one SIP request or response (RFC 3261), parsed over the bytes that it owns.
//
// parse() is lenient where RFC 4475 says a message is valid and refuses the rest with an error that says
// whether it deserves an answer. All string_views point into the message's own buffer and live as long as it;
// moving a Message keeps them valid. Limits are in Limits. No allocation beyond the buffer and the index.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/sip/message/uri.h"

namespace warp::sip {

enum class Method : std::uint8_t {
  Invite,
  Ack,
  Bye,
  Cancel,
  Options,
  Register,
  Prack,
  Update,
  Info,
  Message,
  Refer,
  Subscribe,
  Notify,
  Publish,
  Other
};
inline constexpr std::size_t kMethodCount = static_cast<std::size_t>(Method::Other) + 1;
std::string_view to_string(Method method);
Method method_from(std::string_view token);  // case-sensitive, as the RFC says

enum class HeaderId : std::uint8_t {
  Accept,
  Allow,
  Authorization,
  CallId,
  Contact,
  ContentDisposition,
  ContentEncoding,
  ContentLength,
  ContentType,
  CSeq,
  Diversion,
  Event,
  Expires,
  From,
  HistoryInfo,
  Identity,
  MaxForwards,
  MinExpires,
  MinSe,
  PAssertedIdentity,
  PEarlyMedia,
  PPreferredIdentity,
  Privacy,
  ProxyAuthenticate,
  ProxyAuthorization,
  ProxyRequire,
  RAck,
  Reason,
  RecordRoute,
  ReferTo,
  RemotePartyId,
  Replaces,
  Require,
  RetryAfter,
  Route,
  RSeq,
  Server,
  SessionExpires,
  Supported,
  To,
  Unsupported,
  UserAgent,
  Via,
  Warning,
  WwwAuthenticate,
  Other
};
HeaderId header_from(std::string_view name);   // long and compact forms, any case
std::string_view canonical_name(HeaderId id);  // "Call-ID"; empty for Other

struct Header {
  HeaderId id = HeaderId::Other;
  std::string_view name;   // as received
  std::string_view value;  // unfolded in place, trimmed
};

struct Limits {
  std::size_t message_octets = 65535;
  std::size_t headers = 256;
  std::size_t vias = 70;
};

enum class ParseCode : std::uint8_t {
  Empty,
  TooLarge,
  StartLine,
  Version,
  HeaderSyntax,
  TooManyHeaders,
  MissingHeader,
  DuplicateHeader,
  Via,
  FromTo,
  CSeq,
  MaxForwards,
  ContentLength,
  Uri,
  Truncated,
  ForbiddenByte
};
std::string_view to_string(ParseCode code);

// Drop: not worth an answer (or none can be addressed). Reject: a request with a Via that could be read and
// a CSeq; a 400 can be sent (see Message::parse_rejected).
enum class Severity : std::uint8_t { Drop, Reject };

struct ParseError {
  ParseCode code = ParseCode::Empty;
  std::size_t offset = 0;
  Severity severity = Severity::Drop;
};

struct Via {
  std::string_view transport;  // "UDP"
  std::string_view host;       // brackets kept for IPv6
  std::uint16_t port = 0;      // 0: absent
  std::string_view branch;
  std::string_view received;
  bool rport_asked = false;  // ;rport, with or without a value
  std::optional<std::uint16_t> rport;
};

struct NameAddr {
  std::string_view display;  // without quotes, escapes kept
  std::string_view uri;      // the URI's text
  std::string_view params;   // header parameters after it, from the first ';'
  std::string_view tag;
};
// First name-addr or addr-spec of `value`; nullopt when it is neither.
std::optional<NameAddr> parse_name_addr(std::string_view value);
// Splits a comma-separated header value at top level (quotes and <> respected).
std::vector<std::string_view> split_list(std::string_view value);

struct CSeq {
  std::uint32_t number = 0;  // < 2^31
  Method method = Method::Other;
  std::string_view method_text;
};

class Message {
 public:
  // A whole datagram. Bytes after Content-Length are ignored (RFC 3261 §18.3); a shorter body is Truncated.
  static Result<Message, ParseError> parse(std::string_view datagram, const Limits& limits = {});
  // After an error with Severity::Reject: what is needed to answer it (mandatory headers that are there), the
  // rest unread.
  static std::optional<Message> parse_rejected(std::string_view datagram, const Limits& limits = {});

  Message(Message&&) noexcept = default;
  Message& operator=(Message&&) noexcept = default;

  bool is_request() const { return status_ == 0; }
  Method method() const { return method_; }  // of the request, or of the CSeq in a response
  std::string_view method_text() const { return method_text_; }
  std::string_view request_uri() const { return request_uri_; }
  std::uint16_t status() const { return status_; }  // 0 for a request
  std::string_view phrase() const { return phrase_; }

  std::span<const Header> headers() const { return headers_; }
  // First value of a header, or empty; all values in order for lists.
  std::string_view header(HeaderId id) const;
  std::string_view header(std::string_view name) const;  // any case; for extension headers
  bool has(HeaderId id) const;

  const Via& via() const { return via_; }  // the topmost
  const NameAddr& from() const { return from_; }
  const NameAddr& to() const { return to_; }
  std::string_view call_id() const { return call_id_; }
  const CSeq& cseq() const { return cseq_; }
  std::optional<std::uint8_t> max_forwards() const { return max_forwards_; }
  std::optional<NameAddr> contact() const;  // the first
  std::string_view content_type() const { return header(HeaderId::ContentType); }
  std::string_view body() const { return body_; }
  std::string_view text() const;  // the whole message as kept

 private:
  friend class MessageParser;
  Message() = default;

  std::unique_ptr<char[]> buffer_;  // on the heap so that views survive a move
  std::size_t size_ = 0;
  std::vector<Header> headers_;
  std::uint64_t present_ = 0;  // one bit a HeaderId
  Method method_ = Method::Other;
  std::uint16_t status_ = 0;
  std::string_view method_text_, request_uri_, phrase_, call_id_, body_;
  Via via_;
  NameAddr from_, to_;
  CSeq cseq_;
  std::optional<std::uint8_t> max_forwards_;
};

}  // namespace warp::sip
