// Calls whose numbers are looked up before they are routed: what is asked, what an answer does, and what the
// record keeps.
#include <gmock/gmock.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::Jurisdiction;
using domain::kLookupAniLrn;
using domain::kLookupCnam;
using domain::kLookupDniLrn;
using domain::kLookupDno;
using domain::LookupState;
using domain::Reason;
using namespace test;
using testing::HasSubstr;
using testing::Not;

numbering::BlockRow whole(std::uint32_t npanxx, const char* state, std::uint16_t lata, const char* centre) {
  numbering::BlockRow row;
  row.npanxx = npanxx;
  row.state = state;
  row.lata = lata;
  row.rate_centre = centre;
  return row;
}

struct LookupTest : testing::Test {
  LookupTest() {
    numbering::Table::Source source;
    source.blocks = {whole(212555, "NY", 132, "NWYRCYZN01"), whole(415555, "CA", 722, "SNFC CNTRL"),
                     whole(716555, "NY", 140, "BUFFALO"), whole(202555, "DC", 236, "WASHINGTON")};
    scene.bench.places.publish(numbering::Table::compile(std::move(source)));
    lookup().answer.state = LookupState::Fresh;
  }
  FakeLookup& lookup() { return scene.bench.lookup; }
  void policy(domain::Lookups wanted, bool refuse = false) {
    scene.bench.trunk().lookups = wanted;
    scene.bench.trunk().refuse_without_lookup = refuse;
    scene.bench.publish();
  }
  void call_out(const std::string& from = "+17165550111") {
    InviteText invite;
    invite.body = CallScene::caller_sdp();
    invite.from_user = from;
    scene.caller.invite(invite);
    scene.caller.expect_status(100);
  }
  void call_in(const std::string& extra = {}) {
    scene.first.invite({.dni = "12025550199", .body = CallScene::callee_sdp(), .extra = extra});
    scene.first.expect_status(100);
  }
  void end_at_carrier() {
    scene.first.answer(scene.first.expect_request("INVITE"), 486);
    scene.first.expect_request("ACK");
    scene.caller.expect_status(486);
  }
  const domain::CallNumbers& kept() { return scene.bench.record().numbers.read(); }

  CallScene scene;
};

TEST_F(LookupTest, ATrunkThatAsksForNothingCostsNoDip) {
  call_out();
  end_at_carrier();
  EXPECT_TRUE(lookup().asked.empty());
  EXPECT_EQ(kept().jurisdiction, Jurisdiction::Intrastate);
  EXPECT_EQ(kept().called.place.rate_centre, "NWYRCYZN01");
}

TEST_F(LookupTest, WithoutATableTheRecordKeepsNoNumbers) {
  scene.bench.places.publish(nullptr);
  call_out();
  end_at_carrier();
  EXPECT_FALSE(scene.bench.record().numbers.made());
}

TEST_F(LookupTest, ADipMovesTheCallIntoAnotherJurisdiction) {
  policy(kLookupAniLrn | kLookupDniLrn | kLookupCnam);
  lookup().answer.ani_lrn = "17165550111";
  lookup().answer.dni_lrn = "14155550000";
  lookup().answer.dni_spid = "7421";
  call_out();
  end_at_carrier();
  ASSERT_EQ(lookup().asked.size(), 1u);
  EXPECT_EQ(lookup().asked[0].ani, "17165550111");
  EXPECT_EQ(lookup().asked[0].dni, "12125550100");
  EXPECT_EQ(lookup().asked[0].lata, 140);
  EXPECT_EQ(lookup().asked[0].wanted, kLookupAniLrn | kLookupDniLrn) << "names are for who is called";
  EXPECT_EQ(kept().jurisdiction, Jurisdiction::Interstate);
  EXPECT_EQ(kept().routing, "14155550000");
  EXPECT_EQ(kept().called.spid, "7421");
  EXPECT_TRUE(kept().called.ported);
  EXPECT_FALSE(kept().caller.ported);
}

TEST_F(LookupTest, TheCallWaitsForALateAnswer) {
  policy(kLookupDniLrn);
  lookup().way = FakeLookup::Way::Later;
  lookup().answer.dni_lrn = "14155550000";
  call_out();
  EXPECT_TRUE(scene.first.quiet());
  lookup().tell();
  scene.bench.executor.run();
  end_at_carrier();
  EXPECT_EQ(kept().jurisdiction, Jurisdiction::Interstate);
}

TEST_F(LookupTest, ACallThatWasCancelledMeanwhileIsOver) {
  policy(kLookupDniLrn);
  lookup().way = FakeLookup::Way::Later;
  call_out();
  scene.caller.cancel();
  scene.caller.expect_status(200);
  scene.caller.expect_status(487);
  lookup().tell();
  scene.bench.executor.run();
  EXPECT_TRUE(scene.first.quiet());
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
}

TEST_F(LookupTest, AnRnOfTheMessageIsADip) {
  policy(kLookupDniLrn | kLookupDno);
  InviteText invite;
  invite.body = CallScene::caller_sdp();
  invite.from_user = "+17165550111";
  invite.dni = "+12125550100;npdi;rn=+14155550000";
  scene.caller.invite(invite);
  scene.caller.expect_status(100);
  end_at_carrier();
  ASSERT_EQ(lookup().asked.size(), 1u);
  EXPECT_EQ(lookup().asked[0].wanted, kLookupDno);
  EXPECT_EQ(kept().routing, "14155550000");
  EXPECT_TRUE(kept().called.dipped);
  EXPECT_EQ(kept().jurisdiction, Jurisdiction::Interstate);
}

TEST_F(LookupTest, WithoutAnAnswerTheCallGoesOnOrIsRefusedAsThePolicySays) {
  lookup().answer.state = LookupState::Absent;
  lookup().answer.note = "LRN timed out";
  policy(kLookupDniLrn);
  call_out();
  end_at_carrier();
  EXPECT_EQ(kept().note, "LRN timed out");
  EXPECT_EQ(kept().jurisdiction, Jurisdiction::Intrastate) << "by the number as dialled";

  policy(kLookupDniLrn, true);
  scene.caller.drop_mail();
  call_out();
  scene.caller.expect_status(503);
  ASSERT_EQ(scene.bench.records.records.size(), 2u);
  EXPECT_EQ(scene.bench.records.records[1].reason, Reason::LookupUnavailable);
  EXPECT_EQ(scene.bench.records.records[1].numbers.read().note, "LRN timed out");
  EXPECT_TRUE(scene.first.quiet());
}

TEST_F(LookupTest, PartOfAnAnswerIsNotEnoughForThoseWhoRefuse) {
  lookup().answer.state = LookupState::Partial;
  lookup().answer.dni_lrn = "12125550100";
  policy(kLookupAniLrn | kLookupDniLrn, true);
  call_out();
  scene.caller.expect_status(503);
  EXPECT_EQ(scene.bench.record().reason, Reason::LookupUnavailable);
}

TEST_F(LookupTest, ADoNotOriginateNumberDoesNotCall) {
  lookup().answer.do_not_originate = true;
  policy(kLookupDno);
  call_out();
  scene.caller.expect_status(603);
  EXPECT_EQ(scene.bench.record().reason, Reason::DoNotOriginate);
  EXPECT_TRUE(kept().do_not_originate);
}

TEST_F(LookupTest, TheNameIsShownToTheCustomerWhoIsCalled) {
  lookup().answer.cnam = "ALICE EXAMPLE";
  policy(kLookupCnam, true);
  call_in();
  const auto invite = scene.caller.expect_request("INVITE");
  EXPECT_THAT(std::string(invite.header(sip::HeaderId::From)), HasSubstr("ALICE EXAMPLE"));
  ASSERT_EQ(lookup().asked.size(), 1u);
  EXPECT_EQ(lookup().asked[0].ani, "14155550111");
  scene.caller.answer(invite, 486);
  EXPECT_EQ(kept().cnam, "ALICE EXAMPLE");
}

TEST_F(LookupTest, ACallDoesNotFailForANameThatIsNotToBeHad) {
  lookup().answer.state = LookupState::Absent;
  policy(kLookupCnam, true);
  call_in();
  scene.caller.answer(scene.caller.expect_request("INVITE"), 486);
}

TEST_F(LookupTest, WhoWithholdsTheNumberHasNoName) {
  lookup().answer.cnam = "ALICE EXAMPLE";
  policy(kLookupCnam);
  call_in("Privacy: id\r\n");
  const auto invite = scene.caller.expect_request("INVITE");
  EXPECT_TRUE(lookup().asked.empty());
  EXPECT_THAT(std::string(invite.text()), Not(HasSubstr("ALICE")));
}

}  // namespace
}  // namespace warp
