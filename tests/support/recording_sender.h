// RecordingSender: a transport that keeps what it is asked to send.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "warp/sip/message/message.h"
#include "warp/sip/transport/transport.h"

namespace warp::test {

class RecordingSender final : public sip::MessageSender {
 public:
  struct Sent {
    sip::Flow flow;
    std::string bytes;
  };

  bool send(const sip::Flow& flow, std::string_view bytes) override {
    if (failing) return false;
    sent.push_back({flow, std::string(bytes)});
    return true;
  }
  std::string_view sent_by(std::uint16_t) const override { return "192.0.2.1:5060"; }
  std::optional<sip::Flow> flow_towards(const sip::Target& target) override {
    const auto& remote = target.address;
    if (remote.ip.v6) return std::nullopt;
    return sip::Flow{remote, *domain::SocketAddress::parse("192.0.2.1:5060"), 0, target.transport};
  }
  sip::Flow choose(const sip::Flow& flow, std::size_t) override {
    if (!large_by_tcp) return flow;
    auto stream = *flow_towards({flow.remote, sip::SipTransport::Tcp});
    stream.by_size = true;
    return stream;
  }

  // What was sent since the last call.
  std::vector<Sent> take() { return std::exchange(sent, {}); }
  // The first line of each.
  static std::vector<std::string> lines(const std::vector<Sent>& messages) {
    std::vector<std::string> result;
    for (const auto& message : messages)
      result.push_back(message.bytes.substr(0, message.bytes.find('\r')));
    return result;
  }

  std::vector<Sent> sent;
  bool failing = false, large_by_tcp = false;
};

}  // namespace warp::test
