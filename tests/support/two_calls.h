// TwoCalls: a party of trunk 1 that is in two calls at once, as before an attended transfer: with the callee
// of scene.first, and with `second`.
#pragma once

#include <string>

#include "support/sip_peer.h"

namespace warp::test {

// The value of Replaces for the dialog that a peer is in with us; `escaped` as in a URI.
inline std::string replaces_of(const SipPeer& peer, bool escaped) {
  const auto tag = [](const std::string& address) { return address.substr(address.find(";tag=") + 5); };
  const std::string plain = peer.call_id_ + ";to-tag=" + tag(peer.remote_) + ";from-tag=" + tag(peer.local_);
  if (!escaped) return plain;
  std::string text;
  for (const char c : plain)
    text += c == '@' ? "%40" : c == ';' ? "%3B" : c == '=' ? "%3D" : c == ':' ? "%3A" : std::string(1, c);
  return text;
}

inline std::string refer_to(const SipPeer& peer) {
  return "Refer-To: <sip:12125550177@198.51.100.1?Replaces=" + replaces_of(peer, true) + ">\r\n";
}

struct TwoCalls {
  void allow(domain::TransferPolicy policy = domain::TransferPolicy::Execute) {
    scene.bench.trunk().sip.session.transfer = policy;
    scene.bench.publish();
  }
  void establish() {
    scene.establish();
    again.invite({.dni = "12125550177", .body = audio("192.0.2.10", 4100)});
    again.expect_status(100);
    second.answer(second.expect_request("INVITE"), 200, audio("203.0.113.1", 5500), "second");
    second.expect_request("ACK");
    again.learn(again.expect_status(200));
    again.ack();
  }
  // What the transferor is told of the first call.
  void told(int status) {
    const auto notify = scene.caller.expect_request("NOTIFY");
    EXPECT_TRUE(notify.body().starts_with("SIP/2.0 " + std::to_string(status))) << notify.body();
    EXPECT_EQ(notify.header("Subscription-State").starts_with("terminated"), status >= 200);
    scene.caller.answer(notify, 200);
  }

  CallScene scene;
  SipPeer again{scene.bench, "192.0.2.10:5060"};  // the transferor's second dialog
  SipPeer second{scene.bench, "203.0.113.1:5060"};
};

}  // namespace warp::test
