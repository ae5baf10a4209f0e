// The commands of SMPP 3.4 (§5.1.2.1) and 5.0 (§4.7.5) and the 16-octet header that all share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "warp/smpp/pdu/status.h"

namespace warp::smpp {

// A value from the wire may be none of these: parse() refuses it as UnknownCommand.
enum class CommandId : std::uint32_t {
  BindReceiver = 0x00000001,
  BindTransmitter = 0x00000002,
  QuerySm = 0x00000003,
  SubmitSm = 0x00000004,
  DeliverSm = 0x00000005,
  Unbind = 0x00000006,
  ReplaceSm = 0x00000007,
  CancelSm = 0x00000008,
  BindTransceiver = 0x00000009,
  Outbind = 0x0000000B,
  EnquireLink = 0x00000015,
  SubmitMulti = 0x00000021,
  AlertNotification = 0x00000102,
  DataSm = 0x00000103,
  BroadcastSm = 0x00000111,
  QueryBroadcastSm = 0x00000112,
  CancelBroadcastSm = 0x00000113,
  GenericNack = 0x80000000,
  BindReceiverResp = 0x80000001,
  BindTransmitterResp = 0x80000002,
  QuerySmResp = 0x80000003,
  SubmitSmResp = 0x80000004,
  DeliverSmResp = 0x80000005,
  UnbindResp = 0x80000006,
  ReplaceSmResp = 0x80000007,
  CancelSmResp = 0x80000008,
  BindTransceiverResp = 0x80000009,
  EnquireLinkResp = 0x80000015,
  SubmitMultiResp = 0x80000021,
  DataSmResp = 0x80000103,
  BroadcastSmResp = 0x80000111,
  QueryBroadcastSmResp = 0x80000112,
  CancelBroadcastSmResp = 0x80000113,
};
// "submit_sm", "submit_sm_resp"; empty for a value that is no command.
std::string_view to_string(CommandId command);
bool is_known(CommandId command);

// generic_nack counts as a response: it answers a sequence number.
constexpr bool is_response(CommandId command) {
  return (static_cast<std::uint32_t>(command) & 0x80000000u) != 0;
}
// submit_sm → submit_sm_resp. Outbind and alert_notification have none: generic_nack is given for them.
CommandId response_of(CommandId request);

inline constexpr std::size_t kHeaderOctets = 16;
// Sequence numbers go from 1 to this and start again at 1; 0 stands in a generic_nack to nothing in
// particular.
inline constexpr std::uint32_t kLastSequence = 0x7FFFFFFF;
constexpr std::uint32_t next_sequence(std::uint32_t sequence) {
  return sequence >= kLastSequence ? 1 : sequence + 1;
}

struct Header {
  std::uint32_t length = 0;  // of the whole PDU; the writer fills it in
  CommandId command = CommandId::GenericNack;
  Status status = Status::Ok;
  std::uint32_t sequence = 0;
};

}  // namespace warp::smpp
