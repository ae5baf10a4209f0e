#include "warp/sip/message/message.h"

#include <array>

#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace {

constexpr std::size_t kNamedMethods = static_cast<std::size_t>(Method::Other);
constexpr std::array<std::string_view, kNamedMethods> kMethodNames = {
    "INVITE", "ACK",  "BYE",     "CANCEL", "OPTIONS",   "REGISTER", "PRACK",
    "UPDATE", "INFO", "MESSAGE", "REFER",  "SUBSCRIBE", "NOTIFY",   "PUBLISH"};

}  // namespace

std::string_view to_string(Method method) {
  return method == Method::Other ? std::string_view("OTHER") : kMethodNames[static_cast<std::size_t>(method)];
}

Method method_from(std::string_view token) {
  for (std::size_t i = 0; i < kNamedMethods; ++i)
    if (kMethodNames[i] == token) return static_cast<Method>(i);
  return Method::Other;
}

std::string_view to_string(ParseCode code) {
  switch (code) {
    case ParseCode::Empty:
      return "empty";
    case ParseCode::TooLarge:
      return "too_large";
    case ParseCode::StartLine:
      return "start_line";
    case ParseCode::Version:
      return "version";
    case ParseCode::HeaderSyntax:
      return "header_syntax";
    case ParseCode::TooManyHeaders:
      return "too_many_headers";
    case ParseCode::MissingHeader:
      return "missing_header";
    case ParseCode::DuplicateHeader:
      return "duplicate_header";
    case ParseCode::Via:
      return "via";
    case ParseCode::FromTo:
      return "from_to";
    case ParseCode::CSeq:
      return "cseq";
    case ParseCode::MaxForwards:
      return "max_forwards";
    case ParseCode::ContentLength:
      return "content_length";
    case ParseCode::Uri:
      return "uri";
    case ParseCode::Truncated:
      return "truncated";
    case ParseCode::ForbiddenByte:
      return "forbidden_byte";
  }
  return "";
}

std::string_view Message::header(HeaderId id) const {
  if (!has(id)) return {};
  for (const auto& header : headers_)
    if (header.id == id) return header.value;
  return {};
}

std::string_view Message::header(std::string_view name) const {
  if (const auto id = header_from(name); id != HeaderId::Other) return header(id);
  const auto wanted = scan::long_name_of(name);
  for (const auto& header : headers_) {
    if (header.id != HeaderId::Other) continue;
    if (iequals(header.name, wanted) || iequals(scan::long_name_of(header.name), wanted)) return header.value;
  }
  return {};
}

bool Message::has(HeaderId id) const {
  return (present_ >> static_cast<unsigned>(id) & 1) != 0;
}

std::optional<NameAddr> Message::contact() const {
  return parse_name_addr(header(HeaderId::Contact));
}

std::string_view Message::text() const {
  return {buffer_.get(), size_};
}

}  // namespace warp::sip
