// What SMPP asks of the message store: replaced content, messages of any state, and deliveries that are
// paged, buried and revived.
#include "warp/store/deliveries.h"

#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using domain::MessageState;
using namespace std::chrono_literals;

class StoreDeliveries : public test::MessageTest {
 protected:
  using Delivery = domain::Delivery;
  struct Page {
    std::vector<Delivery> rows;
    bool later = false;
  };
  bool replace(domain::MessageStore& store, const Message& message) {
    return durable([&](domain::Done done) { store.replace(message, std::move(done)); });
  }
  std::optional<Message> find(domain::MessageStore& store, CustomerId customer, MessageId id) {
    std::promise<std::optional<Message>> promise;
    store.find(customer, id, [&](bool known, std::optional<Message> message) {
      EXPECT_TRUE(known);
      promise.set_value(std::move(message));
    });
    return promise.get_future().get();
  }
  Page owed(domain::MessageStore& store, domain::OwedTo to, std::int64_t after, WallTime due,
            std::uint32_t most) {
    std::promise<Page> promise;
    store.owed(to, after, due, most, [&](bool known, std::vector<Delivery> rows, bool later) {
      EXPECT_TRUE(known);
      promise.set_value({std::move(rows), later});
    });
    return promise.get_future().get();
  }
  std::optional<Delivery> revive(domain::MessageStore& store, std::int64_t id) {
    std::promise<std::optional<Delivery>> promise;
    store.revive(id, [&](bool known, std::optional<Delivery> delivery) {
      EXPECT_TRUE(known);
      promise.set_value(std::move(delivery));
    });
    return promise.get_future().get();
  }
  Delivery owe(domain::MessageStore& store, Delivery delivery) {
    std::promise<Delivery> promise;
    store.owe(std::move(delivery), [&](bool durable, Delivery kept) {
      EXPECT_TRUE(durable);
      promise.set_value(std::move(kept));
    });
    return promise.get_future().get();
  }
};

TEST_F(StoreDeliveries, ReplacedContentIsWhatIsFoundAndLoaded) {
  const auto store = open(settings("replaced"));
  auto queued = message();
  queued.service_type = domain::ServiceType("CMT");
  queued.submitted_coding = 8;
  ASSERT_TRUE(insert(*store, queued));
  auto next = queued;
  next.text = "other words: \\ \" {}";
  next.encoding = "gsm7";
  next.receipts = domain::ReceiptWish::FailureOnly;
  next.not_before += 1h;
  next.valid_until += 2h;
  auto sending = change_of(queued, MessageState::Sending);
  ASSERT_TRUE(change(*store, sending));
  ASSERT_TRUE(replace(*store, next));
  const auto found = find(*store, owner, queued.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->text, next.text);
  EXPECT_EQ(found->encoding, "gsm7");
  EXPECT_EQ(found->receipts, next.receipts);
  EXPECT_EQ(found->not_before, next.not_before);
  EXPECT_EQ(found->valid_until, next.valid_until);
  EXPECT_EQ(found->state, MessageState::Queued);
  EXPECT_EQ(found->service_type, queued.service_type);
  EXPECT_EQ(found->submitted_coding, 8);
  EXPECT_EQ(load(*store).messages.at(0).text, next.text);
  EXPECT_FALSE(find(*store, customer().id, queued.id)) << "nobody finds another's message";
  EXPECT_FALSE(find(*store, owner, message().id));
}

TEST_F(StoreDeliveries, WhatIsFinalIsFoundAndReplacedNoMore) {
  const auto store = open(settings("final"));
  auto ended = message();
  ASSERT_TRUE(insert(*store, ended));
  ended.state = MessageState::Delivered;
  ended.final_at = ended.accepted_at + 5s;
  ASSERT_TRUE(finish(*store, ended, {}).first);
  auto next = ended;
  next.text = "too late";
  ASSERT_TRUE(replace(*store, next));
  const auto found = find(*store, owner, ended.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->state, MessageState::Delivered);
  EXPECT_EQ(found->final_at, ended.final_at);
  EXPECT_EQ(found->text, ended.text);
}

TEST_F(StoreDeliveries, ChangesAroundAReplacementKeepTheirOrder) {
  const auto store = open(settings("deliveries-order"));
  const auto queued = message();
  ASSERT_TRUE(insert(*store, queued));
  auto next = queued;
  next.text = "second";
  std::atomic<int> done{0};
  store->change(change_of(queued, MessageState::Sending), [&](bool) { ++done; });
  store->replace(next, [&](bool) { ++done; });
  store->change(change_of(queued, MessageState::Sending), [&](bool) { ++done; });
  ASSERT_TRUE(durable([&](domain::Done last) { store->taken(0, std::move(last)); }));
  EXPECT_EQ(done, 3);
  const auto found = find(*store, owner, queued.id);
  EXPECT_EQ(found->state, MessageState::Sending) << "what came after the replacement stands";
  EXPECT_EQ(found->text, "second");
}

TEST_F(StoreDeliveries, DeliveriesOfOneReceiverComeInPages) {
  const auto store = open(settings("pages"));
  const auto sent = message();
  const EsmeId esme{ids.uuid7(sent.accepted_at)};
  std::vector<std::int64_t> numbers;
  for (int i = 0; i < 5; ++i) {
    auto bound = delivery_of(sent, std::to_string(i));
    bound.esme = esme;
    bound.url.clear();
    numbers.push_back(owe(*store, bound).id);
    owe(*store, delivery_of(sent, "hook" + std::to_string(i)));
  }
  const auto now = sent.accepted_at + 1s;
  const auto first = owed(*store, {owner, esme}, 0, now, 3);
  ASSERT_EQ(first.rows.size(), 3u);
  EXPECT_EQ(first.rows[0].id, numbers[0]);
  EXPECT_EQ(first.rows[2].payload, "2");
  const auto rest = owed(*store, {owner, esme}, first.rows[2].id, now, 3);
  EXPECT_EQ(rest.rows.size(), 2u);
  EXPECT_FALSE(rest.later);
  EXPECT_EQ(owed(*store, {owner, std::nullopt}, 0, now, 100).rows.size(), 5u);
  ASSERT_TRUE(durable([&](domain::Done d) { store->later(numbers[4], now + 1h, 1, std::move(d)); }));
  const auto due = owed(*store, {owner, esme}, 0, now, 100);
  EXPECT_EQ(due.rows.size(), 4u);
  EXPECT_TRUE(due.later);
  auto few = settings("pages");
  few.most_deliveries = 1;
  const auto again = open(few);
  EXPECT_EQ(load(*again).deliveries.size(), 10u) << "a page at least";
  EXPECT_EQ(load(*again).more_deliveries, 0u);
}

TEST_F(StoreDeliveries, TheDeadAreKeptListedAndRevivedOnce) {
  const auto store = open(settings("dead"));
  const auto sent = message();
  const auto kept = owe(*store, delivery_of(sent));
  ASSERT_TRUE(
      durable([&](domain::Done d) { store->later(kept.id, sent.accepted_at + 1h, 7, std::move(d)); }));
  ASSERT_TRUE(durable([&](domain::Done d) { store->bury(kept.id, std::move(d)); }));
  EXPECT_TRUE(load(*store).deliveries.empty());
  DeliveryRepository repository{t.pool};
  const auto dead = need(repository.list(as(owner), {std::nullopt, true}, {}));
  ASSERT_EQ(dead.items.size(), 1u);
  EXPECT_EQ(dead.items[0].delivery.id, kept.id);
  EXPECT_TRUE(dead.items[0].dead_at);
  EXPECT_TRUE(need(repository.list(as(owner), {std::nullopt, false}, {})).items.empty());
  const auto stranger = customer().id;
  EXPECT_TRUE(need(repository.list(as(stranger), {std::nullopt, true}, {})).items.empty());
  EXPECT_EQ(failure(repository.get(as(stranger), kept.id)), ErrorKind::NotFound);
  const auto other = open(settings("dead-2"));
  const auto alive = revive(*other, kept.id);
  ASSERT_TRUE(alive);
  EXPECT_EQ(alive->tries, 0);
  EXPECT_EQ(alive->payload, kept.payload);
  EXPECT_FALSE(revive(*other, kept.id)) << "it lives already";
  EXPECT_EQ(load(*other).deliveries.size(), 1u) << "its new node owes it";
  EXPECT_TRUE(load(*store).deliveries.empty());
}

}  // namespace
}  // namespace warp::store
