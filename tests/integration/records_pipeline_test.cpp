// From the journal's form of a record into the database, out of the outbox, and past calls at other prices.
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "warp/records/outbox_pump.h"
#include "warp/records/record_codec.h"
#include "warp/records/rerater.h"
#include "warp/records/store_writer.h"
#include "warp/store/billing.h"

#include "integration/store_fixture.h"
#include "support/file_sink.h"
#include "support/sample_records.h"

namespace warp::records {
namespace {

using domain::CallRecord;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

class RecordsPipeline : public test::StoreTest {
 protected:
  CallRecord call(CustomerId customer, WallTime when, std::int64_t per_minute) {
    CallRecord out;
    out.id = RecordId{ids.uuid7(when)};
    out.call = CallId{ids.uuid7(when)};
    out.customer = customer;
    out.setup_at = out.ended_at = when;
    out.answered_at = when;
    out.duration_us = 60'000'000;
    out.dni_e164 = "442079460000";
    out.price.emplace();
    out.price->prefix = "44";
    out.price->per_minute = out.price->amount = Money::from_nanos(per_minute);
    out.price->decimals = 9;
    out.charge.charged = out.price->amount;
    return out;
  }
  std::uint64_t store(std::vector<CallRecord> records) {
    StoreWriter writer(repository);
    const auto done =
        t.run(writer.write(std::make_shared<const std::vector<CallRecord>>(std::move(records))));
    EXPECT_TRUE(done);
    return done ? *done : 0;
  }
  static boost::asio::awaitable<bool> go_on(std::uint64_t) { co_return true; }
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }

  SeededIdSource ids{20'28};
  store::RecordRepository repository{t.pool};
  store::BillingRepository billing{t.pool};
  store::RerateRepository rerates{t.pool};
};

// What no journal brings up cannot be stored either: random text, counters and times within what a day has.
TEST_F(RecordsPipeline, EveryFieldSurvivesJournalAndDatabase) {
  test::RandomRecords random(5);
  const auto when = WallTime(std::chrono::sys_days{std::chrono::year{2028} / 1 / 1});
  for (int i = 0; i < 50; ++i) {
    auto made = random.next();
    made.state = domain::RecordState::Final;
    made.customer = {};
    made.charge = {};
    made.setup_at = when + i * 1s;
    made.ended_at = when + 1h;
    for (auto* time : {&made.ringing_at, &made.answered_at})
      if (*time) *time = when + 30min;
    std::string bytes;
    encode(made, bytes);
    auto journalled = decode(bytes);
    ASSERT_TRUE(journalled);
    EXPECT_EQ(store({*journalled}), 1u);
    auto got = need(repository.get(op, made.id));
    EXPECT_EQ(got.cost_base, made.cost_base);
    EXPECT_EQ(got.caller_media.mos_e2, made.caller_media.mos_e2);
    EXPECT_EQ(got.numbers.made(), made.numbers.made());
    EXPECT_EQ(got.numbers->called.dipped, made.numbers->called.dipped);
    EXPECT_EQ(got.numbers->jurisdiction, made.numbers->jurisdiction);
    EXPECT_EQ(got.decision.made(), made.decision.made());
    EXPECT_EQ(got.decision->rejected.size(), made.decision->rejected.size());
    ASSERT_EQ(got.price.has_value(), made.price.has_value());
    if (!made.price) continue;
    EXPECT_EQ(got.price->attempt_fee, made.price->attempt_fee);
    EXPECT_EQ(got.price->schedule, made.price->schedule);
    EXPECT_EQ(got.price->jurisdiction, made.price->jurisdiction);
  }
}

TEST_F(RecordsPipeline, TheOutboxReachesItsSinkInOrderAndOnce) {
  char pattern[] = "/tmp/warp-outbox-XXXXXX";
  const fs::path folder = ::mkdtemp(pattern);
  store::OutboxRepository outbox(t.pool);
  need(outbox.purge());
  ASSERT_TRUE(run(outbox.subscribe("file")));
  const auto payer = customer().id;
  const auto when = WallTime(std::chrono::sys_days{std::chrono::year{2028} / 2 / 1});
  std::vector<CallRecord> sent;
  for (int i = 0; i < 25; ++i)
    sent.push_back(call(payer, when + i * 1s, 0));
  store(sent);
  test::FileSink sink(folder / "events");
  OutboxPump pump(outbox, sink, "file", 10);
  sink.refuses = true;
  EXPECT_EQ(t.run(pump.drain()), 0u);
  sink.refuses = false;
  EXPECT_EQ(t.run(pump.drain()), 25u);
  EXPECT_EQ(t.run(pump.drain()), 0u);
  std::ifstream file(folder / "events");
  std::size_t at = 0;
  for (std::string line; std::getline(file, line); ++at) {
    ASSERT_LT(at, sent.size());
    EXPECT_THAT(line, ::testing::EndsWith("call " + sent[at].id.to_string()));
  }
  EXPECT_EQ(at, sent.size());
  ASSERT_TRUE(run(outbox.unsubscribe("file")));
  need(outbox.purge());
  fs::remove_all(folder);
}

TEST_F(RecordsPipeline, APreviewCountsAndARunCorrectsWhatItShowed) {
  const auto payer = customer().id;
  const auto when = WallTime(std::chrono::sys_days{std::chrono::year{2028} / 3 / 1});
  auto emergency = call(payer, when + 3s, 90);
  emergency.facts->emergency = true;
  store({call(payer, when, 100), call(payer, when + 1s, 40), call(payer, when + 2s, 70), emergency});
  const auto before = need(billing.balance(op, payer)).balance;
  // 40 a minute; nobody knows of the third.
  const Repricer reprice = [&](const CallRecord& record) -> std::optional<domain::PricedSide> {
    if (record.setup_at == when + 2s) return std::nullopt;
    auto price = *record.price;
    price.prefix = "442";
    price.amount = Money::from_nanos(40);
    return price;
  };
  store::RerateScope scope;
  scope.from = when;
  scope.to = when + 1h;
  scope.customer = payer;
  Rerater rerater(repository, rerates);
  const Rerater::Progress progress = go_on;
  const auto looked = t.run(rerater.preview(scope, reprice, progress));
  ASSERT_TRUE(looked);
  EXPECT_EQ(looked->seen, 4u);
  EXPECT_EQ(looked->changed, 1u);
  EXPECT_EQ(looked->unchanged, 1u);
  EXPECT_EQ(looked->unpriceable, 2u);
  const auto& sums = looked->customers.at(payer);
  EXPECT_EQ(sums.before.nanos(), 140);
  EXPECT_EQ(sums.after.nanos(), 80);
  EXPECT_EQ(looked->prefixes.at("442").records, 2u);
  EXPECT_EQ(need(billing.balance(op, payer)).balance, before) << "only looked";

  const auto made = need(rerates.create(op, scope, {}));
  ASSERT_TRUE(run(rerates.start(op, made.id)));
  const auto done = t.run(rerater.commit(made.id, scope, reprice, progress));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->changed, 1u);
  EXPECT_EQ(need(billing.balance(op, payer)).balance.nanos(), before.nanos() + 60);
  const auto again = t.run(rerater.commit(made.id, scope, reprice, progress));
  ASSERT_TRUE(again) << "as after a crash";
  EXPECT_EQ(need(billing.balance(op, payer)).balance.nanos(), before.nanos() + 60);
  ASSERT_TRUE(run(rerates.finish(made.id, to_json(*done))));
  EXPECT_THAT(need(rerates.get(op, made.id)).summary, ::testing::HasSubstr("\"before\""));
  EXPECT_EQ(ask("SELECT count(*) FROM billing.check_all()"), "0");
}

TEST(ReratedCharge, IsConvertedAsTheCallWas) {
  CallRecord record;
  record.price.emplace();
  record.price->currency = *Currency::parse("EUR");
  record.charge.currency = Currency{};
  record.charge.charged = Money::from_nanos(109);
  record.charge.fx_pico = 1'090'000'000'000;
  domain::PricedSide price;
  price.decimals = 9;
  price.amount = Money::from_nanos(50);
  EXPECT_EQ(charge_at(record, price)->nanos(), 50) << "already in the account's";
  price.currency = record.price->currency;
  EXPECT_EQ(charge_at(record, price)->nanos(), 55) << "54.5, half up";
  price.currency = *Currency::parse("JPY");
  EXPECT_FALSE(charge_at(record, price));
}

}  // namespace
}  // namespace warp::records
