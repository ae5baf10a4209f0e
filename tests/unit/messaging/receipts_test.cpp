// Receipts, in whatever order, form and number they come.
#include "warp/smpp/pdu/tlv.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using domain::Reason;
using smpp::Status;

class ReceiptRules : public World {};

TEST_F(ReceiptRules, InteropRule01_IdsMatchWhateverTheirForm) {
  auto catalogue = sample_catalogue();
  catalogue.connectors[0].submit_id_form = "hexadecimal";
  catalogue.connectors[0].receipt_id_form = "decimal";
  boot(catalogue);
  const auto id = send("hello");
  answer(0, Status::Ok, "00001A2B");
  receipt(kOne, "6699", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
}

TEST_F(ReceiptRules, InteropRule01_IdsAreKeyedByConnector) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  receipt(kTwo, "A1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "a1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
}

TEST_F(ReceiptRules, InteropRule02_ReceiptBeforeSubmitResp) {
  boot();
  const auto id = send("hello");
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(last_answer, Status::Ok);
  EXPECT_EQ(store.parked.size(), 1u);
  EXPECT_EQ(state(id), MessageState::Sending);
  answer(0, Status::Ok, "A1");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_TRUE(store.parked.empty());
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(ReceiptRules, InteropRule02_ParkedReceiptIsAnsweredOnlyWhenDurable) {
  boot();
  store.down = true;
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(last_answer, Status::SysErr);
}

TEST_F(ReceiptRules, InteropRule03_EmptyIdIsTakenAndTimesOut) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "");
  EXPECT_EQ(state(id), MessageState::Sent);
  advance(std::chrono::hours(73));
  EXPECT_EQ(state(id), MessageState::Expired);
  EXPECT_EQ(reason(id), Reason::ReceiptMissing);
}

TEST_F(ReceiptRules, InteropRule04_EnrouteAndAcceptedAreNotFinal) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  receipt(kOne, "A1", "ENROUTE");
  receipt(kOne, "A1", "ACCEPTD");
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "A1", "UNDELIV");
  EXPECT_EQ(state(id), MessageState::Undelivered);
  EXPECT_EQ(reason(id), Reason::HandsetUndelivered);
  EXPECT_EQ(store.rows.at(id).network_error, "012");
}

TEST_F(ReceiptRules, InteropRule04_EsmClassMayBeZero) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  receipt(kOne, "A1", "DELIVRD", 0);
  EXPECT_EQ(state(id), MessageState::Delivered);
}

TEST_F(ReceiptRules, InteropRule04_FactsInTlvsAlone) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  std::string octets;
  smpp::TlvWriter tlvs(octets);
  tlvs.text(smpp::Tag::ReceiptedMessageId, "A1").number(smpp::Tag::MessageState, 2);
  IncomingPart part;
  part.source = kPhone;
  part.destination = kNumber;
  part.esm_class = 4;
  part.tlvs = tlvs.list();
  deliver(kOne, part);
  EXPECT_EQ(state(id), MessageState::Delivered);
}

TEST_F(ReceiptRules, InteropRule12_OneReceiptHoweverManyParts) {
  boot();
  const auto id = send(from_esme(std::string(400, 'x')));
  for (std::size_t i = 0; i < 3; ++i)
    answer(i, Status::Ok, "P" + std::to_string(i));
  receipt(kOne, "P2", "DELIVRD");
  receipt(kOne, "P0", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "P1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(store.deliveries.size(), 1u);
  EXPECT_EQ(store.records[id], 1);
  EXPECT_TRUE(store.parked.empty());
}

TEST_F(ReceiptRules, Complaint_LastPartDoesNotSpeakForAll) {
  boot();
  const auto id = send(std::string(300, 'x'));
  answer(0, Status::Ok, "P0");
  answer(1, Status::Ok, "P1");
  receipt(kOne, "P0", "UNDELIV");
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "P1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Undelivered);
}

TEST_F(ReceiptRules, FailureDecidesWhenTheOthersAreSilent) {
  boot();
  const auto id = send(std::string(300, 'x'));
  answer(0, Status::Ok, "P0");
  answer(1, Status::Ok, "P1");
  receipt(kOne, "P0", "EXPIRED");
  advance(std::chrono::minutes(11));
  EXPECT_EQ(state(id), MessageState::Expired);
  EXPECT_EQ(reason(id), Reason::MessageExpired);
}

TEST_F(ReceiptRules, RepeatedReceiptChangesNothing) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  receipt(kOne, "A1", "DELIVRD");
  receipt(kOne, "A1", "UNDELIV");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(ReceiptRules, ReceiptIsAnsweredOnlyWhenTheEndIsDurable) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  store.down = true;
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(answers, 0);
  store.down = false;
  advance(std::chrono::seconds(2));
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(state(id), MessageState::Delivered);
}

TEST_F(ReceiptRules, ParkedReceiptsAreForgottenInTheEnd) {
  boot();
  receipt(kOne, "nobody", "DELIVRD");
  EXPECT_EQ(store.parked.size(), 1u);
  advance(std::chrono::hours(73));
  EXPECT_TRUE(store.parked.empty());
}

}  // namespace
}  // namespace warp::messaging::test
