// SipPeer: a user agent at one address, on a CallBench, by script: it says what the test says and shows what
// it got. It keeps the dialog that it is in, so that the test need not.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "warp/sdp/session.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/uri.h"

#include "support/call_bench.h"

namespace warp::test {

// Says that an answer before the last is to be acknowledged with PRACK.
inline std::string reliable(unsigned rseq) {
  return "Require: 100rel\r\nRSeq: " + std::to_string(rseq) + "\r\n";
}

// The session that a message describes.
inline sdp::Session parsed(const sip::Message& message) {
  auto session = sdp::parse(message.body());
  EXPECT_TRUE(session) << message.text();
  return session ? *session : sdp::Session{};
}

inline std::string audio(std::string_view ip, int port, std::string_view extra = "") {
  const std::string family = ip.find(':') == std::string_view::npos ? "IP4 " : "IP6 ";
  return "v=0\r\no=alice 53655765 2353687637 IN " + family + std::string(ip) + "\r\ns=Phone 1.0\r\nc=IN " +
         family + std::string(ip) + "\r\nt=0 0\r\nm=audio " + std::to_string(port) +
         " RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 "
         "0-15\r\n" +
         std::string(extra);
}

struct InviteText {
  std::string dni = "12125550100";
  std::string body = {};
  std::string extra = {};
  std::string from_user = "+14155550111";
  int max_forwards = 70;
  std::string call_id = {};  // empty: one of its own
};

class SipPeer {
 public:
  SipPeer(CallBench& bench, std::string address)
      : bench_(bench), address_(*domain::SocketAddress::parse(address)), host_(std::move(address)) {}

  // The next message that came here. Fails the test, and gives an OPTIONS, when there is none.
  sip::Message next() {
    auto& mail = bench_.sender.mail;
    for (auto at = mail.begin(); at != mail.end(); ++at) {
      if (at->to != address_) continue;
      auto message = sip::Message::parse(at->bytes);
      EXPECT_TRUE(message) << at->bytes;
      mail.erase(at);
      if (message) return std::move(*message);
      break;
    }
    ADD_FAILURE() << "nothing came to " << host_;
    return *sip::Message::parse(
        "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom: <sip:x>;tag=x\r\n"
        "To: <sip:x>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
  }
  bool quiet() const {
    for (const auto& mail : bench_.sender.mail)
      if (mail.to == address_) return false;
    return true;
  }
  void drop_mail() {
    while (!quiet())
      next();
  }
  sip::Message expect_status(int status) {
    auto message = next();
    EXPECT_EQ(message.status(), status) << message.text();
    return message;
  }
  sip::Message expect_request(std::string_view method) {
    auto message = next();
    EXPECT_TRUE(message.is_request() && message.method_text() == method) << message.text();
    return message;
  }

  void invite(const InviteText& invite = {}) {
    call_id_ = "call-" + std::to_string(++calls_) + "@" + host_;
    if (!invite.call_id.empty()) call_id_ = invite.call_id;
    local_ = "<sip:" + invite.from_user + "@" + host_ + ">;tag=from" + std::to_string(calls_);
    remote_ = "<sip:" + invite.dni + "@198.51.100.1>";
    target_ = "sip:" + invite.dni + "@198.51.100.1";
    remote_base_ = remote_;
    cseq_ = invite_cseq_ = 1;
    max_forwards_ = invite.max_forwards;
    invite_branch_ = new_branch();
    write("INVITE", invite_branch_, cseq_, contact() + invite.extra, "application/sdp", invite.body);
  }
  // Learns the dialog from a response to our INVITE.
  void learn(const sip::Message& response) {
    remote_ = response.header(sip::HeaderId::To);
    if (const auto contact = response.contact()) target_ = contact->uri;
  }
  void ack(const std::string& body = {}) {
    write("ACK", new_branch(), invite_cseq_, {}, "application/sdp", body);
  }
  void cancel(const std::string& extra = {}) {
    const auto keep = std::exchange(remote_, remote_base_);
    write("CANCEL", invite_branch_, invite_cseq_, extra, {}, {});
    remote_ = keep;
  }

  // CANCEL for the re-INVITE that we sent last.
  void cancel_last() { write("CANCEL", last_branch_, cseq_, {}, {}, {}); }

  // The callee's part: answers a request of ours; a final or provisional answer to an INVITE makes the
  // dialog.
  void answer(const sip::Message& request, int status, const std::string& body = {},
              const std::string& tag = "far", const std::string& extra = {}) {
    std::string text = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
    std::string to;
    for (const auto& header : request.headers()) {
      const bool is_to = header.id == sip::HeaderId::To;
      if (!is_to && header.id != sip::HeaderId::Via && header.id != sip::HeaderId::From &&
          header.id != sip::HeaderId::CallId && header.id != sip::HeaderId::CSeq)
        continue;
      std::string value(header.value);
      if (is_to && status > 100 && request.to().tag.empty()) value += ";tag=" + tag;
      if (is_to) to = value;
      text += std::string(sip::canonical_name(header.id)) + ": " + value + "\r\n";
    }
    if (request.method() == sip::Method::Invite) {
      text += contact();
      local_ = to;
      remote_ = request.header(sip::HeaderId::From);
      call_id_ = request.call_id();
      if (const auto their = request.contact()) target_ = their->uri;
    }
    if (!body.empty()) text += "Content-Type: application/sdp\r\n";
    text += "User-Agent: Secret/1.0\r\n";
    send(text + extra + length(body));
  }

  // A request within the dialog.
  void request(const std::string& method, const std::string& body = {},
               const std::string& type = "application/sdp", const std::string& extra = {}) {
    ++cseq_;
    if (method == "INVITE") invite_cseq_ = cseq_;
    last_branch_ = new_branch();
    write(method, last_branch_, cseq_, (method == "INVITE" ? contact() : "") + extra, type, body);
  }
  // PRACK for a reliable response to our INVITE, within its dialog.
  void prack(const sip::Message& response, const std::string& body = {}) {
    learn(response);
    request("PRACK", body, "application/sdp",
            "RAck: " + std::string(response.header(sip::HeaderId::RSeq)) + " " +
                std::to_string(response.cseq().number) + " INVITE\r\n");
  }
  // A request outside any dialog.
  void stray(const std::string& method, const std::string& extra = {}) {
    call_id_ = "stray-" + std::to_string(++calls_) + "@" + host_;
    local_ = "<sip:s@" + host_ + ">;tag=s";
    remote_ = "<sip:us@198.51.100.1>";
    target_ = "sip:us@198.51.100.1";
    cseq_ = 1;
    write(method, new_branch(), 1, contact() + extra, {}, {});
  }
  void send(const std::string& text) { bench_.receive(address_, text); }

  std::string call_id_, local_, remote_, remote_base_, target_;
  int cseq_ = 100, invite_cseq_ = 100;

 private:
  std::string contact() const { return "Contact: <sip:agent@" + host_ + ">\r\n"; }
  static std::string length(const std::string& body) {
    return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::string new_branch() { return "z9hG4bK-" + host_ + "-" + std::to_string(++branches_); }
  void write(const std::string& method, const std::string& branch, int cseq, const std::string& extra,
             const std::string& type, const std::string& body) {
    std::string text = method + " " + target_ + " SIP/2.0\r\nVia: SIP/2.0/UDP " + host_ +
                       ";branch=" + branch + ";rport\r\nMax-Forwards: " + std::to_string(max_forwards_) +
                       "\r\nFrom: " + local_ + "\r\nTo: " + remote_ + "\r\nCall-ID: " + call_id_ +
                       "\r\nCSeq: " + std::to_string(cseq) + " " + method + "\r\nUser-Agent: Secret/1.0\r\n" +
                       extra;
    if (!body.empty()) text += "Content-Type: " + type + "\r\n";
    send(text + length(body));
  }

  CallBench& bench_;
  domain::SocketAddress address_;
  std::string host_, invite_branch_, last_branch_;
  int max_forwards_ = 70;
  // Of all peers: two at one address must not speak with one tongue.
  static inline int calls_ = 0, branches_ = 0;
};

// The usual three, and a call between two of them that is up.
struct CallScene {
  CallBench bench;
  SipPeer caller{bench, "192.0.2.10:5060"};
  SipPeer first{bench, "203.0.113.1:5060"};
  SipPeer second{bench, "203.0.113.2:5060"};

  CallScene() = default;
  explicit CallScene(calls::Settings settings, std::optional<calls::GuardSettings> guarded = {})
      : bench(std::move(settings), nullptr, nullptr, std::move(guarded)) {}
  CallScene(calls::Settings settings, sip::Locator* locator)
      : bench(std::move(settings), nullptr, nullptr, std::nullopt, locator) {}
  explicit CallScene(domain::ChargingPort& charging)
      : bench(calls::Settings{}, nullptr, nullptr, {}, nullptr, 0, &charging) {}
  explicit CallScene(domain::CallAuthenticity& authenticity) : bench(calls::Settings{}, &authenticity) {}

  static std::string caller_sdp() { return audio("192.0.2.10", 4000); }
  static std::string callee_sdp() { return audio("203.0.113.1", 5000); }

  // INVITE up to the far end; gives the far INVITE. 100 is taken off.
  sip::Message start(InviteText invite = {}) {
    if (invite.body.empty()) invite.body = caller_sdp();
    caller.invite(invite);
    caller.expect_status(100);
    return first.expect_request("INVITE");
  }
  void establish() {
    const auto far = start();
    first.answer(far, 200, callee_sdp());
    first.expect_request("ACK");
    caller.learn(caller.expect_status(200));
    caller.ack();
  }
};

}  // namespace warp::test
