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

  // The version before had none of it, and is still read.
  auto older = plain.substr(0, plain.size() - 1);
  older[0] = 1;
  ASSERT_TRUE(decode(older));
  EXPECT_EQ(encoded(*decode(older)), plain);
}

TEST(RecordCodec, FactsAreInTheirOrderOrRefused) {
  auto bytes = encoded(test::small_record(1, domain::RecordState::Final));
  bytes.pop_back();
  const auto with = [&](std::string facts) { return decode(bytes + facts).has_value(); };
  EXPECT_TRUE(with({2, 0, 1, 1, 1, 'a'}));
  EXPECT_FALSE(with({2, 1, 1, 'a', 0, 1})) << "out of order";
  EXPECT_FALSE(with({2, 0, 1, 0, 1})) << "twice";
  EXPECT_FALSE(with({1, 0, 0})) << "the default";
  EXPECT_FALSE(with({1, 100, 1})) << "no such fact";
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
  newer[0] = 3;
  EXPECT_EQ(decode(newer).error(), CodecError::UnknownVersion);
  auto state = bytes;
  state[1 + 16 + 16] = 2;  // behind version, id and call: the state
  EXPECT_EQ(decode(state).error(), CodecError::BadValue);
}

TEST(RecordCodec, CutsWhatNoCallProduces) {
  auto record = test::small_record(1, domain::RecordState::Final);
  record.ani.assign(70'000, 'x');
  record.attempts.resize(300);
  const auto back = decode(encoded(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->ani.size(), 64u * 1024);
  EXPECT_EQ(back->attempts.size(), 255u);
}

TEST(RecordCodec, NoIdInShortBytes) {
  EXPECT_TRUE(peek_id("short").is_nil());
}

}  // namespace
}  // namespace warp::records
