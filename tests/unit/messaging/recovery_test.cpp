// kill -9 at any point: what the store had made durable goes on, once.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using domain::Reason;
using smpp::Status;

class Recovery : public World {};

TEST_F(Recovery, WhatWasNotAcknowledgedIsGone) {
  boot();
  offer(text("hello"));
  crash_and_boot();
  EXPECT_TRUE(accepted.empty());
  EXPECT_TRUE(store.rows.empty());
  EXPECT_EQ(upstream.size(), 0u);
}

TEST_F(Recovery, QueuedGoesOn) {
  boot();
  upstream.window[kOne.value] = 0;
  const auto id = send("hello");
  upstream.window[kOne.value] = 10;
  crash_and_boot();
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(state(id), MessageState::Sending);
}

TEST_F(Recovery, InteropRule08_SendingIsAmbiguousAndNotSentTwice) {
  boot();
  const auto id = send("hello");
  crash_and_boot();
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::UpstreamSilent);
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(Recovery, InteropRule08_SendingIsSentAgainWhereThePolicySaysSo) {
  auto catalogue = sample_catalogue();
  catalogue.connectors[0].ambiguity = domain::AmbiguityPolicy::Resend;
  boot(catalogue);
  send("hello");
  crash_and_boot(catalogue);
  EXPECT_EQ(upstream.size(), 2u);
}

TEST_F(Recovery, Complaint_ReceiptsSurviveARestart) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  crash_and_boot();
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(Recovery, PartsThatHadTheirReceiptsKeepThem) {
  boot();
  const auto id = send(std::string(300, 'x'));
  answer(0, Status::Ok, "P0");
  answer(1, Status::Ok, "P1");
  receipt(kOne, "P0", "DELIVRD");
  crash_and_boot();
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "P1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_TRUE(store.parked.empty());
}

TEST_F(Recovery, ReceiptWhoseEndWasNotDurableIsToldAgain) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "A1");
  IncomingPart part;
  part.source = kPhone;
  part.destination = kNumber;
  part.esm_class = 4;
  part.short_message = "id:A1 stat:DELIVRD err:000";
  int told = 0;
  service->upstream_deliver(kOne, part, [&](Status) { ++told; });
  crash_and_boot();
  EXPECT_EQ(told, 0);
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(Recovery, SentWithoutAnyIdStaysSent) {
  boot();
  const auto id = send("hello");
  answer(0, Status::Ok, "");
  crash_and_boot();
  EXPECT_EQ(state(id), MessageState::Sent);
  advance(std::chrono::hours(73));
  EXPECT_EQ(reason(id), Reason::ReceiptMissing);
}

TEST_F(Recovery, InteropRule13_OwedDeliveriesGoOn) {
  boot();
  send(from_esme("hello"));
  answer(0, Status::Ok, "A1");
  receipt(kOne, "A1", "DELIVRD");
  ASSERT_EQ(store.deliveries.size(), 1u);
  crash_and_boot();
  EXPECT_EQ(service->owed(), 1u);
  bind(kEsme, 10);
  ASSERT_EQ(downstream.size(), 1u);
  downstream.at(0).answer(Status::Ok);
  settle();
  EXPECT_TRUE(store.deliveries.empty());
}

// Under a steady load that is cut off again and again, every accepted message has one end, and none goes out
// twice.
TEST_F(Recovery, NothingIsLostOrDoubledByManyCrashes) {
  boot();
  std::uint32_t seed = 12345;
  const auto next = [&] { return seed = seed * 1664525u + 1013904223u, seed >> 16; };
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i)
      offer(text("m" + std::to_string(round) + "-" + std::to_string(i)));
    for (unsigned i = next() % 4; i > 0; --i)
      store.flush();
    for (std::size_t i = 0; i < upstream.size(); ++i)
      if (!upstream.at(i).answered && next() % 2 == 0)
        upstream.at(i).answer(Status::Ok, "U" + std::to_string(i));
    if (next() % 2 == 0) store.flush();
    crash_and_boot();
  }
  for (std::size_t i = 0; i < upstream.size(); ++i)
    if (!upstream.at(i).answered) upstream.at(i).answer(Status::Ok, "U" + std::to_string(i));
  settle();
  for (std::size_t i = 0; i < upstream.size(); ++i)
    receipt(kOne, "U" + std::to_string(i), "DELIVRD");
  std::map<std::string, int> bodies;
  for (const auto& sent : upstream.sent)
    ++bodies[sent->user_data];
  for (const auto& [body, count] : bodies)
    EXPECT_EQ(count, 1) << body;
  for (const auto& one : accepted) {
    EXPECT_TRUE(is_final(state(one.id)));
    EXPECT_EQ(store.records[one.id], 1);
  }
  EXPECT_GT(accepted.size(), 200u);
  EXPECT_EQ(service->messages(), 0u);
}

}  // namespace
}  // namespace warp::messaging::test
