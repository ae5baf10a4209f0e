// Imports of decks: what is in force before, at and after a publication; refusals; going back.
#include <algorithm>

#include "warp/store/catalogue_repository.h"
#include "warp/store/deck_imports.h"
#include "warp/store/fx.h"
#include "warp/store/schedules.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::Rate;
using std::chrono::hours;

class StoreImports : public test::StoreTest {
 protected:
  static std::function<bool(Rate&)> source_of(std::vector<Rate> lines) {
    return [lines = std::move(lines), at = std::size_t{0}](Rate& out) mutable {
      if (at == lines.size()) return false;
      out = lines[at++];
      return true;
    };
  }
  RatePlanId plan_with(std::vector<Rate> lines) {
    const auto made = plan();
    const DeckLines shared = std::make_shared<const std::vector<Rate>>(std::move(lines));
    need(plans.publish(op, made.id, shared, "test"));
    return made.id;
  }
  DeckImport ready(RatePlanId plan, std::vector<Rate> lines, const std::string& mode = "REPLACE",
                   const std::string& diff = "{}") {
    NewDeckImport wanted;
    wanted.plan = plan;
    wanted.mode = mode;
    const auto import = need(imports.create(op, wanted));
    EXPECT_EQ(import.state, "loading");
    const auto count = lines.size();
    const auto deck = need(plans.load(op, plan, source_of(std::move(lines)), "test"));
    const auto done = run(imports.ready(import.id, deck, count, diff));
    EXPECT_FALSE(done.has_error());
    return import;
  }
  std::vector<Rate> in_force(RatePlanId plan) {
    Page page;
    page.per_page = 1000;
    return need(plans.rates(op, plan, "", page)).items;
  }

  DeckImportRepository imports{t.pool};
};

TEST_F(StoreImports, AReadyOneChangesNothingUntilItIsPublished) {
  const auto plan = plan_with({line_of("1", 10), line_of("44", 20)});
  const auto before = need(plans.get(op, plan));
  const auto import = ready(plan, {line_of("1", 11)});
  EXPECT_EQ(in_force(plan).size(), 2u);
  EXPECT_EQ(need(plans.get(op, plan)).version, before.version);
  const auto done = need(imports.publish(op, import.id, std::nullopt, false));
  EXPECT_EQ(done.refusal, PublishRefusal::None);
  EXPECT_EQ(done.import.state, "published");
  ASSERT_EQ(in_force(plan).size(), 1u);
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 11);
  EXPECT_EQ(need(plans.get(op, plan)).version, before.version + 1);
  EXPECT_EQ(need(imports.publish(op, import.id, std::nullopt, false)).refusal, PublishRefusal::NotReady);
}

TEST_F(StoreImports, OneForAMomentToComeIsOneDeckOfOldAndNew) {
  const auto plan = plan_with({line_of("1", 10), line_of("44", 20)});
  const auto moment = std::chrono::floor<std::chrono::seconds>(clock.wall()) + hours(48);
  const auto import =
      ready(plan, {line_of("1", 11), line_of("1", 12, WallTime(hours(1)), 0x10), line_of("49", 9)});
  const auto done = need(imports.publish(op, import.id, moment, false));
  EXPECT_EQ(done.import.state, "scheduled");
  EXPECT_EQ(done.import.effective_at, moment);
  const auto lines = in_force(plan);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0].per_minute.nanos(), 10);
  EXPECT_EQ(lines[0].effective_to, moment);
  EXPECT_EQ(lines[1].per_minute.nanos(), 11);
  EXPECT_EQ(lines[1].effective_from, moment);
  EXPECT_EQ(lines[2].per_minute.nanos(), 12);
  EXPECT_GT(lines[2].effective_from, moment) << "the later version still goes before";
  EXPECT_EQ(lines[3].effective_to, moment) << "44 closes";
  const auto back = need(imports.roll_back(op, import.id));
  EXPECT_EQ(back.refusal, PublishRefusal::None);
  EXPECT_EQ(back.import.state, "rolled_back");
  EXPECT_EQ(in_force(plan).size(), 2u);
  EXPECT_EQ(in_force(plan)[0].effective_to, std::nullopt);
}

TEST_F(StoreImports, AMergeLeavesWhatItDoesNotName) {
  const auto later = std::chrono::floor<std::chrono::seconds>(clock.wall()) + hours(24);
  const auto plan =
      plan_with({line_of("1", 10), line_of("1", 15, later), line_of("44", 20), line_of("44", 25, later)});
  const auto import = ready(plan, {line_of("1", 11)}, "MERGE");
  EXPECT_EQ(need(imports.publish(op, import.id, std::nullopt, false)).refusal, PublishRefusal::None);
  const auto lines = in_force(plan);
  ASSERT_EQ(lines.size(), 4u) << "what was announced for 1 is gone";
  EXPECT_EQ(lines[0].per_minute.nanos(), 10);
  EXPECT_EQ(lines[1].per_minute.nanos(), 11);
  EXPECT_EQ(lines[2].per_minute.nanos(), 20);
  EXPECT_EQ(lines[3].per_minute.nanos(), 25);
}

TEST_F(StoreImports, OnlyOneMadeAgainstTheVersionInForceIsPublished) {
  const auto plan = plan_with({line_of("1", 10)});
  const auto first = ready(plan, {line_of("1", 11)});
  const auto second = ready(plan, {line_of("1", 12)});
  EXPECT_EQ(need(imports.publish(op, first.id, std::nullopt, false)).refusal, PublishRefusal::None);
  EXPECT_EQ(need(imports.publish(op, second.id, std::nullopt, false)).refusal, PublishRefusal::Stale);
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 11);
  EXPECT_EQ(need(imports.discard(op, second.id)).import.state, "discarded");
  EXPECT_EQ(need(imports.discard(op, second.id)).refusal, PublishRefusal::NotReady);
}

TEST_F(StoreImports, MarginAlarmsHaveToBeConfirmed) {
  const auto plan = plan_with({line_of("1", 10)});
  const auto import = ready(plan, {line_of("1", 1)}, "REPLACE", R"({"margin_alarms": {"total": 1}})");
  EXPECT_EQ(need(imports.publish(op, import.id, std::nullopt, false)).refusal, PublishRefusal::MarginAlarms);
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 10);
  EXPECT_EQ(need(imports.publish(op, import.id, std::nullopt, true)).refusal, PublishRefusal::None);
}

TEST_F(StoreImports, WhatCameLaterIsRolledBackFirst) {
  const auto plan = plan_with({line_of("1", 10)});
  const auto import = ready(plan, {line_of("1", 11)});
  need(imports.publish(op, import.id, std::nullopt, false));
  const DeckLines other = std::make_shared<const std::vector<Rate>>(std::vector{line_of("1", 12)});
  need(plans.publish(op, plan, other, "by hand"));
  EXPECT_EQ(need(imports.roll_back(op, import.id)).refusal, PublishRefusal::NotInForce);
  need(plans.roll_back(op, plan));
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 11);
  EXPECT_EQ(need(imports.roll_back(op, import.id)).refusal, PublishRefusal::None);
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 10) << "not the deck that was left before";
}

TEST_F(StoreImports, GoingBackNeverLeadsToADeckThatWasNotInForce) {
  const auto plan = plan_with({line_of("1", 10)});
  ready(plan, {line_of("1", 99)});
  const DeckLines other = std::make_shared<const std::vector<Rate>>(std::vector{line_of("1", 12)});
  need(plans.publish(op, plan, other, "by hand"));
  need(plans.roll_back(op, plan));
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 10);
}

TEST_F(StoreImports, ADeckThatWaitsIsNotPurged) {
  const auto plan = plan_with({line_of("1", 10)});
  const auto import = ready(plan, {line_of("1", 11)});
  need(plans.purge_decks(op, 0));
  EXPECT_EQ(need(imports.publish(op, import.id, std::nullopt, false)).refusal, PublishRefusal::None);
  EXPECT_EQ(in_force(plan)[0].per_minute.nanos(), 11);
  need(plans.purge_decks(op, 0));
  EXPECT_TRUE(need(imports.get(op, import.id)).deck);
}

TEST_F(StoreImports, ARefusedFileSaysWhy) {
  const auto plan = plan_with({line_of("1", 10)});
  NewDeckImport wanted;
  wanted.plan = plan;
  const auto import = need(imports.create(op, wanted));
  const auto done = run(imports.refuse(import.id, R"([{"line": 2}])"));
  EXPECT_FALSE(done.has_error());
  const auto refused = need(imports.get(op, import.id));
  EXPECT_EQ(refused.state, "refused");
  EXPECT_NE(refused.errors.find("2"), std::string::npos);
  Page page;
  EXPECT_EQ(need(imports.list(op, plan, page)).total, 1u);
}

TEST_F(StoreImports, EveryTermOfALineIsKept) {
  auto full = line_of("44", 7, {}, 0x0c);
  full.schedule = 5;
  full.attempt_fee = Money::from_nanos(1);
  full.surcharge = Money::from_nanos(2);
  full.free_seconds = 30;
  full.blocked = true;
  const auto plan = plan_with({full, line_of("44", 9, {}, 0x10)});
  for (const auto& lines : {in_force(plan), *need(plans.lines_of(op, *need(plans.get(op, plan)).deck))}) {
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].jurisdictions, 0x0c);
    EXPECT_EQ(lines[0].schedule, 5u);
    EXPECT_EQ(lines[0].attempt_fee.nanos(), 1);
    EXPECT_EQ(lines[0].surcharge.nanos(), 2);
    EXPECT_EQ(lines[0].free_seconds, 30u);
    EXPECT_TRUE(lines[0].blocked);
    EXPECT_EQ(lines[1].jurisdictions, 0x10);
  }
  full.surcharge = Money::from_nanos(3);
  need(plans.put_rates(op, plan, {full}));
  EXPECT_EQ(in_force(plan).size(), 2u);
  EXPECT_EQ(in_force(plan)[0].surcharge.nanos(), 3);
}

TEST_F(StoreImports, ReadersTakeADeckPageByPage) {
  std::vector<Rate> lines;
  for (int i = 0; i < 25; ++i)
    for (const domain::Jurisdictions set : {0x0e, 0x71})
      lines.push_back(line_of(std::to_string(100 + i), i, {}, set));
  const auto plan = plan_with(lines);
  const auto deck = *need(plans.get(op, plan)).deck;
  std::optional<RatePlanRepository::RateCursor> after;
  std::vector<Rate> all;
  while (true) {
    const auto page = need(plans.rates_after(op, deck, after, 7));
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < 7) break;
    const auto& last = page.back();
    after =
        RatePlanRepository::RateCursor{last.prefix, last.effective_from, last.jurisdictions, last.schedule};
  }
  ASSERT_EQ(all.size(), lines.size());
  for (std::size_t at = 0; at < all.size(); ++at) {
    EXPECT_EQ(all[at].prefix, lines[at].prefix);
    EXPECT_EQ(all[at].jurisdictions, lines[at].jurisdictions);
  }
}

TEST_F(StoreImports, TariffsComeWithTheCatalogue) {
  ScheduleRepository schedules(t.pool);
  domain::ScheduleRow row;
  row.name = fresh("peak");
  row.zone = "America/New_York";
  row.windows.push_back({31, 480, 1200});
  row.holidays = {"2025-12-25"};
  const auto made = need(schedules.create(op, row));
  FxRepository fx(t.pool);
  domain::FxRow exchange{*Currency::parse("EUR"), Currency{}, 1'083'450'000'000, clock.wall() + hours(1)};
  need(fx.add(op, exchange, "test"));
  EXPECT_EQ(failure(fx.add(op, exchange, "test")), ErrorKind::Duplicate);
  const auto plan = plan_with({line_of("1", 10)});
  RatePlanPatch patch;
  patch.unknown_as = std::optional<domain::Jurisdiction>();
  patch.match_lrn = true;
  patch.toll_free_by_origin = true;
  patch.minimum_margin = Money::from_nanos(5);
  patch.minimum_margin_e9 = 10'000'000;
  need(plans.update(op, plan, patch));
  const auto who = customer();
  ContractRepository contracts(t.pool);
  need(contracts.assign(op, who.id, plan, std::nullopt));
  need(contracts.assign(op, who.id, this->plan().id, clock.wall() + hours(2)));

  CatalogueRepository catalogues(t.pool, clock);
  const auto catalogue = need(catalogues.load(nullptr));
  const auto schedule = std::find_if(catalogue->schedules.begin(), catalogue->schedules.end(),
                                     [&](const auto& one) { return one.id == made.row.id; });
  ASSERT_NE(schedule, catalogue->schedules.end());
  EXPECT_EQ(schedule->windows[0].weekdays, 31);
  EXPECT_EQ(schedule->windows[0].to_minute, 1200);
  EXPECT_EQ(schedule->holidays, std::vector<std::string>{"2025-12-25"});
  EXPECT_FALSE(catalogue->fx.empty());
  const auto loaded = std::find_if(catalogue->rate_plans.begin(), catalogue->rate_plans.end(),
                                   [&](const auto& one) { return one.id == plan; });
  ASSERT_NE(loaded, catalogue->rate_plans.end());
  EXPECT_EQ(loaded->unknown_as, std::nullopt);
  EXPECT_TRUE(loaded->match_lrn);
  EXPECT_TRUE(loaded->toll_free_by_origin);
  EXPECT_EQ(loaded->minimum_margin.nanos(), 5);
  EXPECT_EQ(loaded->minimum_margin_e9, 10'000'000);
  const auto customer = std::find_if(catalogue->customers.begin(), catalogue->customers.end(),
                                     [&](const auto& one) { return one.id == who.id; });
  ASSERT_NE(customer, catalogue->customers.end());
  ASSERT_EQ(customer->plans.size(), 2u);
  EXPECT_EQ(customer->plans[0].to, customer->plans[1].from);
  need(fx.remove(op, exchange.from, exchange.to, exchange.effective_from));
  need(schedules.remove(op, made.row.id));
}

}  // namespace
}  // namespace warp::store
