#include "warp/smpp/pdu/pdu.h"

#include "fields.h"
#include "octets.h"

namespace warp::smpp {

Frame next_frame(std::string_view buffer, const FrameLimits& limits) {
  Frame frame;
  if (buffer.size() < 4) return frame;
  frame.octets = octets::u32(buffer, 0);
  frame.header.length = octets::u32(buffer, 0);
  if (frame.octets < kHeaderOctets || frame.octets > limits.octets) {
    frame.state = FrameState::Fatal;
  } else if (buffer.size() >= frame.octets) {
    frame.state = FrameState::Whole;
  }
  if (buffer.size() < kHeaderOctets) return frame;
  frame.header.command = static_cast<CommandId>(octets::u32(buffer, 4));
  frame.header.status = static_cast<Status>(octets::u32(buffer, 8));
  frame.header.sequence = octets::u32(buffer, 12);
  return frame;
}

Body body_for(CommandId command) {
  switch (command) {
    case CommandId::BindReceiver:
    case CommandId::BindTransmitter:
    case CommandId::BindTransceiver:
      return Bind{};
    case CommandId::BindReceiverResp:
    case CommandId::BindTransmitterResp:
    case CommandId::BindTransceiverResp:
      return BindResp{};
    case CommandId::Outbind:
      return Outbind{};
    case CommandId::SubmitSm:
    case CommandId::DeliverSm:
      return ShortMessage{};
    case CommandId::SubmitSmResp:
    case CommandId::DeliverSmResp:
    case CommandId::DataSmResp:
    case CommandId::BroadcastSmResp:
    case CommandId::QueryBroadcastSmResp:
      return MessageIdResp{};
    case CommandId::SubmitMulti:
      return SubmitMulti{};
    case CommandId::SubmitMultiResp:
      return SubmitMultiResp{};
    case CommandId::DataSm:
      return DataSm{};
    case CommandId::QuerySm:
    case CommandId::QueryBroadcastSm:
      return QuerySm{};
    case CommandId::QuerySmResp:
      return QuerySmResp{};
    case CommandId::CancelSm:
      return CancelSm{};
    case CommandId::ReplaceSm:
      return ReplaceSm{};
    case CommandId::AlertNotification:
      return AlertNotification{};
    case CommandId::BroadcastSm:
      return BroadcastSm{};
    case CommandId::CancelBroadcastSm:
      return CancelBroadcastSm{};
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

Pdu response_to(const Header& request, Status status) {
  Pdu pdu;
  pdu.header.command = response_of(request.command);
  pdu.header.status = status;
  pdu.header.sequence = request.sequence;
  pdu.body = body_for(pdu.header.command);
  return pdu;
}

}  // namespace warp::smpp
