#include "warp/records/record_codec.h"

#include <gtest/gtest.h>

#include "support/sample_records.h"

namespace warp::records {
namespace {

std::string encoded(const domain::CallRecord& record) {
  std::string bytes;
  encode(record, bytes);
  return bytes;
}

TEST(RecordCodec, RoundTripKeepsEveryField) {
  test::RandomRecords random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto record = random.next();
    const auto bytes = encoded(record);
    const auto back = decode(bytes);
    ASSERT_TRUE(back) << to_string(back.error());
    EXPECT_EQ(encoded(*back), bytes);
    EXPECT_EQ(peek_id(bytes), record.id);
    EXPECT_EQ(back->id, record.id);
    EXPECT_EQ(back->dni, record.dni);
    EXPECT_EQ(back->answered_at, record.answered_at);
    EXPECT_EQ(back->duration_us, record.duration_us);
    EXPECT_EQ(back->reason, record.reason);
    EXPECT_EQ(back->margin, record.margin);
    ASSERT_EQ(back->price.has_value(), record.price.has_value());
    if (record.price) {
      EXPECT_EQ(back->price->amount, record.price->amount);
      EXPECT_EQ(back->price->currency, record.price->currency);
      EXPECT_EQ(back->price->prefix, record.price->prefix);
    }
    EXPECT_EQ(back->callee_media.rtt_us, record.callee_media.rtt_us);
    ASSERT_EQ(back->attempts.size(), record.attempts.size());
    for (std::size_t at = 0; at < record.attempts.size(); ++at)
      EXPECT_EQ(back->attempts[at].address, record.attempts[at].address);
  }
}

TEST(RecordCodec, FactsComeBackAndCostOneOctetWhenThereAreNone) {
  auto record = test::small_record(1, domain::RecordState::Final);
  const auto plain = encoded(record);
  EXPECT_FALSE(decode(plain)->facts.made());
  record.facts->emergency = true;
  record.facts->verstat = "TN-Validation-Passed";
  record.facts->refreshes = 300;
  const auto back = decode(encoded(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->facts, record.facts);

  // Versions before had none of it, or no extras behind it, or no quality behind those, and are still read.
  for (const auto& [version, left_out] : {std::pair{1, 4}, std::pair{2, 3}, std::pair{3, 2}}) {
    auto older = plain.substr(0, plain.size() - static_cast<std::size_t>(left_out));
    older[0] = static_cast<char>(version);
    ASSERT_TRUE(decode(older));
    EXPECT_EQ(encoded(*decode(older)), plain);
  }
}

domain::CallRecord with_extras() {
  auto record = test::small_record(1, domain::RecordState::Final);
  record.price.emplace();
  record.price->jurisdiction = domain::Jurisdiction::Intrastate;
  record.price->attempt_fee = Money::from_nanos(1);
  record.price->surcharge = Money::from_nanos(2);
  record.price->free_seconds = 3;
  record.price->schedule = 4;
  record.caller_media.mos_e2 = 441;
  auto& numbers = record.numbers.write();
  numbers.called = {
      "12125550000", "9102", true, true, {"US", "NY", "9102", "NWYRCYZN01", 132, domain::LineKind::Mobile}};
  numbers.jurisdiction = domain::Jurisdiction::Local;
  numbers.routing = "12125550000";
  numbers.note = "cached";
  numbers.do_not_originate = true;
  record.charge.lease = record.id.value;
  record.charge.reserved = Money::from_nanos(60);
  record.charge.charged = Money::from_nanos(50);
  record.charge.currency = *Currency::parse("EUR");
  record.charge.fx_pico = 920'000'000'000;
  record.charge.covered_seconds = 90;
  record.charge.cut_off = true;
  record.decision->rejected.push_back({{record.id.value}, {}, 4015});
  record.decision->considered = 3;
  record.decision->rule = "off hours";
  record.cost_base = Money::from_nanos(-7);
  record.ban = "BAN-1";
  return record;
}

TEST(RecordCodec, ExtrasComeBackAndCostOneOctetWhenThereAreNone) {
  const auto wanted = with_extras();
  const auto back = decode(encoded(wanted));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->price->jurisdiction, domain::Jurisdiction::Intrastate);
  EXPECT_EQ(back->price->attempt_fee.nanos(), 1);
  EXPECT_EQ(back->price->surcharge.nanos(), 2);
  EXPECT_EQ(back->price->free_seconds, 3u);
  EXPECT_EQ(back->price->schedule, 4u);
  EXPECT_EQ(back->caller_media.mos_e2, 441);
  EXPECT_FALSE(back->callee_media.mos_e2);
  ASSERT_TRUE(back->numbers.made());
  const auto& called = back->numbers->called;
  EXPECT_EQ(called.lrn, "12125550000");
  EXPECT_EQ(called.spid, "9102");
  EXPECT_TRUE(called.dipped && called.ported);
  EXPECT_EQ(called.place.country + called.place.state + called.place.ocn + called.place.rate_centre,
            "USNY9102NWYRCYZN01");
  EXPECT_EQ(called.place.lata, 132);
  EXPECT_EQ(called.place.kind, domain::LineKind::Mobile);
  EXPECT_EQ(back->numbers->jurisdiction, domain::Jurisdiction::Local);
  EXPECT_EQ(back->numbers->note, "cached");
  EXPECT_TRUE(back->numbers->do_not_originate);
  EXPECT_EQ(back->charge.lease, wanted.charge.lease);
  EXPECT_EQ(back->charge.reserved, wanted.charge.reserved);
  EXPECT_EQ(back->charge.charged, wanted.charge.charged);
  EXPECT_EQ(back->charge.currency, wanted.charge.currency);
  EXPECT_EQ(back->charge.fx_pico, wanted.charge.fx_pico);
  EXPECT_EQ(back->charge.covered_seconds, 90u);
  EXPECT_TRUE(back->charge.cut_off);
  ASSERT_EQ(back->decision->rejected.size(), 1u);
  EXPECT_EQ(back->decision->rejected[0].reason, 4015);
  EXPECT_EQ(back->decision->considered, 3);
  EXPECT_EQ(back->decision->rule, "off hours");
  EXPECT_EQ(back->cost_base, wanted.cost_base);
  EXPECT_EQ(back->ban, "BAN-1");
}

TEST(RecordCodec, ExtrasAreThereForAReasonOrRefused) {
  auto bytes = encoded(test::small_record(1, domain::RecordState::Final));
  bytes.resize(bytes.size() - 3);
  const auto with = [&](std::string extras) {
    return decode(bytes + extras + std::string(2, '\0')).has_value();
  };
  EXPECT_TRUE(with({0}));
  EXPECT_TRUE(with({8, 2})) << "a cost in the base currency";
  EXPECT_TRUE(with({16, 1, 'b'}));
  EXPECT_FALSE(with({16, 0})) << "an empty BAN";
  EXPECT_FALSE(with({32, 1, 0, 0, 0, 0})) << "terms of a price that is not there";
  EXPECT_TRUE(with({'\x80', 1, 5, 0}));
  EXPECT_FALSE(with({'\x80', 0, 0})) << "no MOS after all";
  EXPECT_TRUE(with({4, 0, 1, 0}));
  EXPECT_FALSE(with({4, 17})) << "too many that were rejected";
  const auto nothing_charged = std::string(1, 2) + std::string(18, '\0') + "USD" +
                               std::string("\x80\xc0\xa8\xca\x9a:") + std::string(2, '\0');
  EXPECT_FALSE(with(nothing_charged));
}

TEST(RecordCodec, FactsAreInTheirOrderOrRefused) {
  auto bytes = encoded(test::small_record(1, domain::RecordState::Final));
  bytes.resize(bytes.size() - 4);
  const auto with = [&](std::string facts) {
    return decode(bytes + facts + std::string(3, '\0')).has_value();
  };
  EXPECT_TRUE(with({2, 0, 1, 1, 1, 'a'}));
  EXPECT_FALSE(with({2, 1, 1, 'a', 0, 1})) << "out of order";
  EXPECT_FALSE(with({2, 0, 1, 0, 1})) << "twice";
  EXPECT_FALSE(with({1, 0, 0})) << "the default";
  EXPECT_FALSE(with({1, 100, 1})) << "no such fact";
}

TEST(RecordCodec, FiguresOfQualityComeBackAndAreInTheirOrderOrRefused) {
  auto record = test::small_record(1, domain::RecordState::Final);
  record.caller_media.quality->duplicates = 0;
  record.caller_media.quality->silent_ms = 30'000;
  record.callee_media.quality->mos_min_e2 = 382;
  auto bytes = encoded(record);
  const auto back = decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->caller_media.quality, record.caller_media.quality);
  EXPECT_EQ(back->callee_media.quality, record.callee_media.quality);
  EXPECT_EQ(back->caller_media.quality->duplicates, 0u) << "known to be none";
  EXPECT_FALSE(back->caller_media.quality->late);

  bytes = encoded(test::small_record(1, domain::RecordState::Final));
  bytes.resize(bytes.size() - 2);
  const auto with = [&](std::string quality) { return decode(bytes + quality + '\0').has_value(); };
  EXPECT_TRUE(with({2, 0, 7, 1, 0}));
  EXPECT_FALSE(with({2, 1, 0, 0, 7})) << "out of order";
  EXPECT_FALSE(with({2, 0, 1, 0, 1})) << "twice";
  EXPECT_FALSE(with({1, 100, 1})) << "no such figure";
  EXPECT_FALSE(with({1, 0})) << "cut";
}

TEST(RecordCodec, EveryTruncationIsAnError) {
  test::RandomRecords random(2);
  for (int i = 0; i < 20; ++i) {
    const auto bytes = encoded(random.next());
    for (std::size_t length = 0; length < bytes.size(); ++length)
      EXPECT_FALSE(decode(std::string_view(bytes).substr(0, length))) << length;
  }
}

TEST(RecordCodec, WhatParsesAfterDamageWritesTheSameBytes) {
  test::RandomRecords random(3);
  SeededIdSource damage(4);
  std::size_t parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = encoded(random.next());
    bytes[damage.next64() % bytes.size()] = static_cast<char>(damage.next64());
    const auto back = decode(bytes);
    if (!back) continue;
    ++parsed;
    EXPECT_EQ(encoded(*back), bytes);
  }
  EXPECT_GT(parsed, 1000u);
}

TEST(RecordCodec, RefusesOtherVersionsTrailingAndBadValues) {
  const auto bytes = encoded(test::small_record(1, domain::RecordState::Final));
  EXPECT_EQ(decode("").error(), CodecError::Truncated);
  EXPECT_EQ(decode(bytes + '\0').error(), CodecError::Trailing);
  auto newer = bytes;
  newer[0] = 5;
  EXPECT_EQ(decode(newer).error(), CodecError::UnknownVersion);
  auto state = bytes;
  state[1 + 16 + 16] = 2;  // behind version, id and call: the state
  EXPECT_EQ(decode(state).error(), CodecError::BadValue);
}

TEST(RecordCodec, CutsWhatNoCallProduces) {
  auto record = test::small_record(1, domain::RecordState::Final);
  record.ani.assign(70'000, 'x');
  record.attempts.resize(300);
  record.decision->rejected.resize(20);
  const auto back = decode(encoded(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->ani.size(), 64u * 1024);
  EXPECT_EQ(back->attempts.size(), 255u);
  EXPECT_EQ(back->decision->rejected.size(), 16u);
}

TEST(RecordCodec, NoIdInShortBytes) {
  EXPECT_TRUE(peek_id("short").is_nil());
}

}  // namespace
}  // namespace warp::records
