#include "warp/smpp/pdu/command.h"

namespace warp::smpp {

std::string_view to_string(CommandId command) {
  switch (command) {
    case CommandId::BindReceiver:
      return "bind_receiver";
    case CommandId::BindTransmitter:
      return "bind_transmitter";
    case CommandId::QuerySm:
      return "query_sm";
    case CommandId::SubmitSm:
      return "submit_sm";
    case CommandId::DeliverSm:
      return "deliver_sm";
    case CommandId::Unbind:
      return "unbind";
    case CommandId::ReplaceSm:
      return "replace_sm";
    case CommandId::CancelSm:
      return "cancel_sm";
    case CommandId::BindTransceiver:
      return "bind_transceiver";
    case CommandId::Outbind:
      return "outbind";
    case CommandId::EnquireLink:
      return "enquire_link";
    case CommandId::SubmitMulti:
      return "submit_multi";
    case CommandId::AlertNotification:
      return "alert_notification";
    case CommandId::DataSm:
      return "data_sm";
    case CommandId::BroadcastSm:
      return "broadcast_sm";
    case CommandId::QueryBroadcastSm:
      return "query_broadcast_sm";
    case CommandId::CancelBroadcastSm:
      return "cancel_broadcast_sm";
    case CommandId::GenericNack:
      return "generic_nack";
    case CommandId::BindReceiverResp:
      return "bind_receiver_resp";
    case CommandId::BindTransmitterResp:
      return "bind_transmitter_resp";
    case CommandId::QuerySmResp:
      return "query_sm_resp";
    case CommandId::SubmitSmResp:
      return "submit_sm_resp";
    case CommandId::DeliverSmResp:
      return "deliver_sm_resp";
    case CommandId::UnbindResp:
      return "unbind_resp";
    case CommandId::ReplaceSmResp:
      return "replace_sm_resp";
    case CommandId::CancelSmResp:
      return "cancel_sm_resp";
    case CommandId::BindTransceiverResp:
      return "bind_transceiver_resp";
    case CommandId::EnquireLinkResp:
      return "enquire_link_resp";
    case CommandId::SubmitMultiResp:
      return "submit_multi_resp";
    case CommandId::DataSmResp:
      return "data_sm_resp";
    case CommandId::BroadcastSmResp:
      return "broadcast_sm_resp";
    case CommandId::QueryBroadcastSmResp:
      return "query_broadcast_sm_resp";
    case CommandId::CancelBroadcastSmResp:
      return "cancel_broadcast_sm_resp";
  }
  return {};
}

bool is_known(CommandId command) {
  return !to_string(command).empty();
}

CommandId response_of(CommandId request) {
  const auto response = static_cast<CommandId>(static_cast<std::uint32_t>(request) | 0x80000000u);
  return is_known(response) ? response : CommandId::GenericNack;
}

}  // namespace warp::smpp
