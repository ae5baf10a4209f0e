// The money of messages against the real Postgres: held with the insertion, settled with the end, once.
#include <condition_variable>
#include <random>

#include "warp/store/billing.h"

#include "integration/message_fixture.h"

namespace warp::store {
namespace {

using domain::Insertion;
using domain::Message;
using domain::MessageState;
using namespace std::chrono_literals;

class StoreMoney : public test::MessageTest {
 protected:
  CustomerId account(domain::BillingMode mode, std::int64_t balance, std::int64_t credit = 0) {
    NewCustomer wanted;
    wanted.name = fresh("payer");
    wanted.billing_mode = mode;
    wanted.credit_limit = Money::from_nanos(credit);
    const auto id = need(customers.create(op, wanted)).id;
    if (balance != 0) pay(id, balance);
    return id;
  }
  CustomerId prepaid(std::int64_t balance, std::int64_t credit = 0) {
    return account(domain::BillingMode::Prepaid, balance, credit);
  }
  Posted pay(CustomerId of, std::int64_t nanos, const std::string& reference = fresh("payment")) {
    return need(billing.post(op, {of, EntryKind::Payment, Money::from_nanos(nanos), reference, "test"}));
  }
  Message priced(CustomerId of, std::int64_t nanos) {
    auto out = message();
    out.customer = of;
    const auto amount = Money::from_nanos(nanos);
    out.price = {{RatePlanId{Uuid{{9}}}, 4, "44", amount, amount, Currency{}}};
    return out;
  }
  static Message ended(Message message, MessageState state, std::int64_t charged) {
    message.state = state;
    message.final_at = message.accepted_at + 1s;
    message.charged = Money::from_nanos(charged);
    return message;
  }
  Insertion place(domain::MessageStore& store, const Message& message) {
    std::promise<Insertion> promise;
    store.insert_once(message, [&](const Insertion& outcome) { promise.set_value(outcome); });
    return promise.get_future().get();
  }
  // All in one batch, when the store gathers long enough.
  std::vector<Insertion> place_all(domain::MessageStore& store, const std::vector<Message>& messages) {
    std::vector<Insertion> out(messages.size());
    std::promise<void> all;
    std::size_t answered = 0;
    for (std::size_t i = 0; i < messages.size(); ++i)
      store.insert_once(messages[i], [&, i](const Insertion& outcome) {
        out[i] = outcome;
        if (++answered == messages.size()) all.set_value();
      });
    all.get_future().get();
    return out;
  }
  MessageStoreSettings gathering(std::string node) {
    auto out = settings(std::move(node));
    out.window = out.change_window = 50ms;
    return out;
  }
  std::string money_of(CustomerId of) {
    const auto now = need(billing.balance(op, of));
    return now.balance.to_string() + " held " + now.held.to_string();
  }
  void expect_agreement() {
    for (const auto& wrong : need(billing.audit(op, std::nullopt)))
      ADD_FAILURE() << wrong.rule << " of " << wrong.customer.value_or(CustomerId{}).to_string() << ": "
                    << wrong.expected.to_string() << " expected, " << wrong.found.to_string() << " found";
  }
  BillingRepository billing{t.pool};
};

TEST_F(StoreMoney, IsHeldWithTheInsertionAndChargedWithTheEnd) {
  const auto store = open(settings("money end"));
  const auto payer = prepaid(100 * kCent);
  const auto one = priced(payer, 3 * kCent), two = priced(payer, 4 * kCent);
  ASSERT_TRUE(insert(*store, one));
  ASSERT_TRUE(insert(*store, two));
  EXPECT_EQ(money_of(payer), "1.00 held 0.07");
  ASSERT_TRUE(finish(*store, ended(one, MessageState::Delivered, 3 * kCent), {}).first);
  ASSERT_TRUE(finish(*store, ended(two, MessageState::Failed, 0), {}).first);
  EXPECT_EQ(money_of(payer), "0.97 held 0.00");
  const auto entries = need(billing.ledger(op, payer, 10));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].kind, EntryKind::Charge);
  EXPECT_EQ(entries[0].amount.nanos(), -3 * kCent);
  EXPECT_EQ(entries[0].balance_after.nanos(), 97 * kCent);
  EXPECT_EQ(entries[0].items, 1u);
  EXPECT_EQ(entries[0].number, 2u);
  EXPECT_EQ(entries[1].kind, EntryKind::Payment);
  const auto record = [](const Message& message, const char* column) {
    return ask(std::string("SELECT ") + column + " FROM records.mdrs WHERE id = '" + message.id.to_string() +
               "'");
  };
  EXPECT_EQ(record(one, "charged_nanos"), std::to_string(3 * kCent));
  EXPECT_EQ(record(one, "ledger_entry"), std::to_string(entries[0].id));
  EXPECT_EQ(record(two, "charged_nanos"), "0");
  EXPECT_EQ(record(two, "ledger_entry"), "");
  expect_agreement();
}

TEST_F(StoreMoney, OneEntryACustomerAndBatch) {
  const auto store = open(gathering("money batch"));
  const auto first = prepaid(kCent * 100), second = prepaid(kCent * 100);
  std::vector<Message> messages;
  for (int i = 0; i < 40; ++i)
    messages.push_back(priced(i % 4 ? first : second, kCent));
  for (const auto& outcome : place_all(*store, messages))
    EXPECT_TRUE(outcome.durable);
  std::promise<void> all;
  std::size_t answered = 0;
  for (const auto& message : messages)
    store->finish(ended(message, MessageState::Delivered, kCent), {}, [&](bool durable, const auto&) {
      EXPECT_TRUE(durable);
      if (++answered == messages.size()) all.set_value();
    });
  all.get_future().get();
  const auto entries = need(billing.ledger(op, first, 10));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].items, 30u);
  EXPECT_EQ(entries[0].amount.nanos(), -30 * kCent);
  EXPECT_EQ(need(billing.ledger(op, second, 10)).at(0).items, 10u);
  EXPECT_EQ(money_of(first), "0.70 held 0.00");
  expect_agreement();
}

TEST_F(StoreMoney, RunsOutInTheMiddleOfABatchAndSmallerOnesStillFit) {
  const auto store = open(gathering("money out"));
  const auto payer = prepaid(10 * kCent), other = prepaid(0);
  std::vector<Message> messages;
  for (const auto cents : {4, 4, 5, 2, 1, 0})
    messages.push_back(priced(payer, cents * kCent));
  messages.push_back(priced(other, kCent));
  messages[2].client_reference = "too dear";
  const auto outcomes = place_all(*store, messages);
  std::string told;
  for (const auto& outcome : outcomes)
    told += outcome.durable ? 'y' : outcome.unpaid ? 'n' : '?';
  EXPECT_EQ(told, "yynynyn") << "4 + 4 + 2, and what costs nothing";
  EXPECT_EQ(money_of(payer), "0.10 held 0.10");
  EXPECT_EQ(load(*store).messages.size(), 4u) << "what was refused is not there";
  expect_agreement();
  // A reference that was refused is free again.
  pay(payer, 5 * kCent);
  auto again = priced(payer, 5 * kCent);
  again.client_reference = "too dear";
  const auto outcome = place(*store, again);
  EXPECT_TRUE(outcome.durable);
  EXPECT_FALSE(outcome.earlier);
  // A replay costs nothing, whatever is left.
  auto replay = priced(payer, 5 * kCent);
  replay.client_reference = "too dear";
  EXPECT_EQ(place(*store, replay).earlier, again.id);
  EXPECT_EQ(money_of(payer), "0.15 held 0.15");
  expect_agreement();
}

TEST_F(StoreMoney, CreditAndPostpaid) {
  const auto store = open(settings("money credit"));
  const auto credit = prepaid(kCent, 2 * kCent);
  EXPECT_TRUE(place(*store, priced(credit, 3 * kCent)).durable);
  EXPECT_TRUE(place(*store, priced(credit, 1)).unpaid);
  const auto limited = account(domain::BillingMode::Postpaid, 0, 2 * kCent);
  EXPECT_TRUE(place(*store, priced(limited, 2 * kCent)).durable);
  EXPECT_TRUE(place(*store, priced(limited, 1)).unpaid);
  const auto unlimited = account(domain::BillingMode::Postpaid, 0);
  EXPECT_TRUE(place(*store, priced(unlimited, 1000 * kCent)).durable);
  EXPECT_FALSE(need(billing.balance(op, unlimited)).available);
  EXPECT_EQ(need(billing.balance(op, credit)).available, Money());
  auto nobodys = priced(CustomerId{ids.uuid7(clock.wall())}, kCent);
  EXPECT_TRUE(place(*store, nobodys).unpaid) << "who has no balance cannot pay";
  expect_agreement();
}

TEST_F(StoreMoney, RepeatsSettleOnce) {
  const auto store = open(settings("money repeat"));
  const auto payer = prepaid(10 * kCent);
  const auto one = priced(payer, 6 * kCent);
  ASSERT_TRUE(place(*store, one).durable);
  ASSERT_TRUE(place(*store, one).durable) << "it is there, and paid";
  EXPECT_EQ(money_of(payer), "0.10 held 0.06") << "inserted again, held once";
  const auto end = ended(one, MessageState::Delivered, 6 * kCent);
  ASSERT_TRUE(finish(*store, end, {}).first);
  ASSERT_TRUE(finish(*store, end, {}).first);
  ASSERT_TRUE(finish(*store, ended(one, MessageState::Failed, 0), {}).first);
  EXPECT_EQ(money_of(payer), "0.04 held 0.00");
  EXPECT_EQ(need(billing.ledger(op, payer, 10)).size(), 2u);
  EXPECT_EQ(ask("SELECT state FROM sms.messages WHERE id = '" + one.id.to_string() + "'"), "delivered");
  ASSERT_TRUE(insert(*store, one)) << "there already";
  EXPECT_EQ(money_of(payer), "0.04 held 0.00");
  expect_agreement();
}

TEST_F(StoreMoney, TwoStoresNeverOverspend) {
  const auto one = open(settings("money left")), two = open(settings("money right"));
  constexpr int kMessages = 1200, kPaid = 500;
  const auto payer = prepaid(kPaid * kCent), second = prepaid(kPaid * kCent);
  std::mutex mutex;
  std::vector<std::pair<int, Message>> durable;
  int refused = 0, answered = 0;
  std::promise<void> all;
  for (int i = 0; i < kMessages; ++i) {
    const auto m = priced(i % 3 ? payer : second, kCent);
    (i % 2 ? *one : *two).insert_once(m, [&, m, i](const Insertion& outcome) {
      std::lock_guard guard(mutex);
      if (outcome.durable) durable.emplace_back(i, m);
      refused += outcome.unpaid;
      if (++answered == kMessages) all.set_value();
    });
  }
  all.get_future().get();
  EXPECT_EQ(durable.size(), kPaid + kMessages / 3u) << "as much as there was money for";
  EXPECT_EQ(refused, kMessages - static_cast<int>(durable.size()));
  EXPECT_EQ(need(billing.balance(op, payer)).available, Money());
  // Both end theirs while both try to insert more: the settlements of one meet the holds of the other.
  std::promise<void> settled;
  std::atomic<std::size_t> left{durable.size() * 2};
  const auto count = [&] {
    if (--left == 0) settled.set_value();
  };
  for (const auto& [i, m] : durable) {
    auto& store = i % 2 ? *one : *two;
    store.finish(ended(m, MessageState::Delivered, kCent), {}, [&](bool done, const auto&) {
      EXPECT_TRUE(done);
      count();
    });
    (i % 2 ? *two : *one).insert_once(priced(m.customer, kCent), [&](const Insertion&) { count(); });
  }
  settled.get_future().get();
  EXPECT_EQ(need(billing.balance(op, payer)).balance, Money()) << "spent, and not more";
  expect_agreement();
}

// Connections are cut while money moves, and in the end the process is gone in the middle of it.
TEST_F(StoreMoney, AgreesWhateverBreaks) {
  const auto payer = prepaid(500 * kCent);
  auto store = open(settings("money broken"));
  std::mutex mutex;
  std::condition_variable quiet;
  int waiting = 0;
  std::int64_t charged = 0;
  std::vector<Message> alive;
  const auto settled = [&](const Message& m, bool done) {
    std::lock_guard guard(mutex);
    if (done) charged += m.charged->nanos();
    --waiting;
    quiet.notify_all();
  };
  const auto inserted = [&](const Message& m, const Insertion& outcome) {
    std::lock_guard guard(mutex);
    if (outcome.durable && m.id.value.bytes[15] % 2 == 0) {
      const auto end = ended(m, MessageState::Delivered, kCent);
      return store->finish(end, {}, [&, end](bool done, const auto&) { settled(end, done); });
    }
    if (outcome.durable) alive.push_back(m);
    --waiting;
    quiet.notify_all();
  };
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 200; ++i) {
      {
        std::lock_guard guard(mutex);
        ++waiting;
      }
      const auto m = priced(payer, kCent);
      store->insert_once(m, [&, m](const Insertion& outcome) { inserted(m, outcome); });
      if (i % 100 == 50)
        postgres().run("postgres",
                       "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'warpd'");
    }
    std::unique_lock lock(mutex);
    quiet.wait(lock, [&] { return waiting == 0; });
    lock.unlock();
    const auto now = run(billing.balance(op, payer));
    ASSERT_TRUE(now || now.error().kind == ErrorKind::Unknown || now.error().kind == ErrorKind::Unavailable);
  }
  const auto now = need(billing.balance(op, payer));
  EXPECT_EQ(now.balance.nanos(), 500 * kCent - charged);
  EXPECT_EQ(now.held.nanos(), static_cast<std::int64_t>(alive.size()) * kCent);
  EXPECT_LE(static_cast<std::int64_t>(alive.size()) * kCent + charged, 500 * kCent);
  EXPECT_GT(charged, 0);
  expect_agreement();
  for (int i = 0; i < 300; ++i)
    store->insert(priced(payer, 1), [](bool) {});
  store.reset();
  expect_agreement();
  // What is alive after it is settled by the next process.
  store = open(settings("money broken"));
  const auto left = load(*store).messages;
  std::promise<void> all;
  std::size_t answered = 0;
  for (const auto& m : left)
    store->finish(ended(m, MessageState::Expired, 0), {}, [&](bool done, const auto&) {
      EXPECT_TRUE(done);
      if (++answered == left.size()) all.set_value();
    });
  ASSERT_GE(left.size(), alive.size());
  all.get_future().get();
  EXPECT_EQ(need(billing.balance(op, payer)).balance.nanos(), 500 * kCent - charged);
  expect_agreement();
}

// Random lives of messages in random batches: what holds, holds at every moment.
TEST_F(StoreMoney, RandomSequencesKeepTheInvariants) {
  std::mt19937 random(20260612);
  const auto pick = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  const auto store = open(gathering("money random"));
  std::vector<CustomerId> payers{prepaid(50 * kCent), prepaid(5 * kCent, 20 * kCent),
                                 account(domain::BillingMode::Postpaid, 0, 40 * kCent),
                                 account(domain::BillingMode::Postpaid, 0)};
  std::map<CustomerId, std::int64_t> balance, held;
  for (const auto payer : payers)
    balance[payer] = need(billing.balance(op, payer)).balance.nanos();
  std::vector<Message> alive, dead;
  for (int round = 0; round < 12; ++round) {
    std::vector<Message> batch;
    for (int i = pick(40); i >= 0; --i)
      batch.push_back(priced(payers[static_cast<std::size_t>(pick(4))], pick(4) * kCent + pick(1000)));
    const auto outcomes = place_all(*store, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      ASSERT_NE(outcomes[i].durable, outcomes[i].unpaid);
      if (!outcomes[i].durable) continue;
      held[batch[i].customer] += batch[i].price->amount.nanos();
      alive.push_back(batch[i]);
    }
    std::shuffle(alive.begin(), alive.end(), random);
    std::promise<void> all;
    std::size_t asked = 1, answered = 0;
    std::mutex mutex;
    const auto count = [&] {
      std::lock_guard guard(mutex);
      if (++answered == asked) all.set_value();
    };
    const auto end = [&](const Message& message) {
      {
        std::lock_guard guard(mutex);
        ++asked;
      }
      store->finish(message, {}, [&](bool durable, const auto&) {
        EXPECT_TRUE(durable);
        count();
      });
    };
    for (int i = pick(static_cast<int>(alive.size()) + 1); i > 0; --i) {
      const auto m = alive.back();
      alive.pop_back();
      const auto charged = pick(3) ? m.price->amount.nanos() : 0;
      held[m.customer] -= m.price->amount.nanos();
      balance[m.customer] -= charged;
      dead.push_back(ended(m, charged ? MessageState::Delivered : MessageState::Cancelled, charged));
      end(dead.back());
    }
    for (int i = pick(5); i > 0 && !dead.empty(); --i)
      end(dead[static_cast<std::size_t>(pick(static_cast<int>(dead.size())))]);  // again
    count();
    all.get_future().get();
    if (pick(3) == 0) {
      pay(payers[0], 7 * kCent);
      balance[payers[0]] += 7 * kCent;
    }
    for (const auto payer : payers) {
      const auto now = need(billing.balance(op, payer));
      ASSERT_EQ(now.balance.nanos(), balance[payer]) << round;
      ASSERT_EQ(now.held.nanos(), held[payer]) << round;
      ASSERT_TRUE(!now.available || *now.available >= Money()) << round;
    }
    expect_agreement();
  }
}

TEST_F(StoreMoney, PaymentsAreOneAReferenceUnderConcurrency) {
  const auto payer = prepaid(0);
  const auto first = pay(payer, kCent, "order 1");
  EXPECT_FALSE(first.repeated);
  const auto second = pay(payer, 5 * kCent, "order 1");
  EXPECT_TRUE(second.repeated);
  EXPECT_EQ(second.entry.id, first.entry.id);
  EXPECT_EQ(second.entry.amount.nanos(), kCent);
  std::vector<std::future<Expected<Posted>>> running;
  for (int i = 0; i < 8; ++i)
    running.push_back(boost::asio::co_spawn(
        t.control.executor(),
        billing.post(op, {payer, EntryKind::Payment, Money::from_nanos(kCent), "at once", ""}),
        boost::asio::use_future));
  int fresh_ones = 0;
  for (auto& one : running) {
    const auto posted = one.get();
    ASSERT_TRUE(posted);
    fresh_ones += !posted->repeated;
  }
  EXPECT_EQ(fresh_ones, 1);
  EXPECT_EQ(money_of(payer), "0.02 held 0.00");
  EXPECT_EQ(failure(billing.post(op, {payer, EntryKind::Payment, Money::from_nanos(-1), "negative", ""})),
            ErrorKind::Invalid);
  expect_agreement();
}

TEST_F(StoreMoney, LedgersAreAppendOnlyAndTheTenantsOwn) {
  const auto mine = prepaid(kCent), others = prepaid(kCent);
  EXPECT_EQ(need(billing.ledger(as(mine), mine, 10)).size(), 1u);
  EXPECT_TRUE(need(billing.ledger(as(mine), others, 10)).empty());
  EXPECT_EQ(failure(billing.balance(as(mine), others)), ErrorKind::NotFound);
  EXPECT_EQ(failure(billing.post(as(mine), {mine, EntryKind::Payment, Money::from_nanos(1), "own", ""})),
            ErrorKind::Forbidden);
  EXPECT_THROW(ask("UPDATE billing.ledger SET amount_nanos = 5"), std::exception);
  EXPECT_THROW(ask("DELETE FROM billing.ledger"), std::exception);
  EXPECT_EQ(failure(customers.remove(op, mine)), ErrorKind::InUse) << "an account with a ledger stays";
}

TEST_F(StoreMoney, TheAuditFindsWhatIsWrong) {
  const auto payer = prepaid(kCent);
  const auto store = open(settings("money audit"));
  const auto m = priced(payer, kCent);
  ASSERT_TRUE(insert(*store, m));
  ASSERT_TRUE(finish(*store, ended(m, MessageState::Delivered, kCent), {}).first);
  const auto id = "'" + payer.to_string() + "'";
  const auto rules = [&] {
    std::string out;
    for (const auto& wrong : need(billing.audit(op, std::nullopt)))
      if (wrong.customer == payer) out += wrong.rule + " ";
    return out;
  };
  const auto broken = [&](const std::string& change, const std::string& back) {
    ask(change);
    auto found = rules();
    ask(back);
    return found;
  };
  EXPECT_EQ(rules(), "");
  const auto balances = "UPDATE billing.balances SET ";
  EXPECT_EQ(broken(balances + ("balance_nanos = 7 WHERE customer_id = " + id),
                   balances + ("balance_nanos = 0 WHERE customer_id = " + id)),
            "balance ");
  EXPECT_EQ(broken(balances + ("held_nanos = 7 WHERE customer_id = " + id),
                   balances + ("held_nanos = 0 WHERE customer_id = " + id)),
            "held ");
  EXPECT_EQ(broken("UPDATE records.mdrs SET charged_nanos = 7 WHERE customer_id = " + id,
                   "UPDATE records.mdrs SET charged_nanos = " + std::to_string(kCent) +
                       " WHERE customer_id = " + id),
            "charges ");
}

}  // namespace
}  // namespace warp::store
