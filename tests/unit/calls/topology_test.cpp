// Nothing of one side shows on the other: every header that is known, and attempts to smuggle, through a
// whole call.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;

// Stands in every value that must stay behind.
constexpr std::string_view kMark = "leaked";

// Each known header that may stand in any message, and others, with a value that tells of its side.
std::string marked_headers() {
  std::string out;
  for (const auto* name : {"Accept-Contact",
                           "a",
                           "Alert-Info",
                           "Authentication-Info",
                           "Authorization",
                           "Call-Info",
                           "Diversion",
                           "Error-Info",
                           "Feature-Caps",
                           "Geolocation",
                           "History-Info",
                           "Identity",
                           "y",
                           "Identity-Info",
                           "n",
                           "In-Reply-To",
                           "Join",
                           "Organization",
                           "P-Access-Network-Info",
                           "P-Asserted-Identity",
                           "P-Associated-URI",
                           "P-Called-Party-ID",
                           "P-Charging-Vector",
                           "P-Preferred-Identity",
                           "P-Visited-Network-ID",
                           "Path",
                           "Priority",
                           "Proxy-Authenticate",
                           "Proxy-Authorization",
                           "Referred-By",
                           "b",
                           "Refer-To",
                           "r",
                           "Remote-Party-ID",
                           "Reply-To",
                           "Request-Disposition",
                           "d",
                           "Security-Client",
                           "Server",
                           "Service-Route",
                           "Session-ID",
                           "Subject",
                           "s",
                           "Target-Dialog",
                           "User-Agent",
                           "User-to-User",
                           "Warning",
                           "WWW-Authenticate",
                           "X-Anything",
                           "X-Forwarded-For",
                           "Timestamp",
                           "Date",
                           "MIME-Version",
                           "Supported",
                           "k"})
    out += std::string(name) + ": <sip:leaked@10.99.1.1>;leaked=10.99.1.1;tag2=leaked\r\n";
  // Blanks before the colon, folded values, the same name twice, quotes that hide separators.
  out += "X-Anything : leaked\r\nSubject\t: leaked\r\nX-Folded: one\r\n leaked\r\n\tleaked\r\n";
  out += "P-Asserted-Identity: \"leaked, <sip:x@10.99.1.1>\" <sip:leaked@10.99.1.1>\r\n";
  out += "Privacy: leaked;none\r\n";
  return out;
}

std::string marked_sdp(std::string_view ip, int port) {
  return "v=0\r\no=leaked 1 1 IN IP4 10.99.1.1\r\ns=leaked session\r\ni=leaked\r\nu=http://leaked/\r\n"
         "e=leaked@leaked\r\np=+1 leaked\r\nc=IN IP4 " +
         std::string(ip) +
         "\r\nt=0 0\r\nk=clear:leaked\r\na=tool:leaked\r\na=group:BUNDLE "
         "leaked\r\na=x-leaked:10.99.1.1\r\nm=audio " +
         std::to_string(port) +
         " RTP/AVP 0\r\ni=leaked\r\na=rtpmap:0 PCMU/8000\r\na=candidate:1 1 UDP 1 10.99.1.1 4000 typ host\r\n"
         "a=ssrc:1 cname:leaked\r\na=label:leaked\r\na=x-leaked:1\r\n";
}

class Topology : public testing::Test {
 protected:
  void expect_clean(const sip::Message& message, std::initializer_list<std::string_view> theirs) {
    for (const auto needle : theirs)
      EXPECT_EQ(message.text().find(needle), std::string_view::npos) << needle << " in\n" << message.text();
    EXPECT_EQ(message.text().find(kMark), std::string_view::npos) << message.text();
    EXPECT_EQ(message.text().find("10.99.1.1"), std::string_view::npos) << message.text();
    EXPECT_EQ(message.text().find("Secret/1.0"), std::string_view::npos) << message.text();
  }
  // What of the caller must not reach the carrier, and the other way round.
  void clean_there(const sip::Message& message) {
    expect_clean(message, {"192.0.2.10", scene.caller.call_id_, "from1", "z9hG4bK-192"});
  }
  void clean_here(const sip::Message& message) {
    expect_clean(message, {"203.0.113.1", far_call_id, ";tag=far", "z9hG4bK-203"});
  }

  CallScene scene;
  std::string far_call_id;
};

TEST_F(Topology, NothingOfEitherSideIsInAnyByteThatTheOtherGets) {
  const std::string extra = marked_headers();
  scene.caller.invite({.body = marked_sdp("192.0.2.10", 4000), .extra = extra});
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  far_call_id = far.call_id();
  clean_there(far);

  const std::string said =
      "Server: leaked\r\nWarning: 399 leaked \"leaked 10.99.1.1\"\r\nReason: "
      "SIP;cause=180;text=\"leaked\"\r\n" +
      extra;
  scene.first.answer(far, 183, marked_sdp("203.0.113.1", 5000), "far", said);
  clean_here(scene.caller.expect_status(183));
  scene.first.answer(far, 200, marked_sdp("203.0.113.1", 5000), "far", said);
  clean_there(scene.first.expect_request("ACK"));
  const auto ok = scene.caller.expect_status(200);
  clean_here(ok);
  scene.caller.learn(ok);
  scene.caller.ack();

  scene.caller.request("INFO", "Signal=1", "application/dtmf-relay", extra);
  const auto info = scene.first.expect_request("INFO");
  clean_there(info);
  scene.first.answer(info, 200, {}, "far", said);
  clean_here(scene.caller.expect_status(200));

  scene.caller.request("INVITE", marked_sdp("192.0.2.10", 4002), "application/sdp", extra);
  scene.caller.expect_status(100);
  const auto again = scene.first.expect_request("INVITE");
  clean_there(again);
  scene.first.answer(again, 200, marked_sdp("203.0.113.1", 5002), "far", said);
  scene.first.expect_request("ACK");
  clean_here(scene.caller.expect_status(200));
  scene.caller.ack();

  scene.caller.request("BYE", {}, {}, "Reason: Q.850;cause=16;text=\"leaked\"\r\n" + extra);
  clean_here(scene.caller.expect_status(200));
  clean_there(scene.first.expect_request("BYE"));
}

TEST_F(Topology, NorInWhatIsRefusedOrGivenUp) {
  scene.caller.invite({.body = marked_sdp("192.0.2.10", 4000), .extra = marked_headers()});
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  far_call_id = far.call_id();
  scene.first.answer(
      far, 486, {}, "far",
      "Warning: 399 leaked \"leaked\"\r\nReason: Q.850;cause=17;text=\"leaked\"\r\n" + marked_headers());
  scene.first.expect_request("ACK");
  clean_here(scene.caller.expect_status(486));
  scene.caller.ack();

  scene.caller.invite({.body = marked_sdp("192.0.2.10", 4000)});
  scene.caller.expect_status(100);
  const auto ringing = scene.first.expect_request("INVITE");
  scene.first.answer(ringing, 180);
  scene.caller.expect_status(180);
  scene.caller.cancel("Reason: SIP;cause=200;text=\"leaked\"\r\n" + marked_headers());
  clean_there(scene.first.expect_request("CANCEL"));
}

TEST_F(Topology, TrustChangesNothingOfIt) {
  for (auto* policy : {&scene.bench.trunk().sip.identity, &scene.bench.provider(0).sip.identity}) {
    policy->trusted = policy->send_diversion = policy->send_history = policy->send_remote_party = true;
    policy->send_portability = true;
  }
  scene.bench.publish();
  scene.caller.invite(
      {.dni = "12125550100;rn=leaked;trunk-context=10.99.1.1;tgrp=leaked;x=leaked",
       .body = marked_sdp("192.0.2.10", 4000),
       .extra =
           "Diversion: \"leaked\" <sip:+12025550199;leaked@10.99.1.1:99;leaked>;reason=leaked;counter=1x;"
           "privacy=leaked;leaked=1\r\nHistory-Info: <sip:+12025550199@10.99.1.1?Reason=leaked&x=leaked>;"
           "index=1;mp=leaked;leaked\r\nP-Asserted-Identity: \"leaked\" "
           "<sip:+12025550199@10.99.1.1;leaked>\r\n"
           "Remote-Party-ID: \"leaked\" <sip:1@10.99.1.1>;id-type=leaked\r\n"});
  scene.caller.expect_status(100);
  const auto far = scene.first.expect_request("INVITE");
  EXPECT_TRUE(far.has(sip::HeaderId::Diversion) && far.has(sip::HeaderId::HistoryInfo));
  clean_there(far);
}

// What does not even parse as one header a line never becomes two on the other side.
TEST_F(Topology, ControlBytesDoNotSmuggleHeaders) {
  int sent = 0, taken = 0;
  for (const auto& smuggled : std::vector<std::string>{
           std::string("X-Nul: a\0leaked\r\n", 17), std::string("Subject: a\rVia: leaked\r\n"),
           std::string("P-Asserted-Identity: <sip:1@x>\nVia: leaked\r\n"),
           std::string("From : <sip:leaked@x>;tag=leaked\r\n"), std::string("X-Tab:\tleaked\r\n"),
           std::string("X-Quoted: \"a\\\r\n leaked\"\r\n"), std::string("X\r\nVia: leaked\r\n"),
           std::string("P-Asserted-Identity: <sip:leaked@x>\r\n")}) {
    const auto mark = std::to_string(++sent);
    const std::string text =
        "INVITE sip:12125550100@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs" +
        mark + ";rport\r\nMax-Forwards: 70\r\nFrom: <sip:+14155550111@192.0.2.10>;tag=s" + mark +
        "\r\nTo: <sip:12125550100@198.51.100.1>\r\nCall-ID: s" + mark +
        "@192.0.2.10\r\nCSeq: 1 INVITE\r\nContact: <sip:a@192.0.2.10>\r\n" + smuggled +
        "Content-Length: 0\r\n\r\n";
    if (!sip::Message::parse(text)) continue;  // refused before anybody sees it
    ++taken;
    scene.caller.send(text);
    while (!scene.first.quiet()) {
      const auto message = scene.first.next();
      EXPECT_EQ(message.text().find(kMark), std::string_view::npos) << message.text();
    }
    scene.caller.drop_mail();
  }
  EXPECT_GE(taken, 2) << "the test would prove nothing";
}

}  // namespace
}  // namespace warp
