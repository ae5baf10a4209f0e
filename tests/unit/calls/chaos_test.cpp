// Peers that do anything at any moment: whatever they do, every call leaves one record and nothing else.
#include <random>

#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;
using namespace std::chrono_literals;

class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {
    bench_.trunk().max_duration = 60s;
    bench_.trunk().ring_timeout = 20s;
    bench_.trunk().channels_outbound = 6;
    bench_.world.catalogue.customers[0].channels_inbound = 4;
    for (const std::size_t provider : {0u, 1u})
      bench_.provider(provider).endpoints[0].channels = 5;
    bench_.provider(0).sip.provisional.redirect = domain::RedirectPolicy::Follow;
    bench_.provider(1).sip.provisional.reliable = domain::ReliableProvisional::Off;
    bench_.publish();
  }

  void run() {
    for (int step = 0; step < 150; ++step)
      act_and_audit();
    journal(true);
    // Nobody says anything any more: timers alone must end it all.
    bench_.sender.mail.clear();
    bench_.pass(300s);
  }

  void act_and_audit() {
    act();
    EXPECT_EQ(bench_.engine.audit_limits(), 0u);
  }

  void check() {
    EXPECT_EQ(bench_.engine.active_calls(), 0u);
    EXPECT_EQ(bench_.records.records.size(), calls_);
    EXPECT_TRUE(bench_.media.live.empty());
    EXPECT_EQ(bench_.layer.size(), 0u);
    EXPECT_EQ(bench_.wheel.size(), 0u);
    EXPECT_EQ(bench_.engine.audit_limits(), 0u);
    std::size_t counters = 0;
    bench_.limits.each([&](calls::LimitCounters& each) {
      ++counters;
      EXPECT_EQ(each.channels(), 0u);
    });
    EXPECT_GE(counters, 8u) << "trunk and account both ways, two providers, their endpoints";
    std::set<RecordId> ids;
    for (const auto& record : bench_.records.records) {
      EXPECT_TRUE(ids.insert(record.id).second);
      EXPECT_EQ(record.answered_at.has_value(), record.disposition == domain::Disposition::Answered);
      EXPECT_TRUE(record.answered_at || !record.price || record.price->amount == Money{});
      EXPECT_LE(record.duration_us, 61'000'000u);
    }
    EXPECT_EQ(bench_.metrics.counter("warp_sip_transaction_impossible_total", "").value(), 0u);
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  template <class T>
  const T& any(const std::vector<T>& all) {
    return all[random_() % all.size()];
  }

  void act() {
    switch (random_() % 8) {
      case 0:
        return invite();
      case 1:
        return bench_.pass(std::chrono::milliseconds(random_() % 2000));
      case 2:
        bench_.records.hold = one_in(3);
        bench_.records.durable = !one_in(8);
        return journal(!one_in(6));
      case 3:
        return within_dialog();
      default:
        return react();
    }
  }

  void journal(bool durable) {
    for (const auto& done : std::exchange(bench_.records.held, {}))
      done(durable);
    bench_.executor.run();
  }

  void invite() {
    ++calls_;
    const auto number = std::to_string(calls_);
    const bool inbound = one_in(4);
    const std::string host = inbound ? "203.0.113.2:5060" : "192.0.2.10:5060";
    const std::string dni = inbound || one_in(6) ? "12025550199" : "12125550100";
    const std::string body = one_in(5) ? "" : one_in(12) ? "v=9" : audio("192.0.2.10", 4000);
    last_invite_ = "sip:" + dni + "@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + host + ";branch=z9hG4bKc" +
                   number + ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:1@" + host + ">;tag=c" + number +
                   "\r\nTo: <sip:" + dni + "@198.51.100.1>\r\nCall-ID: chaos" + number + "@" + host + "\r\n";
    last_host_ = host;
    say(host, "INVITE " + last_invite_ + "CSeq: 1 INVITE\r\nContact: <sip:a@" + host + ">\r\n" +
                  (one_in(2) ? kExtensions : "") + (one_in(6) ? "Require: 100rel\r\n" : "") + end(body));
    if (one_in(6)) say(host, "CANCEL " + last_invite_ + "CSeq: 1 CANCEL\r\n" + end(""));
  }

  // Takes a message from the wire, not always the oldest, and does something about it.
  void react() {
    auto& mail = bench_.sender.mail;
    if (mail.empty()) return;
    const auto at =
        mail.begin() + static_cast<std::ptrdiff_t>(random_() % std::min<std::size_t>(mail.size(), 4));
    const auto letter = *at;
    if (!one_in(5)) mail.erase(at);  // else it comes twice
    auto message = sip::Message::parse(letter.bytes);
    ASSERT_TRUE(message) << letter.bytes;
    const std::string host = letter.to.to_string();
    if (message->is_request()) return answer(host, *message);
    if (message->method() == sip::Method::Invite && message->has(sip::HeaderId::RSeq) && !one_in(6))
      prack(host, *message);
    if (message->method() == sip::Method::Invite && message->status() > 100 && message->status() < 200 &&
        one_in(3))
      dialogs_.push_back({host, header(*message, sip::HeaderId::From), header(*message, sip::HeaderId::To),
                          std::string(message->call_id())});
    if (message->method() != sip::Method::Invite || message->status() < 200) return;
    if (message->status() < 300) {
      if (!one_in(8)) acknowledge(host, *message);
      dialogs_.push_back({host, header(*message, sip::HeaderId::From), header(*message, sip::HeaderId::To),
                          std::string(message->call_id())});
    }
  }

  void answer(const std::string& host, const sip::Message& request) {
    if (request.method() == sip::Method::Ack) return;
    const std::string tag = one_in(10) ? "other" : "far";
    if (request.method() == sip::Method::Update && !one_in(4))
      return respond(host, request, 200, tag, audio("203.0.113.1", 5200));
    if (request.method() != sip::Method::Invite)
      return respond(host, request, one_in(6) ? 481 : one_in(8) ? 491 : 200, tag, "");
    static const std::vector<int> kStatuses{100, 180, 183, 183, 199, 200, 200, 200,
                                            302, 408, 486, 487, 491, 500, 503, 603};
    const int status = any(kStatuses);
    const std::string body =
        status == 183 || (status == 200 && !one_in(10)) ? audio("203.0.113.1", 5000) : "";
    respond(host, request, status, tag, body);
    if (status == 200 || (status > 100 && status < 199 && one_in(3)))
      dialogs_.push_back(
          {host, header(request, sip::HeaderId::To) + (request.to().tag.empty() ? ";tag=" + tag : ""),
           header(request, sip::HeaderId::From), std::string(request.call_id())});
  }

  void within_dialog() {
    if (dialogs_.empty()) return;
    ++requests_;
    const auto dialog = any(dialogs_);
    static const std::vector<std::string> kMethods{"BYE",    "INVITE", "INVITE", "INFO", "OPTIONS",
                                                   "UPDATE", "UPDATE", "PRACK",  "ACK"};
    const std::string method = any(kMethods);
    const std::string body = (method == "INVITE" || method == "UPDATE") && !one_in(4)
                                 ? audio("192.0.2.10", 4000, "a=sendonly\r\n")
                                 : "";
    std::string text = method + " sip:x@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + dialog.host +
                       ";branch=z9hG4bKd" + std::to_string(requests_) +
                       ";rport\r\nMax-Forwards: 70\r\nFrom: " + dialog.local + "\r\nTo: " + dialog.remote +
                       "\r\nCall-ID: " + dialog.call_id +
                       "\r\nCSeq: " + std::to_string(one_in(8) ? 1 : 10 + requests_) + " " + method +
                       "\r\nContact: <sip:y@" + dialog.host + ">\r\n";
    if (method == "INFO") {
      say(dialog.host, text + "Content-Type: application/dtmf\r\nContent-Length: 1\r\n\r\n5");
      return;
    }
    if (method == "PRACK") text += "RAck: 1 1 INVITE\r\n";
    say(dialog.host, text + end(body));
  }

  void prack(const std::string& host, const sip::Message& response) {
    ++requests_;
    say(host, "PRACK sip:x@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + host + ";branch=z9hG4bKp" +
                  std::to_string(requests_) + "\r\nMax-Forwards: 70\r\nFrom: " +
                  header(response, sip::HeaderId::From) + "\r\nTo: " + header(response, sip::HeaderId::To) +
                  "\r\nCall-ID: " + std::string(response.call_id()) +
                  "\r\nCSeq: " + std::to_string(10 + requests_) +
                  " PRACK\r\nRAck: " + header(response, sip::HeaderId::RSeq) + " 1 INVITE\r\n" +
                  end(one_in(3) ? audio("192.0.2.10", 4000) : ""));
  }

  void acknowledge(const std::string& host, const sip::Message& ok) {
    say(host, "ACK sip:x@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP " + host + ";branch=z9hG4bKk" +
                  std::to_string(++requests_) +
                  "\r\nMax-Forwards: 70\r\nFrom: " + header(ok, sip::HeaderId::From) +
                  "\r\nTo: " + header(ok, sip::HeaderId::To) + "\r\nCall-ID: " + std::string(ok.call_id()) +
                  "\r\nCSeq: " + std::to_string(ok.cseq().number) + " ACK\r\n" +
                  end(one_in(2) ? "" : audio("192.0.2.10", 4000)));
  }

  void respond(const std::string& host, const sip::Message& request, int status, const std::string& tag,
               const std::string& body) {
    std::string text = "SIP/2.0 " + std::to_string(status) + " Whatever\r\n";
    for (const auto id :
         {sip::HeaderId::Via, sip::HeaderId::From, sip::HeaderId::CallId, sip::HeaderId::CSeq})
      text += std::string(sip::canonical_name(id)) + ": " + header(request, id) + "\r\n";
    const bool tagged = status == 100 || !request.to().tag.empty();
    text += "To: " + header(request, sip::HeaderId::To) + (tagged ? "" : ";tag=" + tag) +
            "\r\nContact: <sip:y@" + host + ">\r\n";
    if (one_in(2)) text += kExtensions;
    if (status > 100 && status < 200 && one_in(2))
      text += "Require: 100rel\r\nRSeq: " + std::to_string(1 + random_() % 3) + "\r\n";
    say(host, text + end(body));
  }

  static std::string header(const sip::Message& message, sip::HeaderId id) {
    return std::string(message.header(id));
  }
  static std::string end(const std::string& body) {
    return (body.empty() ? "" : "Content-Type: application/sdp\r\n") + std::string("Content-Length: ") +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  void say(const std::string& host, const std::string& text) {
    bench_.receive(*domain::SocketAddress::parse(host), text);
    if (one_in(10)) bench_.receive(*domain::SocketAddress::parse(host), text);
  }

  inline static const std::string kExtensions =
      "Supported: 100rel\r\nAllow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE\r\n";

  struct DialogText {
    std::string host, local, remote, call_id;
  };
  CallBench bench_;
  std::mt19937 random_;
  std::vector<DialogText> dialogs_;
  std::string last_invite_, last_host_;
  std::size_t calls_ = 0;
  int requests_ = 0;
};

class ChaosSeeds : public testing::TestWithParam<unsigned> {};

TEST_P(ChaosSeeds, LeaveOneRecordACallAndNothingElse) {
  for (unsigned seed = GetParam() * 10; seed < GetParam() * 10 + 10; ++seed) {
    SCOPED_TRACE(seed);
    Chaos chaos(seed);
    chaos.run();
    chaos.check();
    if (testing::Test::HasFailure()) break;
  }
}
INSTANTIATE_TEST_SUITE_P(All, ChaosSeeds, testing::Range(0u, 10u));

}  // namespace
}  // namespace warp
