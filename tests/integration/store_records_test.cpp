#include "warp/base/random.h"
#include "warp/store/record_repository.h"
#include "warp/store/trunks.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using domain::CallRecord;
using namespace std::chrono_literals;

WallTime at(std::chrono::year_month_day day, std::chrono::microseconds time = 0us) {
  return WallTime(std::chrono::sys_days(day)) + time;
}

class StoreRecords : public test::StoreTest {
 protected:
  using Batch = std::vector<CallRecord>;

  CallRecord record(CustomerId owner, WallTime when) {
    static SeededIdSource ids(20'26);
    CallRecord out;
    out.id = RecordId{ids.uuid7(when)};
    out.call = CallId{ids.uuid7(when)};
    out.customer = owner;
    out.setup_at = when;
    out.ended_at = when + 10s;
    out.ani_e164 = "12025550001";
    out.dni_e164 = "442079460000";
    return out;
  }
  static std::shared_ptr<const Batch> batch(Batch records) {
    return std::make_shared<const Batch>(std::move(records));
  }
  static RecordFilter between(WallTime from, WallTime to) {
    RecordFilter filter;
    filter.from = from;
    filter.to = to;
    return filter;
  }
  RecordRepository records{t.pool};
};

CallRecord full_record(CallRecord out, const Trunk& trunk) {
  out.trunk = trunk.id;
  out.direction = domain::Direction::Inbound;
  out.provider = *ProviderId::parse("018f0000-0000-7000-8000-00000000000a");
  out.sip_call_id = "a{\"b,\\c}'NULL";
  out.far_sip_call_id = "far";
  out.facts->emergency = true;
  out.facts->credential = "a\"b";
  out.facts->refreshes = 7;
  out.source_address = "192.0.2.1:5060";
  out.ani = "+12025550001";
  out.dni = "442079460000";
  out.ringing_at = out.setup_at + 1s;
  out.answered_at = out.setup_at + 2s;
  out.duration_us = 8'000'001;
  out.pdd_ms = 950;
  out.disposition = domain::Disposition::Answered;
  out.reason = domain::Reason::MediaTimeout;
  out.sip_status = 200;
  out.q850 = 31;
  out.release_side = domain::ReleaseSide::Callee;
  domain::PricedSide side;
  side.plan = *RatePlanId::parse("018f0000-0000-7000-8000-00000000000b");
  side.plan_version = 12;
  side.prefix = "44";
  side.per_minute = Money::from_nanos(123);
  side.setup_fee = Money::from_nanos(4);
  side.amount = Money::from_nanos(56789);
  side.currency = *Currency::parse("EUR");
  side.initial_increment = 30;
  side.increment = 6;
  side.minimum_seconds = 1;
  side.billed_seconds = 30;
  side.rounding = Rounding::Up;
  side.decimals = 4;
  side.jurisdiction = domain::Jurisdiction::IntraLata;
  side.attempt_fee = Money::from_nanos(5);
  side.surcharge = Money::from_nanos(6);
  side.free_seconds = 7;
  side.schedule = 40000;
  out.price = side;
  side.amount = Money::from_nanos(40000);
  out.cost = side;
  out.margin = Money::from_nanos(16789);
  out.caller_media = {"PCMU/8000", 1, 2, 3, 4, 5, 6, 7u, std::uint8_t{8}, std::uint16_t{441}};
  out.callee_media = {"G722/8000", std::uint64_t{1} << 40, 20,           30,          40, 50,
                      60,          std::nullopt,           std::nullopt, std::nullopt};
  std::uint32_t figure = 1'000;
  domain::each_figure(out.caller_media.quality.write(),
                      [&figure](const char*, auto& value) { value = figure++; });
  out.callee_media.quality->duplicates = 0;
  out.callee_media.quality->xr_loss_e4 = ~0u - 1;
  out.attempts.push_back({out.provider, *RouteId::parse("018f0000-0000-7000-8000-00000000000c"), 77,
                          "198.51.100.1:5060", 503, domain::Reason::FarEndRejected, 40});
  out.attempts.push_back({{}, {}, 78, "quote\" and \\ and \n", 0, domain::Reason::FarEndTimeout, 5000});
  auto& numbers = out.numbers.write();
  numbers.caller.lrn = "12025559999";
  numbers.called = {
      "12125550000", "9102", true, true, {"US", "NY", "9102", "NWYRCYZN01", 132, domain::LineKind::Mobile}};
  numbers.jurisdiction = domain::Jurisdiction::Interstate;
  numbers.routing = "12125550000";
  numbers.rated = "1202";
  numbers.cnam = "SMITH, \"A\"";
  numbers.toll_free_cic = "0288";
  numbers.note = "cached";
  numbers.do_not_originate = true;
  out.charge.lease = out.call.value;
  out.charge.reserved = Money::from_nanos(90'000);
  out.charge.charged = Money::from_nanos(61'000);
  out.charge.fx_pico = 1'074'100'000'000;
  out.charge.covered_seconds = 60;
  out.charge.cut_off = true;
  out.decision->rejected.push_back({out.provider, {}, 4015});
  out.decision->considered = 3;
  out.decision->rule = "off {hours}";
  out.cost_base = Money::from_nanos(42'000);
  out.ban = "BAN-7";
  return out;
}

void expect_equal(const domain::PricedSide& got, const domain::PricedSide& wanted) {
  EXPECT_EQ(got.plan, wanted.plan);
  EXPECT_EQ(got.plan_version, wanted.plan_version);
  EXPECT_EQ(got.prefix, wanted.prefix);
  EXPECT_EQ(got.per_minute, wanted.per_minute);
  EXPECT_EQ(got.setup_fee, wanted.setup_fee);
  EXPECT_EQ(got.amount, wanted.amount);
  EXPECT_EQ(got.currency, wanted.currency);
  EXPECT_EQ(got.initial_increment, wanted.initial_increment);
  EXPECT_EQ(got.increment, wanted.increment);
  EXPECT_EQ(got.minimum_seconds, wanted.minimum_seconds);
  EXPECT_EQ(got.billed_seconds, wanted.billed_seconds);
  EXPECT_EQ(got.rounding, wanted.rounding);
  EXPECT_EQ(got.decimals, wanted.decimals);
  EXPECT_EQ(got.jurisdiction, wanted.jurisdiction);
  EXPECT_EQ(got.attempt_fee, wanted.attempt_fee);
  EXPECT_EQ(got.surcharge, wanted.surcharge);
  EXPECT_EQ(got.free_seconds, wanted.free_seconds);
  EXPECT_EQ(got.schedule, wanted.schedule);
}

void expect_equal(const domain::DippedNumber& got, const domain::DippedNumber& wanted) {
  EXPECT_EQ(got.lrn, wanted.lrn);
  EXPECT_EQ(got.spid, wanted.spid);
  EXPECT_EQ(got.dipped, wanted.dipped);
  EXPECT_EQ(got.ported, wanted.ported);
  EXPECT_EQ(got.place.country, wanted.place.country);
  EXPECT_EQ(got.place.state, wanted.place.state);
  EXPECT_EQ(got.place.ocn, wanted.place.ocn);
  EXPECT_EQ(got.place.rate_centre, wanted.place.rate_centre);
  EXPECT_EQ(got.place.lata, wanted.place.lata);
  EXPECT_EQ(got.place.kind, wanted.place.kind);
}

void expect_equal(const domain::CallNumbers& got, const domain::CallNumbers& wanted) {
  expect_equal(got.caller, wanted.caller);
  expect_equal(got.called, wanted.called);
  EXPECT_EQ(got.jurisdiction, wanted.jurisdiction);
  EXPECT_EQ(got.routing, wanted.routing);
  EXPECT_EQ(got.rated, wanted.rated);
  EXPECT_EQ(got.cnam, wanted.cnam);
  EXPECT_EQ(got.toll_free_cic, wanted.toll_free_cic);
  EXPECT_EQ(got.note, wanted.note);
  EXPECT_EQ(got.do_not_originate, wanted.do_not_originate);
}

void expect_equal(const domain::Charge& got, const domain::Charge& wanted) {
  EXPECT_EQ(got.lease, wanted.lease);
  EXPECT_EQ(got.reserved, wanted.reserved);
  EXPECT_EQ(got.charged, wanted.charged);
  EXPECT_EQ(got.currency, wanted.currency);
  EXPECT_EQ(got.fx_pico, wanted.fx_pico);
  EXPECT_EQ(got.covered_seconds, wanted.covered_seconds);
  EXPECT_EQ(got.cut_off, wanted.cut_off);
}

void expect_equal(const domain::LegMedia& got, const domain::LegMedia& wanted) {
  EXPECT_EQ(got.codec, wanted.codec);
  EXPECT_EQ(got.packets_received, wanted.packets_received);
  EXPECT_EQ(got.octets_received, wanted.octets_received);
  EXPECT_EQ(got.packets_sent, wanted.packets_sent);
  EXPECT_EQ(got.octets_sent, wanted.octets_sent);
  EXPECT_EQ(got.packets_lost, wanted.packets_lost);
  EXPECT_EQ(got.jitter_us, wanted.jitter_us);
  EXPECT_EQ(got.rtt_us, wanted.rtt_us);
  EXPECT_EQ(got.remote_loss_percent, wanted.remote_loss_percent);
  EXPECT_EQ(got.mos_e2, wanted.mos_e2);
  EXPECT_EQ(got.quality, wanted.quality);
}

TEST_F(StoreRecords, EveryFieldSurvives) {
  const auto owner = customer();
  TrunkRepository trunks(t.pool);
  NewTrunk line;
  line.customer = owner.id;
  line.name = "recorded";
  const auto trunk = need(trunks.create(op, line));
  const auto wanted = full_record(record(owner.id, at(2026y / 3 / 1, 5us)), trunk);
  EXPECT_EQ(need(records.insert(batch({wanted}))), 1u);
  const auto got = need(records.get(as(owner.id), wanted.id));
  EXPECT_EQ(got.facts, wanted.facts);
  EXPECT_EQ(got.id, wanted.id);
  EXPECT_EQ(got.call, wanted.call);
  EXPECT_EQ(got.customer, wanted.customer);
  EXPECT_EQ(got.trunk, wanted.trunk);
  EXPECT_EQ(got.direction, wanted.direction);
  EXPECT_EQ(got.provider, wanted.provider);
  EXPECT_EQ(got.sip_call_id, wanted.sip_call_id);
  EXPECT_EQ(got.far_sip_call_id, wanted.far_sip_call_id);
  EXPECT_EQ(got.source_address, wanted.source_address);
  EXPECT_EQ(got.ani, wanted.ani);
  EXPECT_EQ(got.dni, wanted.dni);
  EXPECT_EQ(got.ani_e164, wanted.ani_e164);
  EXPECT_EQ(got.dni_e164, wanted.dni_e164);
  EXPECT_EQ(got.setup_at, wanted.setup_at);
  EXPECT_EQ(got.ringing_at, wanted.ringing_at);
  EXPECT_EQ(got.answered_at, wanted.answered_at);
  EXPECT_EQ(got.ended_at, wanted.ended_at);
  EXPECT_EQ(got.duration_us, wanted.duration_us);
  EXPECT_EQ(got.pdd_ms, wanted.pdd_ms);
  EXPECT_EQ(got.disposition, wanted.disposition);
  EXPECT_EQ(got.reason, wanted.reason);
  EXPECT_EQ(got.sip_status, wanted.sip_status);
  EXPECT_EQ(got.q850, wanted.q850);
  EXPECT_EQ(got.release_side, wanted.release_side);
  ASSERT_TRUE(got.price && got.cost);
  expect_equal(*got.price, *wanted.price);
  expect_equal(*got.cost, *wanted.cost);
  EXPECT_EQ(got.margin, wanted.margin);
  expect_equal(got.caller_media, wanted.caller_media);
  expect_equal(got.callee_media, wanted.callee_media);
  ASSERT_EQ(got.attempts.size(), 2u);
  EXPECT_EQ(got.attempts[0].route, wanted.attempts[0].route);
  EXPECT_EQ(got.attempts[0].endpoint, 77);
  EXPECT_EQ(got.attempts[0].reason, domain::Reason::FarEndRejected);
  EXPECT_TRUE(got.attempts[1].provider.is_nil());
  EXPECT_EQ(got.attempts[1].address, wanted.attempts[1].address);
  EXPECT_EQ(got.attempts[1].elapsed_ms, 5000u);
  ASSERT_TRUE(got.numbers.made() && got.decision.made());
  expect_equal(got.numbers.read(), wanted.numbers.read());
  expect_equal(got.charge, wanted.charge);
  EXPECT_EQ(got.decision->considered, 3);
  EXPECT_EQ(got.decision->rule, wanted.decision->rule);
  ASSERT_EQ(got.decision->rejected.size(), 1u);
  EXPECT_EQ(got.decision->rejected[0].provider, wanted.provider);
  EXPECT_EQ(got.decision->rejected[0].reason, 4015);
  EXPECT_EQ(got.cost_base, wanted.cost_base);
  EXPECT_EQ(got.ban, wanted.ban);
  // A trunk with records stays.
  EXPECT_EQ(failure(trunks.remove(as(owner.id), trunk.id)), ErrorKind::InUse);
  EXPECT_EQ(need(trunks.cascade(op, trunk.id)).records, 1u);
}

TEST_F(StoreRecords, ABatchIsInsertedOnceHoweverOftenItComes) {
  const auto owner = customer();
  Batch sent;
  for (int day = 1; day <= 3; ++day)
    for (int i = 0; i < 100; ++i)
      sent.push_back(record(owner.id, at(2026y / 4 / static_cast<unsigned>(day), i * 1s)));
  const auto first = batch(sent);
  EXPECT_EQ(need(records.insert(first)), 300u);
  EXPECT_EQ(need(records.insert(first)), 0u);
  sent.push_back(record(owner.id, at(2026y / 4 / 4)));
  sent.push_back(sent.back());
  EXPECT_EQ(need(records.insert(batch(sent))), 1u) << "the same twice in one batch";
  EXPECT_EQ(need(records.list(op, between(at(2026y / 4 / 1), at(2026y / 4 / 30)), {})).total, 301u);
}

TEST_F(StoreRecords, ADraftIsRefused) {
  auto draft = record(customer().id, at(2026y / 4 / 9));
  draft.state = domain::RecordState::Answered;
  EXPECT_EQ(failure(records.insert(batch({draft}))), ErrorKind::Invalid);
}

TEST_F(StoreRecords, HostileTextHoldsUpNoBatch) {
  const auto owner = customer();
  auto hostile = record(owner.id, at(2026y / 5 / 1));
  hostile.sip_call_id = std::string("a\0b\xff\xc3\x28\xed\xa0\x80z", 10);
  hostile.ani = "\xf0\x9f\x98\x80 {,}\" \\N";
  hostile.attempts.push_back({});
  hostile.attempts.back().address = std::string("\x01\0\xfe", 3);
  const auto good = record(owner.id, at(2026y / 5 / 1, 1s));
  EXPECT_EQ(need(records.insert(batch({hostile, good}))), 2u);
  const auto got = need(records.get(op, hostile.id));
  EXPECT_EQ(got.ani, hostile.ani);
  EXPECT_THAT(got.sip_call_id, ::testing::StartsWith("a\xEF\xBF\xBD"
                                                     "b"));
  EXPECT_THAT(got.sip_call_id, ::testing::EndsWith("z"));
}

TEST_F(StoreRecords, ADroppedPartitionIsMadeAgain) {
  const auto owner = customer();
  EXPECT_EQ(need(records.insert(batch({record(owner.id, at(2026y / 6 / 1))}))), 1u);
  postgres().run(postgres().migrated_database(), "DROP TABLE records.cdrs_20260601");
  EXPECT_EQ(need(records.insert(batch({record(owner.id, at(2026y / 6 / 1))}))), 1u);
  ASSERT_TRUE(run(records.prepare_days(at(2026y / 6 / 1), 3)));
  EXPECT_EQ(postgres().run(postgres().migrated_database(),
                           "SELECT to_regclass('records.cdrs_20260604') IS NOT NULL"),
            "t");
}

TEST_F(StoreRecords, ATenantSeesItsOwnRecordsOnly) {
  const auto mine = customer(), other = customer();
  const auto when = at(2026y / 7 / 1);
  const auto a = record(mine.id, when), b = record(other.id, when), nobodys = record({}, when);
  need(records.insert(batch({a, b, nobodys})));
  const auto range = between(when, when + 24h);
  EXPECT_EQ(need(records.list(op, range, {})).total, 3u);
  const auto seen = need(records.list(as(mine.id), range, {}));
  ASSERT_EQ(seen.total, 1u);
  EXPECT_EQ(seen.items[0].id, a.id);
  EXPECT_EQ(failure(records.get(as(mine.id), b.id)), ErrorKind::NotFound);
  EXPECT_EQ(failure(records.get(as(mine.id), nobodys.id)), ErrorKind::NotFound);
  EXPECT_TRUE(need(records.get(op, nobodys.id)).customer.is_nil());
  EXPECT_EQ(need(records.statistics(as(mine.id), range)).total, 1u);
  auto theirs = range;
  theirs.customer = other.id;
  EXPECT_EQ(need(records.list(as(mine.id), theirs, {})).total, 0u);
}

TEST_F(StoreRecords, FiltersPagesAndCursor) {
  const auto owner = customer();
  Batch sent;
  for (int i = 0; i < 10; ++i) {
    auto one = record(owner.id, at(2026y / 8 / 1, (i / 2) * 1s));
    one.disposition = i % 2 ? domain::Disposition::Busy : domain::Disposition::NoAnswer;
    one.direction = i < 5 ? domain::Direction::Inbound : domain::Direction::Outbound;
    one.ani_e164 = i < 3 ? "12025550001" : "13035550001";
    sent.push_back(one);
  }
  need(records.insert(batch(sent)));
  const auto range = between(at(2026y / 8 / 1), at(2026y / 8 / 2));
  const auto count = [&](auto change) {
    auto filter = range;
    change(filter);
    return need(records.list(as(owner.id), filter, {})).total;
  };
  EXPECT_EQ(count([](RecordFilter& f) { f.disposition = "NO ANSWER"; }), 5u);
  EXPECT_EQ(count([](RecordFilter& f) { f.direction = domain::Direction::Inbound; }), 5u);
  EXPECT_EQ(count([](RecordFilter& f) { f.ani = "12025550001"; }), 3u);
  EXPECT_EQ(count([](RecordFilter& f) { f.ani = "1303*"; }), 7u);
  EXPECT_EQ(count([](RecordFilter& f) { f.dni = "44%"; }), 0u) << "no pattern but the trailing star";
  EXPECT_EQ(count([](RecordFilter& f) { f.to = f.from + 1s; }), 2u) << "the end is not part of the range";

  std::set<RecordId> seen;
  for (std::uint32_t page = 1; page <= 4; ++page)
    for (const auto& one : need(records.list(as(owner.id), range, {page, 3})).items)
      seen.insert(one.id);
  EXPECT_EQ(seen.size(), 10u);
  // The cursor passes equal times without loss or repeat.
  std::vector<CallRecord> walked;
  std::optional<RecordRepository::Cursor> after;
  for (int round = 0; round < 4; ++round) {
    for (auto& one : need(records.next(as(owner.id), range, after, 3)))
      walked.push_back(std::move(one));
    after = {walked.back().setup_at, walked.back().id};
  }
  ASSERT_EQ(walked.size(), 10u);
  for (std::size_t i = 1; i < walked.size(); ++i)
    EXPECT_GT(std::pair(walked[i - 1].setup_at, walked[i - 1].id),
              std::pair(walked[i].setup_at, walked[i].id));
}

TEST_F(StoreRecords, StatisticsAndTrendsAddUp) {
  const auto owner = customer();
  Batch sent;
  for (int i = 0; i < 6; ++i) {
    auto one = record(owner.id, at(2026y / 9 / 7, 22h + i * 30min));
    if (i % 2 == 0) {
      one.disposition = domain::Disposition::Answered;
      one.answered_at = one.setup_at;
      one.duration_us = 1'500'000;
      one.price.emplace();
      one.price->amount = Money::from_nanos(100);
      one.price->billed_seconds = 2;
    }
    sent.push_back(one);
  }
  need(records.insert(batch(sent)));
  const auto range = between(at(2026y / 9 / 7), at(2026y / 9 / 9));
  const auto sums = need(records.statistics(as(owner.id), range));
  EXPECT_EQ(sums.total, 6u);
  EXPECT_EQ(sums.answered, 3u);
  EXPECT_EQ(sums.seconds, 4u) << "4.5 s";
  EXPECT_EQ(sums.billed_seconds, 6u);
  EXPECT_EQ(sums.by_disposition.at("ANSWERED"), 3u);
  EXPECT_EQ(sums.by_disposition.at("FAILED"), 3u);
  EXPECT_EQ(sums.by_direction.at("outbound"), 6u);
  EXPECT_EQ(sums.charged.at("USD"), Money::from_nanos(300));

  const auto days = need(records.trends(as(owner.id), range, Granularity::Day, 0));
  ASSERT_EQ(days.size(), 2u);
  EXPECT_EQ(days[0].start, at(2026y / 9 / 7));
  EXPECT_EQ(days[0].total, 4u);
  EXPECT_EQ(days[1].answered, 1u);
  // Local days that begin at 04:00 UTC (US Eastern in summer): all on one.
  const auto local = need(records.trends(as(owner.id), range, Granularity::Day, 240));
  ASSERT_EQ(local.size(), 3u) << "the range touches three local days";
  EXPECT_EQ(local[0].start, at(2026y / 9 / 6, 4h));
  EXPECT_EQ(local[1].start, at(2026y / 9 / 7, 4h));
  EXPECT_EQ(local[1].total, 6u);
  EXPECT_EQ(local[1].charged, Money::from_nanos(300));
  EXPECT_EQ(local[1].by_currency.at("USD"), Money::from_nanos(300));
  EXPECT_EQ(local[2].total + local[0].total, 0u);
  const auto hours = need(records.trends(as(owner.id), range, Granularity::Hour, 0));
  ASSERT_EQ(hours.size(), 48u);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    EXPECT_EQ(hours[i].start, at(2026y / 9 / 7) + i * 1h);
    EXPECT_EQ(hours[i].total, i >= 22 && i <= 24 ? 2u : 0u) << i;
  }
  EXPECT_TRUE(hours[0].by_currency.empty());
  EXPECT_EQ(need(records.trends(as(owner.id), range, Granularity::Week, -345)).size(), 1u) << "Monday 05:45";
  EXPECT_EQ(need(records.trends(as(owner.id), range, Granularity::Week, 210)).size(), 2u) << "Sunday 20:30";
  const auto weeks = need(records.trends(as(owner.id), range, Granularity::Week, 0));
  ASSERT_EQ(weeks.size(), 1u);
  EXPECT_EQ(weeks[0].start, at(2026y / 9 / 7)) << "a Monday";
}

}  // namespace
}  // namespace warp::store
