// Who is calling: what one side says, what the other is shown.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::CallerIdFallback;
using domain::CallerIdPolicy;
using domain::NumberFormat;
using domain::Reason;
using namespace test;
using sip::HeaderId;

class CallerIdentity : public testing::Test {
 protected:
  domain::IdentityPolicy& customer() { return scene.bench.trunk().sip.identity; }
  domain::IdentityPolicy& carrier() { return scene.bench.provider(0).sip.identity; }
  void trust_both() { customer().trusted = carrier().trusted = true; }
  sip::Message far(InviteText invite) {
    scene.bench.publish();
    return scene.start(std::move(invite));
  }
  void refused(int status, InviteText invite, Reason reason) {
    scene.bench.publish();
    invite.body = scene.caller_sdp();
    scene.caller.invite(invite);
    scene.caller.expect_status(100);
    scene.caller.expect_status(status);
    EXPECT_TRUE(scene.first.quiet());
    EXPECT_EQ(scene.bench.record().reason, reason);
  }
  static std::vector<std::string> all(const sip::Message& message, HeaderId id) {
    std::vector<std::string> values;
    for (const auto& header : message.headers())
      if (header.id == id) values.emplace_back(header.value);
    return values;
  }

  CallScene scene;
};

TEST_F(CallerIdentity, WhatAnUntrustedSideAssertsIsNoMoreThanAHint) {
  const auto shown = far(
      {.extra = "P-Asserted-Identity: <sip:+14155550199@192.0.2.10>\r\nP-Preferred-Identity: <sip:1@x>\r\n"});
  EXPECT_FALSE(shown.has(HeaderId::PAssertedIdentity) || shown.has(HeaderId::PPreferredIdentity));
  EXPECT_EQ(shown.from().uri, "sip:+14155550111@198.51.100.1:5060");
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().ani, "+14155550111");
}

TEST_F(CallerIdentity, TheHintNamesAnonymousCallersInTheRecord) {
  const auto shown =
      far({.extra = "P-Preferred-Identity: <sip:+14155550199@192.0.2.10>\r\n", .from_user = "anonymous"});
  EXPECT_EQ(shown.from().uri, "sip:anonymous@anonymous.invalid");
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().ani, "+14155550199");
  EXPECT_EQ(scene.bench.record().ani_e164, "14155550199");
}

TEST_F(CallerIdentity, BothValuesOfATrustedSideGoOnUnderOurHost) {
  trust_both();
  const auto shown = far({.extra = "P-Asserted-Identity: \"B\" <sip:+14155550199;x=y@192.0.2.10;lr>, "
                                   "<tel:+1-415-555-0198>, <sip:third@192.0.2.10>\r\n"});
  EXPECT_EQ(all(shown, HeaderId::PAssertedIdentity),
            (std::vector<std::string>{"<sip:+14155550199@198.51.100.1:5060>", "<tel:+14155550198>"}));
}

TEST_F(CallerIdentity, AWithheldIdentityIsShownToTrustedSidesAlone) {
  trust_both();
  const std::string withheld = "P-Asserted-Identity: <sip:+14155550199@192.0.2.10>\r\nPrivacy: id\r\n";
  auto shown = far({.extra = withheld});
  EXPECT_EQ(shown.header(HeaderId::PAssertedIdentity), "<sip:+14155550199@198.51.100.1:5060>");
  EXPECT_EQ(shown.header(HeaderId::Privacy), "id");
  EXPECT_EQ(shown.from().uri, "sip:+14155550111@198.51.100.1:5060");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();

  carrier().trusted = false;
  shown = far({.extra = withheld});
  EXPECT_FALSE(shown.has(HeaderId::PAssertedIdentity));
  EXPECT_EQ(shown.from().uri, "sip:anonymous@anonymous.invalid");
  EXPECT_EQ(shown.from().display, "Anonymous");
  EXPECT_EQ(shown.header(HeaderId::Privacy), "id");
  EXPECT_EQ(shown.text().find("4155550199"), std::string_view::npos);
  EXPECT_EQ(shown.text().find("4155550111"), std::string_view::npos);
}

TEST_F(CallerIdentity, PrivacyNoneShowsAndCriticalRefusesWhatIsUnknown) {
  trust_both();
  carrier().trusted = false;
  const auto shown =
      far({.extra = "P-Asserted-Identity: <sip:+14155550199@192.0.2.10>\r\nPrivacy: none\r\n"});
  EXPECT_TRUE(shown.has(HeaderId::PAssertedIdentity));
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.bench.records.records.clear();
  refused(500, {.extra = "Privacy: critical;teleport\r\n"}, Reason::ExtensionUnsupported);
}

TEST_F(CallerIdentity, KnownCriticalWordsAreServed) {
  EXPECT_EQ(far({.extra = "Privacy: id;critical;header\r\n"}).from().uri, "sip:anonymous@anonymous.invalid");
}

TEST_F(CallerIdentity, RemotePartyIdOfTheOldIsReadAndWritten) {
  trust_both();
  carrier().send_remote_party = true;
  const auto shown =
      far({.extra = "Remote-Party-ID: \"A\" <sip:+14155550177@192.0.2.10>;party=calling;screen=yes;"
                    "privacy=full\r\n"});
  EXPECT_EQ(shown.header(HeaderId::RemotePartyId),
            "<sip:+14155550177@198.51.100.1:5060>;party=calling;screen=yes;privacy=full");
  EXPECT_EQ(shown.header(HeaderId::PAssertedIdentity), "<sip:+14155550177@198.51.100.1:5060>");
  EXPECT_EQ(shown.header(HeaderId::Privacy), "id");
}

TEST_F(CallerIdentity, DiversionsGoBetweenTrustedSidesByPolicy) {
  const std::string diverted =
      "Diversion: <sip:+12025550199@10.1.2.3:5080;user=phone>;reason=user-busy;counter=2;privacy=off;"
      "limit=9;screen=no\r\nDiversion: \"x\" <tel:+1-202-555-0188>;reason=wormhole;counter=many\r\n"
      "History-Info: <sip:+12025550199@10.1.2.3?Reason=SIP%3Bcause%3D486>;index=1,"
      "<sip:+12125550100@10.1.2.4;cause=302>;index=1.1;rc=1;x=10.1.2.5\r\n";
  trust_both();
  EXPECT_EQ(far({.extra = diverted}).header(HeaderId::Diversion), "") << "not asked for";
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().facts->diverted_from, "12025550199");
  scene.caller.drop_mail();
  scene.first.drop_mail();

  carrier().send_diversion = carrier().send_history = true;
  const auto shown = far({.extra = diverted});
  EXPECT_EQ(
      all(shown, HeaderId::Diversion),
      (std::vector<std::string>{"<sip:+12025550199@198.51.100.1:5060>;reason=user-busy;counter=2;privacy=off",
                                "<sip:+12025550188@198.51.100.1:5060>;reason=unknown"}));
  EXPECT_EQ(all(shown, HeaderId::HistoryInfo),
            (std::vector<std::string>{
                "<sip:+12025550199@198.51.100.1:5060?Reason=SIP%3Bcause%3D486>;index=1",
                "<sip:+12125550100@198.51.100.1:5060?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1"}));
  EXPECT_EQ(shown.text().find("10.1.2"), std::string_view::npos);
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();

  customer().trusted = false;
  const auto hidden = far({.extra = diverted});
  EXPECT_FALSE(hidden.has(HeaderId::Diversion) || hidden.has(HeaderId::HistoryInfo));
}

TEST_F(CallerIdentity, ManyDiversionsAreCapped) {
  trust_both();
  carrier().send_diversion = true;
  std::string many;
  for (int i = 0; i < 40; ++i)
    many += "Diversion: <sip:+1202555" + std::to_string(1000 + i) + "@x>;reason=no-answer\r\n";
  EXPECT_EQ(all(far({.extra = many}), HeaderId::Diversion).size(), 10u);
}

TEST_F(CallerIdentity, AForcedNumberIsShownAndVouchedFor) {
  customer().caller_id_policy = CallerIdPolicy::Force;
  customer().caller_id = "+12025550199";
  const auto shown = far({});
  EXPECT_EQ(shown.from().uri, "sip:+12025550199@198.51.100.1:5060");
  EXPECT_EQ(shown.header(HeaderId::PAssertedIdentity), "<sip:+12025550199@198.51.100.1:5060>");
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().ani, "+14155550111") << "as received";
  EXPECT_EQ(scene.bench.record().ani_e164, "12025550199");
}

TEST_F(CallerIdentity, OneOfAListPassesAndOthersAreRefused) {
  customer().caller_id_policy = CallerIdPolicy::Allowed;
  customer().caller_ids = {"12025550199", "+14155550111"};
  EXPECT_EQ(far({}).header(HeaderId::PAssertedIdentity), "<sip:+14155550111@198.51.100.1:5060>");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.bench.records.records.clear();
  refused(403, {.from_user = "+14155550112"}, Reason::CallerIdNotAllowed);
}

TEST_F(CallerIdentity, OwnNumbersAloneOrAnotherInTheirPlace) {
  customer().caller_id_policy = CallerIdPolicy::Own;
  EXPECT_EQ(far({.from_user = "2025550199"}).from().uri, "sip:2025550199@198.51.100.1:5060");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  customer().caller_id_fallback = CallerIdFallback::Replace;
  customer().caller_id = "12025550199";
  EXPECT_EQ(far({}).from().uri, "sip:12025550199@198.51.100.1:5060");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.bench.records.records.clear();
  customer().caller_id_fallback = CallerIdFallback::Refuse;
  scene.bench.world.catalogue.numbers[0].customer = id_of<CustomerId>(9);
  refused(403, {.from_user = "2025550199"}, Reason::CallerIdNotAllowed);
}

TEST_F(CallerIdentity, AnonymousCallsPassWhenTheNumberBehindThemDoes) {
  customer().caller_id_policy = CallerIdPolicy::Own;
  carrier().trusted = true;
  const auto shown = far({.extra = "P-Preferred-Identity: <sip:+12025550199@192.0.2.10>\r\nPrivacy: id\r\n",
                          .from_user = "anonymous"});
  EXPECT_EQ(shown.from().uri, "sip:anonymous@anonymous.invalid");
  EXPECT_EQ(shown.header(HeaderId::PAssertedIdentity), "<sip:+12025550199@198.51.100.1:5060>");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  scene.bench.records.records.clear();
  refused(403, {.from_user = "anonymous"}, Reason::CallerIdNotAllowed);
}

TEST_F(CallerIdentity, ADivertedCallMayShowTheFirstCallerWhenTheDivertingNumberIsOwn) {
  customer().caller_id_policy = CallerIdPolicy::Own;
  customer().trusted = true;
  const auto shown = far({.extra = "Diversion: <sip:+12025550199@192.0.2.10>;reason=unconditional\r\n"});
  EXPECT_EQ(shown.from().uri, "sip:+14155550111@198.51.100.1:5060");
}

TEST_F(CallerIdentity, NumbersGoOutInTheSidesFormat) {
  carrier().called_format = NumberFormat::E164Plus;
  carrier().calling_format = NumberFormat::E164;
  carrier().user_phone = true;
  const auto shown = far({});
  EXPECT_EQ(shown.request_uri(), "sip:+12125550100@203.0.113.1:5060;user=phone");
  EXPECT_EQ(shown.from().uri, "sip:14155550111@198.51.100.1:5060");
}

TEST_F(CallerIdentity, PortabilityIsKeptInTheRecordAndGoesOnByPolicy) {
  const std::string dni = "+12125550100;npdi;rn=+1-212-555-9999;cic=+10288";
  EXPECT_EQ(far({.dni = dni}).request_uri(), "sip:12125550100@203.0.113.1:5060");
  scene.caller.cancel();
  EXPECT_EQ(scene.bench.record().facts->lrn, "12125559999");
  scene.caller.drop_mail();
  scene.first.drop_mail();
  carrier().send_portability = true;
  EXPECT_EQ(far({.dni = dni}).request_uri(),
            "sip:12125550100;npdi;rn=+12125559999;cic=+10288@203.0.113.1:5060");
}

TEST_F(CallerIdentity, LocalNumbersNeedAContextAndWhatIsBehindANumberIsRefused) {
  EXPECT_EQ(far({.dni = "5550100;phone-context=+1212"}).request_uri(), "sip:12125550100@203.0.113.1:5060");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  for (const auto* dni : {"+12125550100;isub=1234", "+12125550100;postd=pp1", "+12125550100;m-now=1"}) {
    scene.bench.records.records.clear();
    refused(484, {.dni = dni}, Reason::NumberInvalid);
  }
}

TEST_F(CallerIdentity, ACallWithoutItsTechPrefixIsRefused) {
  customer().tech_prefix = "9999";
  refused(484, {}, Reason::NumberInvalid);
  EXPECT_EQ(far({.dni = "999912125550100"}).request_uri(), "sip:12125550100@203.0.113.1:5060");
}

TEST_F(CallerIdentity, DestinationsBeyondTheTrunksClassesAreRefused) {
  scene.bench.trunk().number_classes = static_cast<domain::NumberClasses>(domain::NumberClass::TollFree);
  refused(403, {}, Reason::DestinationNotAllowed);
}

TEST_F(CallerIdentity, UserToUserAndChosenHeadersGoWherePolicySaysSo) {
  const std::string extra =
      "User-to-User: 00aabb;encoding=hex\r\nX-Account: 42\r\nX-account: 43\r\nX-Other: 44\r\n";
  auto shown = far({.extra = extra});
  EXPECT_EQ(shown.header("User-to-User"), "");
  EXPECT_EQ(shown.header("X-Account"), "");
  scene.caller.cancel();
  scene.caller.drop_mail();
  scene.first.drop_mail();
  customer().user_to_user = carrier().user_to_user = true;
  carrier().pass_headers = {"X-Account", "Via"};
  shown = far({.extra = extra});
  EXPECT_EQ(shown.header("User-to-User"), "00aabb;encoding=hex");
  EXPECT_EQ(shown.header("X-Account"), "42");
  EXPECT_EQ(shown.header("X-Other"), "");
  EXPECT_EQ(all(shown, HeaderId::Via).size(), 1u);
}

}  // namespace
}  // namespace warp
