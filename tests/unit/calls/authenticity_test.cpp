// Calls whose Identity is verified and calls that are signed: what each side sees, and what the record keeps.
#include <deque>

#include <gmock/gmock.h>

#include "warp/stir/base64url.h"
#include "warp/stir/passport.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Attestation;
using domain::Reason;
using domain::VerifyPolicy;
using domain::Verstat;
using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Answers at once, or when the test lets it.
class FakeAuthenticity final : public domain::CallAuthenticity {
 public:
  void sign(domain::SignRequest request, Executor&,
            std::function<void(std::vector<std::string>)> done) override {
    signings.push_back(request);
    if (held) return waiting_signatures.push_back(std::move(done));
    done(identities);
  }
  void verify(domain::VerifyRequest request, Executor&,
              std::function<void(domain::Verification)> done) override {
    verifications.push_back(request);
    if (held) return waiting.push_back(std::move(done));
    done(verification);
  }
  bool can_sign() const override { return able; }
  bool can_verify() const override { return able; }

  bool held = false, able = true;
  std::vector<domain::SignRequest> signings;
  std::vector<domain::VerifyRequest> verifications;
  std::deque<std::function<void(domain::Verification)>> waiting;
  std::deque<std::function<void(std::vector<std::string>)>> waiting_signatures;
  std::vector<std::string> identities{"x.y.z;info=<https://own>;alg=ES256;ppt=shaken"};
  domain::Verification verification{Verstat::Passed, Reason::NormalClearing, Attestation::A, "origin",
                                    "CN=SHAKEN"};
};

std::string identity(const std::string& orig, const std::string& dest) {
  stir::Passport passport;
  passport.ppt = "shaken";
  passport.x5u = "https://theirs";
  passport.attest = 'A';
  passport.origid = "o";
  passport.orig.tn = orig;
  passport.dest_tns = {dest};
  passport.iat = 1;
  return passport.signing_input() + ".c2ln;info=<https://theirs>;ppt=shaken";
}

std::vector<std::string> identities_of(const sip::Message& message) {
  std::vector<std::string> all;
  for (const auto& header : message.headers())
    if (header.id == sip::HeaderId::Identity) all.emplace_back(header.value);
  return all;
}

struct AuthenticityTest : testing::Test {
  domain::AuthenticityPolicy& of_trunk() { return scene.bench.trunk().sip.authenticity; }
  domain::AuthenticityPolicy& of_provider(std::size_t i = 0) {
    return scene.bench.provider(i).sip.authenticity;
  }
  // A provider's call to the customer's number, up to the customer.
  void call_in(const std::string& extra = {}) {
    scene.bench.publish();
    scene.first.invite({.dni = "12025550199", .body = CallScene::callee_sdp(), .extra = extra});
    scene.first.expect_status(100);
  }
  sip::Message at_customer() { return scene.caller.expect_request("INVITE"); }
  std::string with_identity(const std::string& orig = "14155550111",
                            const std::string& dest = "12025550199") {
    return "Identity: " + identity(orig, dest) + "\r\n";
  }

  FakeAuthenticity authenticity;
  CallScene scene{authenticity};
};

TEST_F(AuthenticityTest, ACallWithoutIdentityIsNotAskedAbout) {
  call_in();
  const auto invite = at_customer();
  EXPECT_THAT(std::string(invite.text()), Not(HasSubstr("verstat")));
  EXPECT_TRUE(authenticity.verifications.empty());
  scene.caller.answer(invite, 486);
  EXPECT_EQ(scene.bench.record().facts.read().verstat, "");
}

TEST_F(AuthenticityTest, AGoodOneIsToldToTheCustomerAndKept) {
  of_trunk().indicate = true;
  scene.bench.provider(0).sip.identity.trusted = true;
  call_in(with_identity() + "P-Asserted-Identity: <sip:+14155550111@x>\r\nDate: today\r\n");
  const auto invite = at_customer();
  EXPECT_THAT(std::string(invite.from().uri), HasSubstr("+14155550111;verstat=TN-Validation-Passed@"));
  EXPECT_THAT(std::string(invite.header(sip::HeaderId::PAssertedIdentity)),
              HasSubstr("+14155550111;verstat=TN-Validation-Passed@"));
  EXPECT_EQ(invite.header("P-Attestation-Indicator"), "A");
  EXPECT_EQ(invite.header("P-Origination-ID"), "origin");
  ASSERT_EQ(authenticity.verifications.size(), 1u);
  EXPECT_EQ(authenticity.verifications[0].orig, "14155550111");
  EXPECT_EQ(authenticity.verifications[0].dest, "12025550199");
  EXPECT_EQ(authenticity.verifications[0].date, "today");
  scene.caller.answer(invite, 486);
  const auto& facts = scene.bench.record().facts.read();
  EXPECT_EQ(facts.verstat, "TN-Validation-Passed");
  EXPECT_EQ(facts.attestation_in, "A");
  EXPECT_EQ(facts.origid, "origin");
  EXPECT_EQ(facts.certificate, "CN=SHAKEN");
}

TEST_F(AuthenticityTest, AForgedVerstatOfTheCallerDoesNotGetThrough) {
  scene.bench.publish();
  scene.first.invite({.dni = "12025550199",
                      .body = CallScene::callee_sdp(),
                      .from_user = "+14155550111;verstat=TN-Validation-Passed"});
  scene.first.expect_status(100);
  EXPECT_THAT(std::string(at_customer().text()), Not(HasSubstr("verstat")));
}

TEST_F(AuthenticityTest, ABadOneIsToldOrRefusedAsThePolicySays) {
  authenticity.verification = {Verstat::Failed, Reason::IdentityInvalid, Attestation::A, {}, {}};
  call_in(with_identity());
  const auto invite = at_customer();
  EXPECT_THAT(std::string(invite.from().uri), HasSubstr(";verstat=TN-Validation-Failed@"));
  EXPECT_THAT(identities_of(invite), IsEmpty());
  scene.caller.answer(invite, 486);
  scene.caller.expect_request("ACK");
  scene.first.expect_status(486);

  of_provider().verify = VerifyPolicy::Reject;
  for (const auto& [reason, status] :
       {std::pair{Reason::IdentityInvalid, 438}, std::pair{Reason::IdentityInfoBad, 436},
        std::pair{Reason::IdentityCertificateBad, 437}, std::pair{Reason::IdentityStale, 403}}) {
    authenticity.verification.reason = reason;
    call_in(with_identity());
    scene.first.expect_status(status);
    EXPECT_TRUE(scene.caller.quiet());
    EXPECT_EQ(scene.bench.records.records.back().reason, reason);
  }
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(AuthenticityTest, OneIsRequired) {
  of_provider().verify = VerifyPolicy::Reject;
  of_provider().require = true;
  call_in();
  scene.first.expect_status(428);
  EXPECT_EQ(scene.bench.record().reason, Reason::IdentityMissing);
  authenticity.verification = {};  // nothing that is understood came
  call_in("Identity: a.b.c;info=<https://x>;ppt=rph\r\n");
  scene.first.expect_status(428);
  EXPECT_TRUE(scene.caller.quiet());
}

TEST_F(AuthenticityTest, OffIsOff) {
  of_provider().verify = VerifyPolicy::Off;
  call_in(with_identity());
  EXPECT_THAT(identities_of(at_customer()), testing::SizeIs(1));
  EXPECT_TRUE(authenticity.verifications.empty());
}

TEST_F(AuthenticityTest, TheCallWaitsAndGoesOn) {
  authenticity.held = true;
  call_in(with_identity());
  EXPECT_TRUE(scene.caller.quiet());
  authenticity.waiting.front()(authenticity.verification);
  at_customer();
}

TEST_F(AuthenticityTest, TheCallerGivesUpMeanwhile) {
  authenticity.held = true;
  call_in(with_identity());
  scene.first.cancel();
  scene.first.expect_status(200);
  scene.first.expect_status(487);
  EXPECT_EQ(scene.bench.record().reason, Reason::CallerCancelled);
  authenticity.waiting.front()(authenticity.verification);
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

TEST_F(AuthenticityTest, AttestationFollowsTheOwnershipOfTheNumber) {
  of_provider().sign = true;
  scene.bench.publish();
  auto far = scene.start({.from_user = "+12025550199"});
  EXPECT_THAT(identities_of(far), ElementsAre(authenticity.identities[0]));
  ASSERT_EQ(authenticity.signings.size(), 1u);
  EXPECT_EQ(authenticity.signings[0].attestation, Attestation::A);
  EXPECT_EQ(authenticity.signings[0].orig, "12025550199");
  EXPECT_EQ(authenticity.signings[0].dest, "12125550100");
  EXPECT_EQ(authenticity.signings[0].origid, id_of<TrunkId>(1).to_string());
  scene.first.answer(far, 486);
  EXPECT_EQ(scene.bench.record().facts.read().attestation_out, "A");

  scene.first.drop_mail();
  scene.caller.drop_mail();
  scene.start({.from_user = "+14155550111"});
  EXPECT_EQ(authenticity.signings.back().attestation, Attestation::B);

  of_trunk().highest = Attestation::C;
  scene.bench.publish();
  scene.start({.from_user = "+12025550199"});
  EXPECT_EQ(authenticity.signings.back().attestation, Attestation::C);

  of_trunk().highest = Attestation::None;
  scene.bench.publish();
  EXPECT_THAT(identities_of(scene.start()), IsEmpty());
  EXPECT_EQ(authenticity.signings.size(), 3u);
}

TEST_F(AuthenticityTest, AProvidersCallIsC) {
  of_trunk().sign = true;
  call_in();
  EXPECT_THAT(identities_of(at_customer()), testing::SizeIs(1));
  EXPECT_EQ(authenticity.signings[0].attestation, Attestation::C);
}

TEST_F(AuthenticityTest, AnIdentityThatStillFitsGoesOnUnchanged) {
  of_trunk().sign = true;
  call_in(with_identity());
  EXPECT_THAT(identities_of(at_customer()), ElementsAre(identity("14155550111", "12025550199")));
  EXPECT_TRUE(authenticity.signings.empty());
  call_in(with_identity("14155550111", "12025550198"));
  EXPECT_THAT(identities_of(at_customer()), ElementsAre(authenticity.identities[0]));
  of_trunk().pass = false;
  call_in(with_identity());
  EXPECT_THAT(identities_of(at_customer()), ElementsAre(authenticity.identities[0]));
}

TEST_F(AuthenticityTest, AWithheldNumberIsNotShownByAPassport) {
  of_provider().sign = true;
  scene.bench.publish();
  EXPECT_THAT(identities_of(scene.start({.extra = "Privacy: id\r\n"})), IsEmpty());
  EXPECT_TRUE(authenticity.signings.empty());
  scene.bench.provider(0).sip.identity.trusted = true;
  scene.bench.publish();
  EXPECT_THAT(identities_of(scene.start({.extra = "Privacy: id\r\n"})), testing::SizeIs(1));
}

TEST_F(AuthenticityTest, TheInviteWaitsForItsSignature) {
  of_provider().sign = true;
  scene.bench.publish();
  authenticity.held = true;
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  EXPECT_TRUE(scene.first.quiet());
  authenticity.waiting_signatures.front()(authenticity.identities);
  EXPECT_THAT(identities_of(scene.first.expect_request("INVITE")), testing::SizeIs(1));
}

TEST_F(AuthenticityTest, TheCallerGivesUpBeforeTheSignature) {
  of_provider().sign = true;
  scene.bench.publish();
  authenticity.held = true;
  scene.caller.invite({.body = CallScene::caller_sdp()});
  scene.caller.expect_status(100);
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  authenticity.waiting_signatures.front()(authenticity.identities);
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
  ASSERT_EQ(scene.bench.records.records.size(), 1u);
}

TEST_F(AuthenticityTest, EachAttemptIsSignedAnew) {
  of_provider(0).sign = of_provider(1).sign = true;
  scene.bench.publish();
  const auto far = scene.start();
  authenticity.identities = {"second.y.z;info=<https://own>"};
  scene.first.answer(far, 503);
  EXPECT_THAT(identities_of(scene.second.expect_request("INVITE")), ElementsAre(authenticity.identities[0]));
}

TEST_F(AuthenticityTest, WithoutAKeyTheCallGoesUnsigned) {
  of_provider().sign = true;
  authenticity.able = false;
  scene.bench.publish();
  EXPECT_THAT(identities_of(scene.start()), IsEmpty());
}

}  // namespace
}  // namespace warp
