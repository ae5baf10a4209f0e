#include "names.h"

#include <array>

#include "warp/base/text.h"

namespace warp::mm4 {
namespace {

constexpr std::array<std::string_view, 6> kTypes{"MM4_forward.REQ",           "MM4_forward.RES",
                                                 "MM4_delivery_report.REQ",   "MM4_delivery_report.RES",
                                                 "MM4_read_reply_report.REQ", "MM4_read_reply_report.RES"};
constexpr std::array<std::string_view, 7> kStatuses{"Expired",      "Retrieved",     "Rejected", "Deferred",
                                                    "Unrecognised", "Indeterminate", "Forwarded"};
constexpr std::array<std::string_view, 9> kRequestStatuses{"Ok",
                                                           "Error-unspecified",
                                                           "Error-service-denied",
                                                           "Error-message-format-corrupt",
                                                           "Error-sending-address-unresolved",
                                                           "Error-message-not-found",
                                                           "Error-network-problem",
                                                           "Error-content-not-accepted",
                                                           "Error-unsupported-message"};

template <class E, std::size_t N>
std::optional<E> find(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i)
    if (iequals(names[i], text)) return static_cast<E>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Type type) {
  return kTypes[static_cast<std::size_t>(type)];
}
std::string_view to_string(MmStatus status) {
  return kStatuses[static_cast<std::size_t>(status)];
}
std::string_view to_string(RequestStatus status) {
  return kRequestStatuses[static_cast<std::size_t>(status)];
}

Type response_of(Type request) {
  return static_cast<Type>(static_cast<std::uint8_t>(request) | 1);
}

std::optional<Type> parse_type(std::string_view text) {
  return find<Type>(kTypes, text);
}
std::optional<MmStatus> parse_mm_status(std::string_view text) {
  if (iequals(text, "Unrecognized")) return MmStatus::Unrecognised;
  return find<MmStatus>(kStatuses, text);
}
std::optional<RequestStatus> parse_request_status(std::string_view text) {
  if (const auto known = find<RequestStatus>(kRequestStatuses, text)) return known;
  if (text.size() >= 5 && iequals(text.substr(0, 5), "Error")) return RequestStatus::ErrorUnspecified;
  return std::nullopt;
}

std::string_view to_string(ParseCode code) {
  switch (code) {
    case ParseCode::TooBig:
      return "too_big";
    case ParseCode::NoMail:
      return "no_mail";
    case ParseCode::TypeMissing:
      return "type_missing";
    case ParseCode::TypeUnknown:
      return "type_unknown";
    case ParseCode::TransactionMissing:
      return "transaction_missing";
    case ParseCode::HeaderTwice:
      return "header_twice";
    case ParseCode::HeaderTooLong:
      return "header_too_long";
    case ParseCode::AddressMissing:
      return "address_missing";
    case ParseCode::StatusMissing:
      return "status_missing";
    case ParseCode::StatusUnknown:
      return "status_unknown";
    case ParseCode::TooManyParts:
      return "too_many_parts";
    case ParseCode::TooDeep:
      return "too_deep";
  }
  return {};
}

bool is_container(std::string_view content_type) {
  const auto family = content_type.substr(0, content_type.find('/'));
  return iequals(family, "multipart") || iequals(family, "message");
}

}  // namespace warp::mm4
