// A call recorded by a recorder outside: the session, what it is told, failures, and that the call never
// minds.
#include <gtest/gtest.h>

#include "warp/sip/message/body_parts.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using calls::RecordingAnswer;
using domain::MediaSide;
using namespace test;
using namespace std::chrono_literals;

calls::RecorderTarget recorder_at(const char* host, std::uint32_t priority = 0) {
  calls::RecorderTarget target;
  target.destination = {host, 5060, sip::SipTransport::Udp};
  target.user = "rec";
  target.priority = priority;
  return target;
}

calls::Settings with_recorders(std::vector<calls::RecorderTarget> targets,
                               std::optional<domain::RecordingForm> fallback = {}) {
  calls::Settings settings;
  settings.recorders.targets = std::move(targets);
  settings.recorders.fallback = fallback;
  return settings;
}

struct RecorderScene : CallScene {
  explicit RecorderScene(calls::Settings settings) : CallScene(std::move(settings)) {
    bench.trunk().sip.media.record = domain::RecordMode::Siprec;
    bench.publish();
  }
  std::string takes(const char* extra = "", int first_port = 7000, int second_port = 7002) const {
    const auto line = [](int port) {
      return "m=audio " + std::to_string(port) + " RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    };
    return "v=0\r\no=- 1 1 IN IP4 203.0.113.8\r\ns=-\r\nc=IN IP4 203.0.113.8\r\nt=0 0\r\n" +
           line(first_port) + "a=recvonly\r\n" + extra + line(second_port) + "a=recvonly\r\n";
  }
  // The call is up, and its recorder has taken it; gives the INVITE that it got.
  sip::Message recorded() {
    establish();
    auto invite = recorder.expect_request("INVITE");
    recorder.answer(invite, 200, takes(), "srs");
    recorder.expect_request("ACK");
    return invite;
  }
  CallId call() { return bench.engine.live({}).at(0).call; }
  FakeMedia::Session& media() {
    for (auto* session : bench.media.live)
      if (!session->remotes.empty()) return *session;
    return bench.media.only();
  }
  std::uint64_t failures(const char* reason) {
    return bench.metrics
        .counter("warp_calls_recorder_failures_total",
                 "Targets of recorders (SIPREC) that did not take a call, or left it.", {{"reason", reason}})
        .value();
  }
  void expect_unharmed() {
    EXPECT_EQ(bench.engine.active_calls(), 1u);
    caller.request("BYE");
    caller.expect_status(200);
    EXPECT_EQ(bench.record().reason, domain::Reason::NormalClearing);
    EXPECT_EQ(bench.media.live.size(), 0u) << "no port is kept";
  }
  SipPeer recorder{bench, "203.0.113.8:5060"};
  SipPeer standby{bench, "203.0.113.9:5060"};
};

sip::BodyPart part(const sip::Message& message, std::string_view type) {
  const auto found = sip::find_part(message.content_type(), message.body(), type);
  EXPECT_TRUE(found) << message.text();
  return found.value_or(sip::BodyPart{});
}
sdp::Session offered(const sip::Message& invite) {
  return *sdp::parse(part(invite, "application/sdp").content);
}
std::string metadata(const sip::Message& invite) {
  return std::string(part(invite, "application/rs-metadata+xml").content);
}
std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}
// What the metadata say that a participant sends; empty: nothing.
std::vector<std::string> values(const std::string& xml, const std::string& element) {
  std::vector<std::string> out;
  const std::string open = "<" + element + ">";
  for (auto at = xml.find(open); at != std::string::npos; at = xml.find(open, at + 1))
    out.push_back(xml.substr(at + open.size(), xml.find('<', at + 1) - at - open.size()));
  return out;
}

struct SiprecCall : testing::Test {
  RecorderScene scene{with_recorders({recorder_at("203.0.113.8"), recorder_at("203.0.113.9", 5)})};
};

TEST_F(SiprecCall, TheRecorderIsInvitedWithBothStreamsAndTheMetadata) {
  const auto invite = scene.recorded();
  EXPECT_EQ(invite.request_uri(), "sip:rec@203.0.113.8:5060");
  EXPECT_EQ(invite.header(sip::HeaderId::Require), "siprec");
  EXPECT_NE(invite.header(sip::HeaderId::Contact).find(">;+sip.src"), std::string_view::npos);
  EXPECT_NE(invite.body().find("Content-Disposition: recording-session"), std::string_view::npos);
  const auto sdp = offered(invite);
  ASSERT_EQ(sdp.media.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(sdp.media[i].kind, "audio");
    EXPECT_EQ(sdp.media[i].direction(), sdp::Direction::SendOnly);
    EXPECT_EQ(sdp.media[i].attribute("label")->value, std::to_string(i + 1));
    EXPECT_EQ(sdp.media[i].formats, (std::vector<std::string>{"0", "101"}));
  }
  EXPECT_NE(sdp.media[0].port, sdp.media[1].port);
  const auto xml = metadata(invite);
  EXPECT_NE(xml.find("<datamode>complete</datamode>"), std::string::npos);
  EXPECT_NE(xml.find("aor=\"tel:+14155550111\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("aor=\"tel:+12125550100\""), std::string::npos) << xml;
  EXPECT_EQ(values(xml, "label"), (std::vector<std::string>{"1", "2"}));
  const auto sends = values(xml, "send"), hears = values(xml, "recv");
  ASSERT_EQ(sends.size(), 2u);
  EXPECT_NE(sends[0], sends[1]);
  EXPECT_EQ(hears, (std::vector<std::string>{sends[1], sends[0]}));
}

TEST_F(SiprecCall, PacketsOfBothSidesGoThereUntilTheCallEnds) {
  scene.recorded();
  ASSERT_EQ(scene.media().taps.size(), 1u);
  const auto tap = scene.media().taps[0];
  std::array<std::byte, 20> rtp{std::byte{0x80}};
  const domain::TapOrigin origin{};
  tap->packet(MediaSide::A, 0, rtp, origin, scene.bench.clock.now());
  tap->packet(MediaSide::B, 0, rtp, origin, scene.bench.clock.now());
  FakeMedia::Session* outlet = nullptr;
  for (auto* session : scene.bench.media.live)
    if (session->remotes.empty()) outlet = session;
  ASSERT_NE(outlet, nullptr);
  ASSERT_EQ(outlet->sent.size(), 2u);
  EXPECT_EQ(outlet->sent[0].to.to_string(), "203.0.113.8:7000");
  EXPECT_EQ(outlet->sent[1].to.to_string(), "203.0.113.8:7002");
  scene.bench.pass(5100ms);
  EXPECT_EQ(outlet->sent.size(), 4u) << "a report each";
  scene.expect_unharmed();
  EXPECT_NE(scene.recorder.expect_request("BYE").header(sip::HeaderId::Reason).find("NORMAL_CLEARING"),
            std::string_view::npos);
}

TEST_F(SiprecCall, HoldAndResumeAreTold) {
  const auto begun = metadata(scene.recorded());
  scene.caller.request("INVITE", audio("192.0.2.10", 4000, "a=sendonly\r\n"));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5000, "a=recvonly\r\n"));
  const auto update = scene.recorder.expect_request("INVITE");
  EXPECT_EQ(update.to().tag, "srs");
  EXPECT_EQ(offered(update).media[0].direction(), sdp::Direction::SendOnly);
  EXPECT_EQ(offered(update).media[1].direction(), sdp::Direction::Inactive) << "the held side sends nothing";
  const auto xml = metadata(update);
  EXPECT_NE(xml.find("<datamode>partial</datamode>"), std::string::npos);
  EXPECT_EQ(count(xml, "<participant "), 0u) << "nobody is new";
  EXPECT_EQ(values(xml, "send"), (std::vector<std::string>{values(begun, "send")[0]}));
  EXPECT_EQ(values(xml, "recv"), (std::vector<std::string>{values(begun, "send")[0]}));
  scene.recorder.answer(update, 200, scene.takes(), "srs");
  scene.recorder.expect_request("ACK");
  scene.first.expect_request("ACK");
  scene.caller.expect_status(200);
  scene.caller.ack();
  scene.caller.request("INVITE", scene.caller_sdp());
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp());
  const auto resumed = scene.recorder.expect_request("INVITE");
  EXPECT_EQ(values(metadata(resumed), "send"), values(begun, "send"));
  EXPECT_EQ(offered(resumed).origin.session_version, "3");
}

TEST_F(SiprecCall, AnAnswerThatGivesMoreThanWasAskedForIsHeldAllTheSame) {
  scene.recorded();
  scene.caller.request("INVITE", audio("192.0.2.10", 4000, "a=inactive\r\n"));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, scene.callee_sdp());
  const auto update = scene.recorder.expect_request("INVITE");
  EXPECT_TRUE(values(metadata(update), "send").empty());
  EXPECT_TRUE(values(metadata(update), "recv").empty());
  EXPECT_EQ(offered(update).media[1].direction(), sdp::Direction::Inactive);
}

TEST_F(SiprecCall, AnotherCodecIsDescribedAnew) {
  scene.recorded();
  const auto pcma = [](const char* ip, int port) {
    return "v=0\r\no=a 9 9 IN IP4 " + std::string(ip) + "\r\ns=-\r\nc=IN IP4 " + std::string(ip) +
           "\r\nt=0 0\r\nm=audio " + std::to_string(port) + " RTP/AVP 8\r\n";
  };
  scene.caller.request("INVITE", pcma("192.0.2.10", 4000));
  scene.caller.expect_status(100);
  scene.first.answer(scene.first.expect_request("INVITE"), 200, pcma("203.0.113.1", 5000));
  const auto update = scene.recorder.expect_request("INVITE");
  EXPECT_EQ(offered(update).media[0].formats, std::vector<std::string>{"8"});
  EXPECT_EQ(offered(update).media[1].formats, std::vector<std::string>{"8"});
}

TEST_F(SiprecCall, WhatChangesWhileAnUpdateRunsIsToldAfterIt) {
  scene.recorded();
  const auto hold = [this](const char* way, const char* back) {
    scene.caller.request("INVITE", audio("192.0.2.10", 4000, way));
    scene.caller.expect_status(100);
    scene.first.answer(scene.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5000, back));
    scene.first.expect_request("ACK");
    scene.caller.expect_status(200);
    scene.caller.ack();
  };
  hold("a=sendonly\r\n", "a=recvonly\r\n");
  const auto update = scene.recorder.expect_request("INVITE");
  hold("a=inactive\r\n", "a=inactive\r\n");
  EXPECT_TRUE(scene.recorder.quiet()) << "one at a time";
  scene.recorder.answer(update, 491, {}, "srs");
  scene.recorder.expect_request("ACK");
  EXPECT_TRUE(scene.recorder.quiet());
  scene.bench.pass(4100ms);
  const auto again = scene.recorder.expect_request("INVITE");
  EXPECT_NE(metadata(again).find("<datamode>complete</datamode>"), std::string::npos)
      << "nobody knows what the recorder took of the one that it refused";
  EXPECT_TRUE(values(metadata(again), "send").empty());
}

TEST_F(SiprecCall, SilenceARefusalOrNoStreamLeadToTheNext) {
  struct Case {
    const char* reason;
    std::function<void(RecorderScene&, const sip::Message&)> does;
  };
  const std::vector<Case> cases{
      {"FAR_END_TIMEOUT",
       [](RecorderScene& scene, const sip::Message&) {
         scene.bench.pass(4100ms);
         scene.recorder.drop_mail();
       }},
      {"FAR_END_REJECTED",
       [](RecorderScene& scene, const sip::Message& invite) {
         scene.recorder.answer(invite, 503);
         scene.recorder.expect_request("ACK");
       }},
      {"FAR_END_MALFORMED",
       [](RecorderScene& scene, const sip::Message& invite) {
         scene.recorder.answer(invite, 200);
         scene.recorder.expect_request("ACK");
         scene.recorder.answer(scene.recorder.expect_request("BYE"), 200);
       }},
      {"MEDIA_UNSUPPORTED",
       [](RecorderScene& scene, const sip::Message& invite) {
         scene.recorder.answer(invite, 200, scene.takes("", 0, 0));
         scene.recorder.expect_request("ACK");
         scene.recorder.answer(scene.recorder.expect_request("BYE"), 200);
       }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    RecorderScene one(with_recorders({recorder_at("203.0.113.8"), recorder_at("203.0.113.9", 5)}));
    one.establish();
    c.does(one, one.recorder.expect_request("INVITE"));
    EXPECT_EQ(one.failures(c.reason), 1u);
    one.standby.answer(one.standby.expect_request("INVITE"), 200, one.takes(), "srs2");
    one.standby.expect_request("ACK");
    EXPECT_EQ(one.media().taps.size(), 1u);
    one.expect_unharmed();
    one.standby.expect_request("BYE");
    EXPECT_TRUE(one.recorder.quiet());
  }
}

TEST_F(SiprecCall, ARecorderThatHangsUpIsFollowedByTheNext) {
  scene.recorded();
  scene.recorder.request("BYE");
  scene.recorder.expect_status(200);
  EXPECT_EQ(scene.failures("FAR_END_CALL_GONE"), 1u);
  EXPECT_TRUE(scene.media().taps.empty());
  scene.standby.answer(scene.standby.expect_request("INVITE"), 200, scene.takes(), "srs2");
  scene.standby.expect_request("ACK");
  scene.standby.request("BYE");
  scene.standby.expect_status(200);
  EXPECT_FALSE(scene.bench.engine.live({}).at(0).recording) << "there is no third";
  scene.expect_unharmed();
}

TEST_F(SiprecCall, ARecorderMayAskForAllAndMove) {
  scene.recorded();
  scene.recorder.request("UPDATE", "<requestsnapshot xmlns=\"urn:ietf:params:xml:ns:recording:1\"/>",
                         "application/rs-metadata-request");
  scene.recorder.expect_status(200);
  const auto all = scene.recorder.expect_request("INVITE");
  EXPECT_NE(metadata(all).find("<datamode>complete</datamode>"), std::string::npos);
  scene.recorder.answer(all, 200, scene.takes(), "srs");
  scene.recorder.expect_request("ACK");
  scene.recorder.request("INVITE", scene.takes("", 7100, 7102));
  scene.recorder.expect_status(100);
  const auto answer = scene.recorder.expect_status(200);
  EXPECT_EQ(parsed(answer).media.at(1).direction(), sdp::Direction::SendOnly);
  scene.recorder.ack();
  const auto tap = scene.media().taps.at(0);
  std::array<std::byte, 20> rtp{std::byte{0x80}};
  tap->packet(MediaSide::A, 0, rtp, {}, scene.bench.clock.now());
  for (auto* session : scene.bench.media.live)
    if (session->remotes.empty()) {
      ASSERT_EQ(session->sent.size(), 1u);
      EXPECT_EQ(session->sent[0].to.port, 7100);
    }
  scene.bench.pass(33s);
  EXPECT_TRUE(scene.bench.engine.live({}).at(0).recording) << "the ACK was heard";
  scene.recorder.request("INFO");
  scene.recorder.expect_status(200);
  scene.recorder.request("MESSAGE");
  scene.recorder.expect_status(405);
}

TEST(Siprec, AFileInsteadWhenNoRecorderTakesTheCall) {
  RecorderScene scene(with_recorders({recorder_at("203.0.113.8")}, domain::RecordingForm::WavMono));
  scene.establish();
  scene.recorder.answer(scene.recorder.expect_request("INVITE"), 486);
  ASSERT_EQ(scene.bench.recordings.started.size(), 1u);
  EXPECT_EQ(scene.bench.recordings.started[0].form, domain::RecordingForm::WavMono);
  EXPECT_EQ(scene.media().taps.size(), 1u);
  scene.expect_unharmed();
  EXPECT_EQ(scene.bench.recordings.stopped.size(), 1u);
}

TEST(Siprec, DigitsAreNotDescribedWhenTheyAreMasked) {
  RecorderScene scene(with_recorders({recorder_at("203.0.113.8")}));
  scene.bench.trunk().sip.media.record_digits = domain::RecordedDigits::Masked;
  scene.bench.publish();
  const auto sdp = offered(scene.recorded());
  EXPECT_EQ(sdp.media[0].formats, std::vector<std::string>{"0"});
  const auto tap = scene.media().taps.at(0);
  std::array<std::byte, 20> rtp{std::byte{0x80}, std::byte{101}};
  tap->packet(MediaSide::A, 0, rtp, {}, scene.bench.clock.now());
  for (auto* session : scene.bench.media.live) {
    if (session->remotes.empty()) {
      EXPECT_TRUE(session->sent.empty());
    }
  }
}

TEST(Siprec, EncryptedTowardsARecorderThatWantsIt) {
  auto target = recorder_at("203.0.113.8");
  target.srtp = true;
  RecorderScene scene(with_recorders({target}));
  scene.establish();
  const auto invite = scene.recorder.expect_request("INVITE");
  const auto sdp = offered(invite);
  EXPECT_EQ(sdp.media[0].proto, "RTP/SAVP");
  ASSERT_NE(sdp.media[0].attribute("crypto"), nullptr);
  EXPECT_NE(sdp.media[0].attribute("crypto")->value, sdp.media[1].attribute("crypto")->value);
  scene.recorder.answer(invite, 200, scene.takes(), "srs");
  EXPECT_EQ(scene.failures("MEDIA_UNSUPPORTED"), 1u) << "it answered in the clear";
}

TEST(Siprec, AChallengeIsAnswered) {
  auto target = recorder_at("203.0.113.8");
  target.username = "warp";
  target.realm = "srs";
  target.secret = sip::make_digest_secret("warp", "srs", "secret");
  RecorderScene scene(with_recorders({target}));
  scene.establish();
  const auto invite = scene.recorder.expect_request("INVITE");
  scene.recorder.answer(
      invite, 401, {}, "x",
      "WWW-Authenticate: Digest realm=\"srs\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n");
  scene.recorder.expect_request("ACK");
  const auto again = scene.recorder.expect_request("INVITE");
  EXPECT_NE(again.header(sip::HeaderId::Authorization).find("username=\"warp\""), std::string_view::npos);
  EXPECT_EQ(metadata(again), metadata(invite));
  scene.recorder.answer(again, 200, scene.takes(), "srs");
  scene.recorder.expect_request("ACK");
  scene.expect_unharmed();
  EXPECT_GT(scene.recorder.expect_request("BYE").cseq().number, again.cseq().number);
}

TEST(Siprec, OnDemandByItsNameAndStoppedByIt) {
  auto target = recorder_at("203.0.113.8");
  target.recorder = "legal";
  RecorderScene scene(with_recorders({target}));
  scene.establish();
  EXPECT_TRUE(scene.recorder.quiet()) << "the policy names none";
  domain::RecordingWish wish;
  wish.siprec = true;
  EXPECT_EQ(scene.bench.engine.record(scene.call(), wish).answer, RecordingAnswer::Refused);
  wish.recorder = "legal";
  EXPECT_EQ(scene.bench.engine.record(scene.call(), wish).answer, RecordingAnswer::Done);
  const auto invite = scene.recorder.expect_request("INVITE");
  EXPECT_EQ(scene.bench.engine.record(scene.call(), wish).answer, RecordingAnswer::Already);
  EXPECT_EQ(scene.bench.engine.stop_recording(scene.call()), RecordingAnswer::Done);
  // A provisional answer lets the CANCEL go; the 2xx that crossed it gets its ACK and BYE.
  scene.recorder.answer(invite, 180, {}, "srs");
  scene.recorder.expect_request("CANCEL");
  scene.recorder.answer(invite, 200, scene.takes(), "srs");
  scene.recorder.expect_request("ACK");
  scene.recorder.expect_request("BYE");
  scene.expect_unharmed();
}

TEST(Siprec, AfterARestartTheOldSessionEndsAndAnotherBegins) {
  const auto settings = with_recorders({recorder_at("203.0.113.8")});
  RecorderScene before(settings), after(settings);
  before.recorded();
  const auto& draft = before.bench.records.drafts.at(0);
  const auto& states = before.bench.records.updated_states;
  ASSERT_FALSE(states.empty());
  const calls::Orphan left{draft, states.back(), *draft.answered_at + 20s};
  after.bench.clock.advance(left.last_alive + 2s - after.bench.clock.wall());
  after.bench.engine.recover(left);
  const auto bye = after.recorder.expect_request("BYE");
  EXPECT_EQ(bye.to().tag, "srs");
  EXPECT_NE(bye.header(sip::HeaderId::Reason).find("DAEMON_RESTARTED"), std::string_view::npos);
  after.recorder.answer(bye, 200);
  const auto invite = after.recorder.expect_request("INVITE");
  EXPECT_TRUE(invite.to().tag.empty());
  after.recorder.answer(invite, 200, after.takes(), "srs3");
  after.recorder.expect_request("ACK");
  EXPECT_EQ(after.media().taps.size(), 1u);
}

TEST(Siprec, ARestartThatComesTooLateEndsItAsWell) {
  const auto settings = with_recorders({recorder_at("203.0.113.8")});
  RecorderScene before(settings), after(settings);
  before.recorded();
  const auto& draft = before.bench.records.drafts.at(0);
  const calls::Orphan left{draft, before.bench.records.updated_states.back(), *draft.answered_at + 20s};
  after.bench.clock.advance(left.last_alive + 10min - after.bench.clock.wall());
  after.bench.engine.recover(left);
  EXPECT_EQ(after.recorder.expect_request("BYE").to().tag, "srs");
  EXPECT_TRUE(after.recorder.quiet());
}

TEST(Siprec, NoPortsForItIsNoMatterOfTheCall) {
  RecorderScene scene(with_recorders({recorder_at("203.0.113.8")}));
  const auto far = scene.start();
  scene.bench.media.failure = domain::MediaError::PortsExhausted;
  scene.first.answer(far, 200, scene.callee_sdp());
  scene.first.expect_request("ACK");
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  EXPECT_EQ(scene.failures("MEDIA_PORTS_EXHAUSTED"), 1u);
  EXPECT_TRUE(scene.recorder.quiet());
  scene.expect_unharmed();
}

}  // namespace
}  // namespace warp
