// Pdu: one SMPP PDU, parsed over a frame that it does not own.
//
// All string_views of a parsed Pdu point into the frame given to parse() and live as long as it: keep the
// frame, or copy what outlives it. Octets (short_message, TLV values) are string_views as text is. parse() is
// lenient where peers are known to err and says so in Notes; what it refuses comes with the answer that it
// deserves. Nothing is allocated but the lists of submit_multi and its response (at most 255 entries).
//
//   auto frame = next_frame(buffer, limits);           // Whole
//   auto pdu = parse(buffer.substr(0, frame.octets));
//   if (const auto* sm = std::get_if<ShortMessage>(&pdu->body)) …
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "warp/base/result.h"
#include "warp/smpp/pdu/command.h"
#include "warp/smpp/pdu/tlv.h"

namespace warp::smpp {

struct Address {
  std::uint8_t ton = 0;
  std::uint8_t npi = 0;
  std::string_view digits;  // or letters, for TON 5
  friend bool operator==(const Address&, const Address&) = default;
};

// unbind, enquire_link, generic_nack and the responses without a body.
struct Empty {
  friend bool operator==(const Empty&, const Empty&) = default;
};
struct Bind {
  std::string_view system_id, password, system_type;
  std::uint8_t interface_version = 0x34;
  Address range;
  friend bool operator==(const Bind&, const Bind&) = default;
};
struct BindResp {
  std::string_view system_id;
  friend bool operator==(const BindResp&, const BindResp&) = default;
};
struct Outbind {
  std::string_view system_id, password;
  friend bool operator==(const Outbind&, const Outbind&) = default;
};
// What submit_sm, deliver_sm and submit_multi share after the addresses.
struct MessageFields {
  std::uint8_t esm_class = 0, protocol_id = 0, priority_flag = 0;
  std::string_view schedule_delivery_time, validity_period;  // empty or 16 characters, see time.h
  std::uint8_t registered_delivery = 0, replace_if_present = 0, data_coding = 0, default_msg_id = 0;
  std::string_view short_message;
  friend bool operator==(const MessageFields&, const MessageFields&) = default;
};
// submit_sm and deliver_sm.
struct ShortMessage {
  std::string_view service_type;
  Address source, destination;
  MessageFields message;
  friend bool operator==(const ShortMessage&, const ShortMessage&) = default;
};
// The responses to submit_sm, deliver_sm, data_sm, broadcast_sm and query_broadcast_sm.
struct MessageIdResp {
  std::string_view message_id;
  friend bool operator==(const MessageIdResp&, const MessageIdResp&) = default;
};
struct Destination {
  Address address;             // when list_name is empty
  std::string_view list_name;  // a distribution list
  friend bool operator==(const Destination&, const Destination&) = default;
};
struct SubmitMulti {
  std::string_view service_type;
  Address source;
  std::vector<Destination> destinations;
  MessageFields message;
  friend bool operator==(const SubmitMulti&, const SubmitMulti&) = default;
};
struct Unsuccessful {
  Address address;
  Status status = Status::Ok;
  friend bool operator==(const Unsuccessful&, const Unsuccessful&) = default;
};
struct SubmitMultiResp {
  std::string_view message_id;
  std::vector<Unsuccessful> unsuccessful;
  friend bool operator==(const SubmitMultiResp&, const SubmitMultiResp&) = default;
};
struct DataSm {
  std::string_view service_type;
  Address source, destination;  // up to 64 characters
  std::uint8_t esm_class = 0, registered_delivery = 0, data_coding = 0;
  friend bool operator==(const DataSm&, const DataSm&) = default;
};
// query_sm and query_broadcast_sm.
struct QuerySm {
  std::string_view message_id;
  Address source;
  friend bool operator==(const QuerySm&, const QuerySm&) = default;
};
struct QuerySmResp {
  std::string_view message_id, final_date;
  std::uint8_t message_state = 0, error_code = 0;
  friend bool operator==(const QuerySmResp&, const QuerySmResp&) = default;
};
struct CancelSm {
  std::string_view service_type, message_id;
  Address source, destination;
  friend bool operator==(const CancelSm&, const CancelSm&) = default;
};
struct ReplaceSm {
  std::string_view message_id;
  Address source;
  std::string_view schedule_delivery_time, validity_period;
  std::uint8_t registered_delivery = 0, default_msg_id = 0;
  std::string_view short_message;
  friend bool operator==(const ReplaceSm&, const ReplaceSm&) = default;
};
struct AlertNotification {
  Address source, esme;  // up to 64 characters
  friend bool operator==(const AlertNotification&, const AlertNotification&) = default;
};
struct BroadcastSm {
  std::string_view service_type;
  Address source;
  std::string_view message_id;
  std::uint8_t priority_flag = 0;
  std::string_view schedule_delivery_time, validity_period;
  std::uint8_t replace_if_present = 0, data_coding = 0, default_msg_id = 0;
  friend bool operator==(const BroadcastSm&, const BroadcastSm&) = default;
};
struct CancelBroadcastSm {
  std::string_view service_type, message_id;
  Address source;
  friend bool operator==(const CancelBroadcastSm&, const CancelBroadcastSm&) = default;
};

using Body = std::variant<Empty, Bind, BindResp, Outbind, ShortMessage, MessageIdResp, SubmitMulti,
                          SubmitMultiResp, DataSm, QuerySm, QuerySmResp, CancelSm, ReplaceSm,
                          AlertNotification, BroadcastSm, CancelBroadcastSm>;

// What was forgiven in a PDU that parsed.
struct Notes {
  std::uint32_t trailing_octets = 0;  // after the last whole TLV
  std::uint32_t overlong_fields = 0;  // passwords, ids and types beyond the standard's length
  bool missing_body = false;          // a response that ends with its header
  bool short_body = false;            // a response that ends before its last field; the rest has its defaults
  bool missing_nul = false;           // a C-octet string that runs to the end of the PDU
  bool any() const { return trailing_octets || overlong_fields || missing_body || short_body || missing_nul; }
};

struct Pdu {
  Header header;
  Body body;
  TlvList tlvs;
  Notes notes;
};

enum class ParseCode : std::uint8_t {
  CommandLength,  // below 16, above the limit, or not the frame's size
  UnknownCommand,
  BodyTruncated,  // a field runs past the end
  FieldTooLong,   // a C-octet string beyond its bound
  MessageLength,  // sm_length runs past the end
  DestinationFlag,
  TlvStream,  // a TLV runs past the end, or too many of them
};
std::string_view to_string(ParseCode code);

// What the session does: Close ends it; Nack sends generic_nack and lives on; Answer sends the request's
// response; Ignore is for a broken response: its request fails with the error, nothing is sent.
enum class Severity : std::uint8_t { Close, Nack, Answer, Ignore };

struct ParseError {
  ParseCode code = ParseCode::CommandLength;
  std::size_t offset = 0;  // in the frame
  Severity severity = Severity::Close;
  Status status = Status::InvCmdLen;  // for the answer
  std::string_view field;             // static; empty when the frame as a whole is at fault
  Header header;                      // as far as it could be read
};

// `frame`: exactly one PDU, as next_frame() cut it.
Result<Pdu, ParseError> parse(std::string_view frame);

struct FrameLimits {
  std::size_t octets = 65536;
};
enum class FrameState : std::uint8_t { Whole, More, Fatal };
struct Frame {
  FrameState state = FrameState::More;
  std::size_t octets =
      kHeaderOctets;  // Whole, More: of the whole frame, as far as is known. Fatal: as claimed
  Header header;      // once 16 octets are there
};
// Looks at the front of a receive buffer. Fatal (command_length below 16 or above the limit) means that the
// boundary of the next PDU is lost: the session ends, after a generic_nack with ESME_RINVCMDLEN.
Frame next_frame(std::string_view buffer, const FrameLimits& limits = {});

// A response to `request` with the given status and an empty body of the right kind; generic_nack when the
// command has no response.
Pdu response_to(const Header& request, Status status);

}  // namespace warp::smpp
