// MM4: the six messages that two MMS systems exchange as mails (3GPP TS 23.140 §8.4). Octets in, value or
// fault out; octets out of a value.
//
// The reader is lenient: headers in any case and order, ids with quotes, brackets or without, any MIME
// structure within the limits; a SMIL part is taken as read. The writer is strict: 7-bit lines that end by
// CR LF, multipart/related with a SMIL part that it makes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/result.h"

namespace warp::mm4 {

enum class Type : std::uint8_t {
  ForwardReq,
  ForwardRes,
  DeliveryReportReq,
  DeliveryReportRes,
  ReadReplyReportReq,
  ReadReplyReportRes
};
std::string_view to_string(Type type);  // MM4_forward.REQ, …
constexpr bool is_request(Type type) {
  return type == Type::ForwardReq || type == Type::DeliveryReportReq || type == Type::ReadReplyReportReq;
}
Type response_of(Type request);

// X-Mms-MM-Status-Code
enum class MmStatus : std::uint8_t {
  Expired,
  Retrieved,
  Rejected,
  Deferred,
  Unrecognised,
  Indeterminate,
  Forwarded
};
std::string_view to_string(MmStatus status);

// X-Mms-Request-Status-Code. What is not known but begins with "Error" is ErrorUnspecified.
enum class RequestStatus : std::uint8_t {
  Ok,
  ErrorUnspecified,
  ErrorServiceDenied,
  ErrorMessageFormatCorrupt,
  ErrorSendingAddressUnresolved,
  ErrorMessageNotFound,
  ErrorNetworkProblem,
  ErrorContentNotAccepted,
  ErrorUnsupportedMessage
};
std::string_view to_string(RequestStatus status);  // Ok, Error-unspecified, …

struct Part {
  std::string content_type;  // type/subtype, lower case, no parameters
  std::string name;          // file name without a path, or empty
  std::string octets;
  friend bool operator==(const Part&, const Part&) = default;
};

struct Message {
  Type type = Type::ForwardReq;
  std::string version = "6.10.0";
  std::string transaction_id;
  std::string message_id;  // without quotes and brackets
  bool quoted = true;      // ids stand in quotes: an answer does as what it answers
  std::string from, to;    // mail addresses, without brackets
  std::string sender;      // the system that sends it, or empty
  bool ack_request = false;
  std::string originator_system;  // whom the .RES goes to
  // Of forward.REQ.
  bool delivery_report = false, read_reply = false;
  std::string message_class;  // Personal, …; empty: not said
  std::optional<unsigned> forward_counter;
  std::optional<WallTime> expiry;
  std::optional<WallTime> date;
  std::string subject, text;  // UTF-8
  std::vector<Part> parts;
  // Of any .RES and of reports.
  std::optional<RequestStatus> request_status;
  std::string status_text;
  std::optional<MmStatus> mm_status;
  std::string read_status;
  friend bool operator==(const Message&, const Message&) = default;
};

struct Limits {
  std::size_t octets = 10 << 20;  // of the mail
  std::size_t parts = 50, depth = 8;
  std::size_t header_octets = 1024;  // of one X-Mms value, and of the subject
};

enum class ParseCode : std::uint8_t {
  TooBig,
  NoMail,       // not even headers
  TypeMissing,  // X-Mms-Message-Type: this is no MM4
  TypeUnknown,
  TransactionMissing,
  HeaderTwice,  // one that decides, with two values
  HeaderTooLong,
  AddressMissing,  // of forward.REQ
  StatusMissing,   // of a .RES or a report
  StatusUnknown,
  TooManyParts,
  TooDeep
};
std::string_view to_string(ParseCode code);
struct ParseFault {
  ParseCode code = ParseCode::NoMail;
  // What was read before: with a transaction and an originator system, the fault can be answered.
  Message head = {};
};
Result<Message, ParseFault> parse(std::string_view mail, const Limits& limits = {});

// What a mail has beside its message; no two alike.
struct Stamp {
  WallTime date{};
  std::string unique;  // letters and digits: of the Message-ID and the boundary
};
enum class WriteError : std::uint8_t { BadValue };  // a control character in a header, or a missing one
Result<std::string, WriteError> write(const Message& message, const Stamp& stamp);

// A subscriber's address: "+15551234567/TYPE=PLMN@mms.example.com".
struct Subscriber {
  std::string digits;  // without '+'
  bool international = true;
  std::string domain;  // lower case; empty: none
  friend bool operator==(const Subscriber&, const Subscriber&) = default;
};
// Also without type or domain, in brackets, with a display name. nullopt: no telephone number.
std::optional<Subscriber> parse_subscriber(std::string_view address);
std::string to_string(const Subscriber& subscriber);

}  // namespace warp::mm4
