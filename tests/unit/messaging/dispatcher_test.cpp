// The way out: queue, pace, wire, and what each answer of an upstream means.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using domain::MessageState;
using domain::Reason;
using smpp::Status;

class Dispatch : public World {};

TEST_F(Dispatch, MessageGoesToTheWireAndEndsWithItsReceipt) {
  boot();
  ASSERT_TRUE(ready);
  const auto id = send("hello");
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(upstream.at(0).user_data, "hello");
  EXPECT_EQ(upstream.at(0).destination.digits, kPhone);
  EXPECT_EQ(state(id), MessageState::Sending);
  answer(0, Status::Ok, "A1");
  EXPECT_EQ(state(id), MessageState::Sent);
  receipt(kOne, "A1", "DELIVRD");
  EXPECT_EQ(state(id), MessageState::Delivered);
  EXPECT_EQ(last_answer, Status::Ok);
  EXPECT_EQ(store.records[id], 1);
  EXPECT_EQ(service->messages(), 0u);
  EXPECT_EQ(store.rows.at(id).price->amount, Money::from_nanos(10'000'000));
  EXPECT_EQ(store.rows.at(id).cost->amount, Money::from_nanos(6'000'000));
  EXPECT_TRUE(store.segments.empty());
}

TEST_F(Dispatch, RoomOnTheWireSavesTheSecondWrite) {
  boot();
  const auto before = store.writes;
  send("hello");
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(store.writes - before, 1u);
}

TEST_F(Dispatch, NothingLeavesBeforeSendingIsDurable) {
  boot();
  upstream.window[kOne.value] = 0;
  const auto id = send("hello");
  EXPECT_EQ(state(id), MessageState::Queued);
  upstream.window[kOne.value] = 10;
  service->upstream_changed(kOne);
  EXPECT_EQ(upstream.size(), 0u);
  settle();
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(state(id), MessageState::Sending);
}

TEST_F(Dispatch, UrgentGoesFirstAndOrderHoldsWithinAPriority) {
  boot();
  bind(kOne, 0);
  for (const char* body : {"a", "b", "c"})
    send(body);
  auto urgent = text("urgent");
  urgent.priority = 3;
  send(urgent);
  bind(kOne, 10);
  ASSERT_EQ(upstream.size(), 4u);
  EXPECT_EQ(upstream.at(0).user_data, "urgent");
  EXPECT_EQ(upstream.at(1).user_data, "a");
  EXPECT_EQ(upstream.at(3).user_data, "c");
}

TEST_F(Dispatch, WindowHoldsTheRestBack) {
  boot();
  bind(kOne, 2);
  for (int i = 0; i < 5; ++i)
    send("m" + std::to_string(i));
  EXPECT_EQ(upstream.size(), 2u);
  answer(0, Status::Ok, "1");
  EXPECT_EQ(upstream.size(), 3u);
  EXPECT_EQ(upstream.at(2).user_data, "m2");
}

TEST_F(Dispatch, InteropRule16_PaceOfABindIsKept) {
  auto catalogue = sample_catalogue();
  catalogue.connectors[0].mps = 10;
  boot(catalogue);
  for (int i = 0; i < 30; ++i)
    send("m");
  EXPECT_LE(upstream.size(), 2u);
  advance(std::chrono::seconds(1));
  EXPECT_GE(upstream.size(), 9u);
  EXPECT_LE(upstream.size(), 13u);
}

TEST_F(Dispatch, ThrottlingBacksOffAndKeepsTheOrder) {
  boot();
  bind(kOne, 2);
  const auto first = send("first");
  send("second");
  send("third");
  upstream.at(0).answer(Status::Throttled);
  upstream.at(1).answer(Status::MsgQFul);
  settle();
  EXPECT_EQ(upstream.size(), 2u);
  EXPECT_EQ(state(first), MessageState::Queued);
  advance(std::chrono::seconds(1));
  ASSERT_EQ(upstream.size(), 4u);
  EXPECT_EQ(upstream.at(2).user_data, "first");
  EXPECT_EQ(upstream.at(3).user_data, "second");
}

TEST_F(Dispatch, TemporaryErrorGoesToTheNextCandidate) {
  auto catalogue = sample_catalogue();
  add_second_route(catalogue, 200);
  upstream.window[kTwo.value] = 10;
  boot(catalogue);
  const auto id = send("hello");
  answer(0, Status::SysErr);
  ASSERT_EQ(upstream.size(), 2u);
  EXPECT_EQ(upstream.at(1).peer, kTwo.value);
  answer(1, Status::Ok, "B");
  EXPECT_EQ(state(id), MessageState::Sent);
  EXPECT_EQ(store.rows.at(id).connector, kTwo);
  EXPECT_EQ(store.rows.at(id).attempts.size(), 2u);
}

TEST_F(Dispatch, TemporaryErrorWithoutAnotherIsTriedLater) {
  boot();
  const auto id = send("hello");
  answer(0, Status::SysErr);
  EXPECT_EQ(upstream.size(), 1u);
  EXPECT_EQ(state(id), MessageState::Queued);
  advance(std::chrono::seconds(6));
  EXPECT_EQ(upstream.size(), 2u);
}

TEST_F(Dispatch, PermanentErrorOfEveryCandidateFails) {
  auto catalogue = sample_catalogue();
  add_second_route(catalogue, 200);
  upstream.window[kTwo.value] = 10;
  boot(catalogue);
  const auto id = send("hello");
  answer(0, Status::InvDstAdr);
  answer(1, Status::InvDstAdr);
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::UpstreamRefused);
  EXPECT_EQ(store.records[id], 1);
}

TEST_F(Dispatch, InteropRule08_TimedOutSubmitIsNotSentTwice) {
  boot();
  const auto id = send("hello");
  upstream.at(0).lose(WireResult::Ambiguous);
  settle();
  EXPECT_EQ(state(id), MessageState::Failed);
  EXPECT_EQ(reason(id), Reason::UpstreamSilent);
  advance(std::chrono::hours(1));
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Dispatch, InteropRule08_ResendIsAPolicyOfTheConnector) {
  auto catalogue = sample_catalogue();
  catalogue.connectors[0].ambiguity = domain::AmbiguityPolicy::Resend;
  boot(catalogue);
  send("hello");
  upstream.at(0).lose(WireResult::Ambiguous);
  advance(std::chrono::seconds(6));
  EXPECT_EQ(upstream.size(), 2u);
}

TEST_F(Dispatch, WhatNeverLeftGoesAgain) {
  boot();
  const auto id = send("hello");
  upstream.window[kOne.value] = 0;
  upstream.at(0).lose(WireResult::NotSent);
  settle();
  EXPECT_EQ(state(id), MessageState::Queued);
  bind(kOne, 10);
  EXPECT_EQ(upstream.size(), 2u);
}

TEST_F(Dispatch, BreakerRestsAConnectorAndProbesIt) {
  Settings settings;
  settings.breaker_failures = 3;
  settings.retry_first = std::chrono::milliseconds(10);
  boot(sample_catalogue(), settings);
  send("hello");
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(upstream.size(), i + 1);
    answer(i, Status::SysErr);
    advance(std::chrono::milliseconds(200));
  }
  EXPECT_EQ(upstream.size(), 3u);
  send("second");
  EXPECT_EQ(upstream.size(), 3u);
  advance(std::chrono::seconds(31));
  EXPECT_EQ(upstream.size(), 4u);  // one probe
  answer(3, Status::Ok, "P");
  EXPECT_EQ(upstream.size(), 5u);
}

TEST_F(Dispatch, Complaint_QueuedMessagesAreReRouted) {
  auto catalogue = sample_catalogue();
  add_second_route(catalogue, 200);
  boot(catalogue);
  bind(kOne, 0);
  const auto id = send("hello");
  EXPECT_EQ(upstream.size(), 0u);
  bind(kTwo, 10);
  advance(std::chrono::seconds(35));
  ASSERT_EQ(upstream.size(), 1u);
  EXPECT_EQ(upstream.at(0).peer, kTwo.value);
  EXPECT_EQ(state(id), MessageState::Sending);
}

TEST_F(Dispatch, PausedConnectorHoldsAndResumes) {
  boot();
  service->pause(kOne);
  send("hello");
  EXPECT_EQ(upstream.size(), 0u);
  service->resume(kOne);
  settle();
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Dispatch, PurgeCancelsWhatIsQueued) {
  boot();
  service->pause(kOne);
  const auto id = send("hello");
  EXPECT_EQ(service->purge(kOne), 1u);
  settle();
  EXPECT_EQ(state(id), MessageState::Cancelled);
  service->resume(kOne);
  settle();
  EXPECT_EQ(upstream.size(), 0u);
}

TEST_F(Dispatch, Complaint_QueuedMessageCanBeCancelled) {
  boot();
  service->pause(kOne);
  const auto id = send("hello");
  EXPECT_EQ(service->cancel(make_id<CustomerId>(99), id), CancelResult::Unknown);
  EXPECT_EQ(service->cancel(kCustomer, id), CancelResult::Cancelled);
  settle();
  EXPECT_EQ(state(id), MessageState::Cancelled);
  EXPECT_EQ(reason(id), Reason::MessageCancelled);
  service->resume(kOne);
  const auto other = send("other");
  EXPECT_EQ(service->cancel(kCustomer, other), CancelResult::TooLate);
}

TEST_F(Dispatch, ScheduledMessageWaitsForItsTime) {
  boot();
  auto later = text("later");
  later.not_before = clock.wall() + std::chrono::minutes(10);
  send(later);
  advance(std::chrono::minutes(9));
  EXPECT_EQ(upstream.size(), 0u);
  advance(std::chrono::minutes(2));
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Dispatch, InteropRule15_ValidityEndsAQueuedMessage) {
  boot();
  bind(kOne, 0);
  auto brief = text("brief");
  brief.valid_until = clock.wall() + std::chrono::seconds(30);
  const auto id = send(brief);
  advance(std::chrono::seconds(40));
  EXPECT_EQ(state(id), MessageState::Expired);
  EXPECT_EQ(reason(id), Reason::MessageExpired);
}

TEST_F(Dispatch, InteropRule06_LongTextGoesInTheStyleOfTheConnector) {
  const std::string body(400, 'x');
  for (const std::string style : {"udh8", "udh16", "sar", "payload"}) {
    auto catalogue = sample_catalogue();
    catalogue.connectors[0].split = style;
    boot(catalogue);
    upstream.sent.clear();
    send(body);
    ASSERT_EQ(accepted.back().segments, 3u);
    ASSERT_EQ(upstream.size(), style == "payload" ? 1u : 3u) << style;
    EXPECT_EQ(upstream.at(0).payload, style == "payload");
    EXPECT_EQ(upstream.at(0).sar.has_value(), style == "sar");
    EXPECT_EQ((upstream.at(0).esm_class & 0x40) != 0, style.starts_with("udh")) << style;
    for (const auto& sent : upstream.sent)
      EXPECT_TRUE(style == "payload" || sent->user_data.size() <= 254u);
    for (auto& sent : upstream.sent)
      sent->lose(WireResult::Ambiguous);
    settle();
  }
}

TEST_F(Dispatch, Complaint_LongTextIsNotCutAfterFiveParts) {
  boot();
  send(std::string(153 * 12, 'y'));
  EXPECT_EQ(accepted.back().segments, 12u);
  EXPECT_EQ(upstream.size(), 12u);
  std::size_t characters = 0;
  for (const auto& sent : upstream.sent)
    characters += sent->user_data.size() - 6;
  EXPECT_EQ(characters, 153u * 12);
}

TEST_F(Dispatch, PartThatIsThrottledGoesAgainAloneAndNoneIsDoubled) {
  boot();
  const auto id = send(std::string(300, 'z'));
  ASSERT_EQ(upstream.size(), 2u);
  answer(0, Status::Ok, "P1");
  answer(1, Status::Throttled);
  EXPECT_EQ(upstream.size(), 2u);
  advance(std::chrono::seconds(2));
  ASSERT_EQ(upstream.size(), 3u);
  EXPECT_EQ(upstream.at(2).user_data, upstream.at(1).user_data);
  answer(2, Status::Ok, "P2");
  EXPECT_EQ(state(id), MessageState::Sent);
}

TEST_F(Dispatch, StoreThatFailsWhileSendingDelaysOnly) {
  boot();
  bind(kOne, 0);
  const auto id = send("hello");
  store.down = true;
  bind(kOne, 10);
  EXPECT_EQ(upstream.size(), 0u);
  EXPECT_EQ(state(id), MessageState::Queued);
  store.down = false;
  advance(std::chrono::seconds(2));
  EXPECT_EQ(upstream.size(), 1u);
}

TEST_F(Dispatch, DrainLetsTheWireFinishAndKeepsTheQueue) {
  boot();
  bind(kOne, 1);
  const auto first = send("first"), second = send("second");
  bool drained = false;
  service->drain(std::chrono::seconds(10), [&] { drained = true; });
  settle();
  EXPECT_FALSE(drained);
  send("third");
  EXPECT_EQ(refused, std::vector{Reason::DaemonStopping});
  answer(0, Status::Ok, "D");
  advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(drained);
  EXPECT_EQ(state(first), MessageState::Sent);
  EXPECT_EQ(state(second), MessageState::Queued);
  EXPECT_EQ(upstream.size(), 1u);
}

}  // namespace
}  // namespace warp::messaging::test
