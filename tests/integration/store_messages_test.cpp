#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using domain::MessageState;
using domain::Reason;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

class StoreMessages : public test::MessageTest {};

domain::SentSegment segment_of(const domain::Message& message, std::uint16_t number, std::string id) {
  return {message.id, number, ConnectorId{Uuid{{7}}}, std::move(id), message.accepted_at + 1s};
}

TEST_F(StoreMessages, KeepsAllOfAMessageOverARestart) {
  auto sent = message();
  sent.esme = EsmeId{ids.uuid7(sent.accepted_at)};
  sent.origin = domain::MessageOrigin::Smpp;
  sent.from = {5, 0, "ACME \"Ltd\", {x}"};
  sent.priority = 3;
  sent.message_class = 0;
  sent.receipts = domain::ReceiptWish::FailureOnly;
  sent.status_callback = "https://example.net/?a=1,2";
  sent.campaign = CampaignId{ids.uuid7(sent.accepted_at)};
  sent.price = {
      {RatePlanId{Uuid{{9}}}, 4, "44", *Money::parse("0.0075"), *Money::parse("0.015"), Currency{}}};
  auto binary = message();
  binary.binary_coding = 4;
  binary.text = std::string("\x00\xFF\x01{\"", 5);
  binary.udh = std::string("\x04\x05\x04\x0B\x84", 5);
  binary.state = MessageState::Sending;
  {
    const auto store = open(settings("restart"));
    ASSERT_TRUE(insert(*store, sent));
    ASSERT_TRUE(insert(*store, binary));
    t.run(store->close());
  }
  const auto live = load(*open(settings("restart")));
  ASSERT_EQ(live.messages.size(), 2u);
  const auto& first = live.messages[0];
  EXPECT_EQ(first.id, sent.id);
  EXPECT_EQ(first.customer, owner);
  EXPECT_EQ(first.esme, sent.esme);
  EXPECT_EQ(first.origin, sent.origin);
  EXPECT_EQ(first.from, sent.from);
  EXPECT_EQ(first.to, sent.to);
  EXPECT_EQ(first.text, sent.text);
  EXPECT_EQ(first.priority, 3);
  EXPECT_EQ(first.message_class, 0);
  EXPECT_EQ(first.receipts, sent.receipts);
  EXPECT_EQ(first.status_callback, sent.status_callback);
  EXPECT_EQ(first.campaign, sent.campaign);
  EXPECT_EQ(first.accepted_at, sent.accepted_at);
  EXPECT_EQ(first.valid_until, sent.valid_until);
  ASSERT_TRUE(first.price);
  EXPECT_EQ(first.price->amount, sent.price->amount);
  EXPECT_EQ(first.price->per_segment, sent.price->per_segment);
  EXPECT_EQ(first.price->plan, sent.price->plan);
  EXPECT_FALSE(first.cost);
  EXPECT_EQ(live.messages[1].binary_coding, 4);
  EXPECT_EQ(live.messages[1].text, binary.text);
  EXPECT_EQ(live.messages[1].udh, binary.udh);
  EXPECT_EQ(live.messages[1].state, MessageState::Sending);
  EXPECT_TRUE(load(*open(settings("another"))).messages.empty()) << "another node's";
}

TEST_F(StoreMessages, AnIdThatIsThereIsIgnoredAndStaysFinal) {
  const auto store = open(settings("twice"));
  auto first = message();
  ASSERT_TRUE(insert(*store, first));
  auto again = first;
  again.text = "another text";
  ASSERT_TRUE(insert(*store, again));
  EXPECT_EQ(load(*store).messages.at(0).text, first.text);
  first.state = MessageState::Delivered;
  first.final_at = first.accepted_at + 1s;
  ASSERT_TRUE(finish(*store, first, {}).first);
  ASSERT_TRUE(insert(*store, again));
  EXPECT_TRUE(load(*store).messages.empty());
  ASSERT_TRUE(change(*store, change_of(first, MessageState::Queued)));
  EXPECT_EQ(ask("SELECT state FROM sms.messages WHERE id = '" + first.id.to_string() + "'"), "delivered");
}

TEST_F(StoreMessages, ChangesOfOneMessageComeInTheirOrder) {
  const auto store = open(settings("order"));
  std::vector<domain::Message> messages;
  std::promise<void> all;
  std::vector<int> answers;
  for (int i = 0; i < 300; ++i) {
    messages.push_back(message());
    const auto& m = messages.back();
    const auto count = [&, i](bool durable) {
      EXPECT_TRUE(durable);
      answers.push_back(i);
      if (answers.size() == 300) all.set_value();
    };
    // All at once, without waiting: insertion and five changes of each.
    store->insert(m, [](bool durable) { EXPECT_TRUE(durable); });
    auto one = change_of(m, MessageState::Sending);
    one.connector = ConnectorId{Uuid{{7}}};
    one.attempt = {{*one.connector, m.accepted_at, 0x58, Reason::UpstreamRefused}};
    store->change(one, [](bool durable) { EXPECT_TRUE(durable); });
    store->change(change_of(m, MessageState::Queued), [](bool durable) { EXPECT_TRUE(durable); });
    auto two = one;
    two.attempt->at += 5s;
    store->change(two, [](bool durable) { EXPECT_TRUE(durable); });
    auto three = change_of(m, MessageState::Sent);
    three.sent_at = m.accepted_at + 6s;
    three.sent = {segment_of(m, 1, "A1"), segment_of(m, 2, "B2")};
    store->change(three, count);
  }
  all.get_future().get();
  EXPECT_TRUE(std::ranges::is_sorted(answers));
  const auto live = load(*store);
  ASSERT_EQ(live.messages.size(), 300u);
  for (const auto& m : live.messages) {
    EXPECT_EQ(m.state, MessageState::Sent);
    EXPECT_EQ(m.attempts.size(), 2u);
    EXPECT_EQ(m.sent_at, m.accepted_at + 6s);
    EXPECT_EQ(m.connector, ConnectorId{Uuid{{7}}});
  }
  ASSERT_EQ(live.segments.size(), 600u);
  const auto& second = live.segments[1];
  EXPECT_EQ(second.upstream_id, "B2");
  EXPECT_EQ(second.number, 2);
  EXPECT_EQ(second.message, live.segments[0].message);
  const auto whose = std::ranges::find(messages, second.message, &domain::Message::id);
  ASSERT_NE(whose, messages.end());
  EXPECT_EQ(second.sent_at, whose->accepted_at + 1s);
}

TEST_F(StoreMessages, TheEndIsStateRecordAndDeliveryAtOnce) {
  const auto store = open(settings("end"));
  auto m = message();
  m.price = {{RatePlanId{Uuid{{9}}}, 4, "44", Money::from_nanos(50), Money::from_nanos(100), Currency{}}};
  m.client_reference = "order-1";
  ASSERT_TRUE(insert(*store, m));
  auto change = change_of(m, MessageState::Sent);
  change.sent = {segment_of(m, 1, "id-77")};
  m.state = MessageState::Undelivered;
  m.reason = Reason::HandsetUndelivered;
  m.network_error = "034";
  m.final_at = m.accepted_at + 9s;
  m.connector = ConnectorId{Uuid{{7}}};
  m.attempts = {{m.connector, m.accepted_at, 0, Reason::NormalClearing}};
  m.cost = {{RatePlanId{Uuid{{8}}}, 1, "4", Money::from_nanos(30), Money::from_nanos(60), Currency{}}};
  store->change(change, [](bool durable) { EXPECT_TRUE(durable); });
  const auto [ended, owed] = finish(*store, m, {delivery_of(m, "{\"a\":\"\\u0000\"}"), delivery_of(m, "2")});
  ASSERT_TRUE(ended);
  ASSERT_EQ(owed.size(), 2u);
  EXPECT_NE(owed[0].id, 0);
  EXPECT_NE(owed[0].id, owed[1].id);
  const auto [repeated, none] = finish(*store, m, {});
  EXPECT_TRUE(repeated);
  const auto where = " WHERE id = '" + m.id.to_string() + "'";
  EXPECT_EQ(ask("SELECT count(*) FROM records.mdrs" + where), "1");
  EXPECT_EQ(ask("SELECT concat_ws('|', customer_id = '" + owner.to_string() +
                "', state, reason, reason_code, network_error, upstream_ids, margin_nanos, "
                "jsonb_array_length(attempts), client_reference) FROM records.mdrs" +
                where),
            "t|undelivered|HANDSET_UNDELIVERED|6013|034|id-77|40|1|order-1");
  const auto live = load(*store);
  EXPECT_TRUE(live.messages.empty());
  EXPECT_TRUE(live.segments.empty());
  ASSERT_EQ(live.deliveries.size(), 2u);
  EXPECT_EQ(live.deliveries[0].payload, "{\"a\":\"\\u0000\"}");
  EXPECT_EQ(live.deliveries[0].id, owed[0].id);
  EXPECT_EQ(live.deliveries[0].url, owed[0].url);

  EXPECT_TRUE(durable([&](auto done) { store->later(owed[0].id, m.accepted_at + 60s, 3, done); }));
  EXPECT_TRUE(durable([&](auto done) { store->taken(owed[1].id, done); }));
  const auto left = load(*store).deliveries;
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].tries, 3);
  EXPECT_EQ(left[0].next_try, m.accepted_at + 60s);
}

// The window is longer than anybody waits: only that there are enough of them sets them off.
TEST_F(StoreMessages, EnoughCallsBeginTheirTransactionAtOnce) {
  auto wanted = settings("enough");
  wanted.window = wanted.change_window = 300s;
  wanted.enough = 20;
  const auto store = open(wanted);
  std::vector<Message> all;
  std::vector<std::future<bool>> answers;
  const auto each = [&](auto call) {
    for (const auto& m : all) {
      auto answer = std::make_shared<std::promise<bool>>();
      answers.push_back(answer->get_future());
      call(m, [answer](bool durable) { answer->set_value(durable); });
    }
    for (auto& answer : std::exchange(answers, {})) {
      ASSERT_EQ(answer.wait_for(30s), std::future_status::ready);
      EXPECT_TRUE(answer.get());
    }
  };
  for (int i = 0; i < 20; ++i)
    all.push_back(message());
  each([&](const Message& m, domain::Done done) { store->insert(m, std::move(done)); });
  each([&](const Message& m, domain::Done done) {
    store->change(change_of(m, MessageState::Sending), std::move(done));
  });
}

TEST_F(StoreMessages, ComeBackInTheOrderOfTheirAcceptance) {
  const auto begin = std::chrono::floor<std::chrono::milliseconds>(clock.wall()) - 1s;
  {
    const auto store = open(settings("acceptance"));
    for (int i = 0; i < 60; ++i) {  // 20 a millisecond, whose ids are in no order
      auto next = message();
      next.accepted_at = begin + std::chrono::milliseconds(i / 20) + std::chrono::microseconds(i % 20);
      next.id = MessageId{ids.uuid7(next.accepted_at)};
      next.text = std::to_string(i);
      store->insert(std::move(next), [](bool durable) { EXPECT_TRUE(durable); });
    }
    ASSERT_TRUE(insert(*store, message()));  // answered behind them
  }
  const auto live = load(*open(settings("acceptance")));
  ASSERT_EQ(live.messages.size(), 61u);
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(live.messages[static_cast<std::size_t>(i)].text, std::to_string(i));
}

TEST_F(StoreMessages, ReceiptsAreParkedUntilTheyAreTakenUp) {
  const auto store = open(settings("park"));
  const ConnectorId connector{Uuid{{7}}};
  const auto at = clock.wall();
  store->park({connector, "x1", "one", at}, [](bool durable) { EXPECT_TRUE(durable); });
  store->park({connector, "x1", "two", at}, [](bool durable) { EXPECT_TRUE(durable); });
  store->unpark(connector, "x1", [](bool durable) { EXPECT_TRUE(durable); });
  EXPECT_TRUE(durable([&](auto done) { store->park({connector, "x1", "three", at}, done); }));
  EXPECT_TRUE(durable([&](auto done) { store->park({connector, "x2", "four", at + 1s}, done); }));
  const auto parked = load(*store).parked;
  ASSERT_EQ(parked.size(), 2u);
  EXPECT_EQ(parked[0].payload, "three");
  EXPECT_EQ(parked[1].upstream_id, "x2");
}

TEST_F(StoreMessages, AReferenceIsOneMessagesUnderConcurrency) {
  const auto one = open(settings("reference 1")), two = open(settings("reference 2"));
  constexpr int kReferences = 200;
  std::promise<void> all;
  std::mutex mutex;
  std::map<std::string, std::set<MessageId>> owners;
  int answered = 0, inserted = 0;
  for (int i = 0; i < kReferences; ++i)
    for (int copy = 0; copy < 4; ++copy) {
      auto m = message();
      m.client_reference = "key-" + std::to_string(copy % 2 ? i : kReferences - 1 - i);
      auto& store = *(copy % 2 ? one : two);
      store.insert_once(m, [&, m](const domain::Insertion& outcome) {
        std::lock_guard guard(mutex);
        EXPECT_NE(outcome.durable, outcome.earlier.has_value());
        inserted += outcome.durable;
        owners[m.client_reference].insert(outcome.durable ? m.id : outcome.earlier.value_or(MessageId{}));
        if (++answered == 4 * kReferences) all.set_value();
      });
    }
  all.get_future().get();
  EXPECT_EQ(inserted, kReferences);
  for (const auto& [reference, ids] : owners)
    EXPECT_EQ(ids.size(), 1u) << reference;
  EXPECT_EQ(ask("SELECT count(*) FROM sms.messages WHERE customer_id = '" + owner.to_string() + "'"),
            std::to_string(kReferences));
  // Another customer's reference is its own.
  auto other = message();
  other.customer = customer().id;
  other.client_reference = "key-0";
  EXPECT_TRUE(insert(*one, other));
}

TEST_F(StoreMessages, ARowThatIsRefusedFailsAlone) {
  const auto store = open(settings("alone"));
  std::promise<void> all;
  std::vector<int> failed;
  int answered = 0;
  for (int i = 0; i < 20; ++i) {
    auto m = message();
    if (i == 13) m.customer = {};  // NOT NULL
    store->insert(m, [&, i](bool durable) {
      if (!durable) failed.push_back(i);
      if (++answered == 20) all.set_value();
    });
  }
  all.get_future().get();
  EXPECT_THAT(failed, ElementsAre(13));
  EXPECT_EQ(load(*store).messages.size(), 19u);
}

TEST_F(StoreMessages, TooMuchWaitingIsRefusedAtOnce) {
  auto tight = settings("tight");
  tight.queue = 2;
  tight.window = 200ms;
  const auto store = open(tight);
  std::promise<void> all;
  std::string outcomes;
  for (int i = 0; i < 3; ++i)
    store->insert(message(), [&](bool durable) {
      outcomes += durable ? 'y' : 'n';
      if (outcomes.size() == 3) all.set_value();
    });
  all.get_future().get();
  EXPECT_EQ(outcomes, "nyy");
  t.run(store->close());
  EXPECT_FALSE(insert(*store, message())) << "closed";
}

// Keeps inserting and finishing while Postgres goes away under it.
TEST_F(StoreMessages, NothingAcknowledgedIsLostWhenPostgresRestarts) {
  auto patient = settings("restarted");
  patient.insert_patience = 300ms;
  patient.patience = 20s;
  auto store = open(patient);
  std::mutex mutex;
  std::set<MessageId> accepted, refused, ended;
  std::atomic<int> waiting{0};
  const auto put = [&](domain::Message m) {
    ++waiting;
    store->insert(m, [&, m](bool durable) mutable {
      std::lock_guard guard(mutex);
      (durable ? accepted : refused).insert(m.id);
      if (durable && m.id.value.bytes[15] % 2 == 0) {
        m.state = MessageState::Delivered;
        m.final_at = m.accepted_at;
        ++waiting;
        store->finish(m, {delivery_of(m)}, [&, m](bool done, const std::vector<domain::Delivery>&) {
          std::lock_guard inner(mutex);
          if (done) ended.insert(m.id);
          --waiting;
        });
      }
      --waiting;
    });
  };
  std::atomic<bool> stop{false};
  auto producer = std::async(std::launch::async, [&] {
    while (!stop) {
      if (waiting < 200) put(message());
      std::this_thread::yield();
    }
  });
  const auto reach = [&](std::size_t count) {
    for (;;) {
      std::lock_guard guard(mutex);
      if (accepted.size() >= count) return;
    }
  };
  reach(500);
  postgres().run("postgres",
                 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'warpd'");
  reach(1500);
  postgres().stop();
  for (bool any = false; !any;) {
    std::lock_guard guard(mutex);
    any = !refused.empty();
  }
  postgres().start();
  std::size_t before = 0;
  {
    std::lock_guard guard(mutex);
    before = accepted.size();
  }
  reach(before + 1000);
  stop = true;
  producer.get();
  t.run(store->close());
  // Answers that are on their way ask the store for more.
  while (waiting > 0)
    std::this_thread::yield();
  store.reset();

  const auto live = load(*open(settings("restarted")));
  std::set<MessageId> alive, owed;
  for (const auto& m : live.messages)
    alive.insert(m.id);
  for (const auto& delivery : live.deliveries)
    EXPECT_TRUE(owed.insert(delivery.message).second) << "owed twice";
  std::lock_guard guard(mutex);
  for (const auto& id : accepted) {
    EXPECT_TRUE(alive.contains(id) != ended.contains(id)) << id.to_string();
    EXPECT_TRUE(!ended.contains(id) || owed.contains(id));
  }
  for (const auto& id : refused)
    EXPECT_FALSE(alive.contains(id)) << "it was answered with false: " << id.to_string();
  EXPECT_EQ(ask("SELECT count(*) FROM records.mdrs WHERE customer_id = '" + owner.to_string() + "'"),
            std::to_string(ended.size()));
}

TEST_F(StoreMessages, PartitionsAreMadeAheadAndWhenTheyAreMissing) {
  const auto store = open(settings("days"));
  const auto day = std::chrono::sys_days(std::chrono::year(2031) / 3 / 1);
  t.run(store->prepare_days(day, 2));
  EXPECT_EQ(
      ask("SELECT count(*) FROM pg_class WHERE relname ~ '^(messages|mdrs)_2031030[123]$' AND relkind = 'r'"),
      "6");
  auto m = message();
  m.accepted_at = day + std::chrono::days(10);
  EXPECT_TRUE(insert(*store, m));
  EXPECT_EQ(ask("SELECT reloptions::text FROM pg_class WHERE relname = 'messages_20310311'"),
            "{fillfactor=45}");
}

}  // namespace
}  // namespace warp::store
