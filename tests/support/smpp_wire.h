// SmppWire: the other end of an SMPP connection, driven by hand: octets out, frames in, never blocking.
#pragma once

#include "warp/smpp/pdu/pdu.h"
#include "warp/smpp/pdu/writer.h"

#include "support/stream_wire.h"

namespace warp::test {

class SmppWire : public StreamWire {
 public:
  using StreamWire::StreamWire;

  // `receive_octets`: of the kernel's buffer; small ones make a slow reader.
  static SmppWire connect(const domain::SocketAddress& to, std::string_view from = "127.0.0.1",
                          int receive_octets = 0) {
    return SmppWire(open(to, from, receive_octets));
  }

  using StreamWire::send;
  void send(const smpp::Pdu& pdu) {
    std::string octets;
    if (smpp::write(pdu, octets, {.password_octets = 64})) send(octets);
  }

  // The next frame that has arrived. The Pdu's views live until the next call.
  std::optional<smpp::Pdu> receive() {
    read();
    const auto frame = smpp::next_frame(buffer_);
    if (frame.state != smpp::FrameState::Whole) return std::nullopt;
    frame_ = buffer_.substr(0, frame.octets);
    buffer_.erase(0, frame.octets);
    auto pdu = smpp::parse(frame_);
    if (!pdu) return std::nullopt;
    return std::move(*pdu);
  }

 private:
  std::string frame_;
};

using SmppListener = WireListener<SmppWire>;

inline smpp::Pdu smpp_pdu(smpp::CommandId command, std::uint32_t sequence, smpp::Body body = {},
                          smpp::Status status = smpp::Status::Ok) {
  smpp::Pdu pdu;
  pdu.header.command = command;
  pdu.header.sequence = sequence;
  pdu.header.status = status;
  pdu.body = std::move(body);
  return pdu;
}
inline smpp::Pdu smpp_bind(smpp::CommandId command, std::string_view system_id = "esme",
                           std::string_view password = "secret") {
  return smpp_pdu(command, 1, smpp::Bind{system_id, password, "", 0x34, {}});
}
inline smpp::Pdu smpp_submit(std::uint32_t sequence, std::string_view text = "hello") {
  smpp::ShortMessage message{"", {1, 1, "14155550100"}, {1, 1, "14155550199"}, {}};
  message.message.short_message = text;
  return smpp_pdu(smpp::CommandId::SubmitSm, sequence, message);
}
// Sixteen octets as they are.
inline std::string smpp_header(std::uint32_t length, std::uint32_t command, std::uint32_t sequence) {
  std::string octets;
  for (const auto value : {length, command, 0u, sequence})
    for (int shift = 24; shift >= 0; shift -= 8)
      octets.push_back(static_cast<char>(value >> shift));
  return octets;
}

}  // namespace warp::test
