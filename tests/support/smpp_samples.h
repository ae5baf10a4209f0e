// One sound PDU of every command, with every field set to something that its neighbours have not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "warp/smpp/pdu/pdu.h"
#include "warp/smpp/pdu/writer.h"

namespace warp::test {

inline smpp::Body sample_body(smpp::CommandId command) {
  using namespace smpp;
  const Address from{5, 0, "WARP"};
  const Address to{1, 1, "14155550100"};
  const MessageFields message{0x03, 0x7F, 1, "260131235959012+", "000002030405000R", 0x11,
                              0,    0,    7, "Hello, SMSC"};
  switch (command) {
    case CommandId::BindReceiver:
    case CommandId::BindTransmitter:
    case CommandId::BindTransceiver:
      return Bind{"esme-1", "secret08", "WARP", 0x50, {1, 1, "1415"}};
    case CommandId::BindReceiverResp:
    case CommandId::BindTransmitterResp:
    case CommandId::BindTransceiverResp:
      return BindResp{"smsc-1"};
    case CommandId::Outbind:
      return Outbind{"smsc-1", "secret08"};
    case CommandId::SubmitSm:
    case CommandId::DeliverSm:
      return ShortMessage{"CMT", from, to, message};
    case CommandId::SubmitSmResp:
    case CommandId::DeliverSmResp:
    case CommandId::DataSmResp:
    case CommandId::BroadcastSmResp:
    case CommandId::QueryBroadcastSmResp:
      return MessageIdResp{"7f3a-0001"};
    case CommandId::SubmitMulti:
      return SubmitMulti{"CMT", from, {{to, {}}, {{}, "staff"}, {{1, 1, "14155550101"}, {}}}, message};
    case CommandId::SubmitMultiResp:
      return SubmitMultiResp{"7f3a-0001",
                             {{to, Status::InvDstAdr}, {{1, 1, "14155550101"}, Status::MsgQFul}}};
    case CommandId::DataSm:
      return DataSm{"CMT", from, to, 0x02, 0x01, 0x08};
    case CommandId::QuerySm:
    case CommandId::QueryBroadcastSm:
      return QuerySm{"7f3a-0001", from};
    case CommandId::QuerySmResp:
      return QuerySmResp{"7f3a-0001", "260131235959012+", 2, 9};
    case CommandId::CancelSm:
      return CancelSm{"CMT", "7f3a-0001", from, to};
    case CommandId::ReplaceSm:
      return ReplaceSm{"7f3a-0001", from, "260131235959012+", "000002030405000R", 1, 3, "Changed"};
    case CommandId::AlertNotification:
      return AlertNotification{to, {5, 0, "WARP"}};
    case CommandId::BroadcastSm:
      return BroadcastSm{"CBS", from, "7f3a-0001", 1, "260131235959012+", "000002030405000R", 0, 8, 2};
    case CommandId::CancelBroadcastSm:
      return CancelBroadcastSm{"CBS", "7f3a-0001", from};
    case CommandId::Unbind:
    case CommandId::EnquireLink:
    case CommandId::GenericNack:
    case CommandId::UnbindResp:
    case CommandId::ReplaceSmResp:
    case CommandId::CancelSmResp:
    case CommandId::EnquireLinkResp:
    case CommandId::CancelBroadcastSmResp:
      return Empty{};
  }
  return Empty{};
}

inline smpp::Pdu sample(smpp::CommandId command, std::uint32_t sequence = 1) {
  return {{0, command, smpp::Status::Ok, sequence}, sample_body(command), {}, {}};
}

// Every command there is: the responses are the requests with the highest bit.
inline std::vector<smpp::CommandId> all_commands() {
  std::vector<smpp::CommandId> list;
  for (const std::uint32_t kind : {0u, 0x80000000u})
    for (std::uint32_t number = 0; number < 0x200; ++number)
      if (const auto command = static_cast<smpp::CommandId>(kind | number); smpp::is_known(command))
        list.push_back(command);
  return list;
}

}  // namespace warp::test
