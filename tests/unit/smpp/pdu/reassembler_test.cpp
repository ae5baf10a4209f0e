#include "warp/smpp/pdu/reassembler.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace warp::smpp {
namespace {

using Outcome = Reassembler::Outcome;
using std::chrono::seconds;

const Reassembler::Key kKey{7, "14155550100", "12125550123"};

Monotonic at(int second) {
  return Monotonic(seconds(second));
}
Concat part(std::uint8_t sequence, std::uint8_t total = 3, std::uint16_t reference = 9) {
  return {reference, total, sequence, false};
}

TEST(Reassembler, AnyOrder) {
  std::vector<std::uint8_t> order{1, 2, 3};
  do {
    Reassembler reassembler;
    Reassembler::Added added;
    for (const auto sequence : order)
      added = reassembler.add(kKey, part(sequence), std::string(1, static_cast<char>('0' + sequence)),
                              sequence, at(0));
    ASSERT_EQ(added.outcome, Outcome::Complete);
    EXPECT_EQ(added.set->joined(), "123");
    EXPECT_EQ(added.set->pieces[2].token, 3u);
    EXPECT_EQ(added.set->source, "14155550100");
    EXPECT_EQ(reassembler.sets(), 0u);
    EXPECT_EQ(reassembler.octets(), 0u);
  } while (std::ranges::next_permutation(order).found);
}

TEST(Reassembler, TheWholeKeyCounts) {
  Reassembler reassembler;
  EXPECT_EQ(reassembler.add(kKey, part(1, 2), "a", 0, at(0)).outcome, Outcome::Waiting);
  const auto waits = [&](const Reassembler::Key& key, const Concat& concat) {
    return reassembler.add(key, concat, "b", 0, at(0)).outcome == Outcome::Waiting;
  };
  EXPECT_TRUE(waits({8, kKey.source, kKey.destination}, part(2, 2)));
  EXPECT_TRUE(waits({7, "1415555010", "012125550123"}, part(2, 2)));
  EXPECT_TRUE(waits({7, kKey.source, "1"}, part(2, 2)));
  EXPECT_TRUE(waits(kKey, part(2, 3)));
  EXPECT_TRUE(waits(kKey, part(2, 2, 10)));
  EXPECT_TRUE(waits(kKey, {9, 2, 2, true}));
  EXPECT_EQ(reassembler.sets(), 7u);
  EXPECT_EQ(reassembler.add(kKey, part(2, 2), "b", 0, at(0)).outcome, Outcome::Complete);
}

TEST(Reassembler, DuplicatesAndReusedReferences) {
  Reassembler reassembler;
  reassembler.add(kKey, part(1), "old", 1, at(0));
  EXPECT_EQ(reassembler.add(kKey, part(1), "old", 2, at(1)).outcome, Outcome::Duplicate);
  const auto added = reassembler.add(kKey, part(1), "new", 3, at(2));
  EXPECT_EQ(added.outcome, Outcome::Waiting);
  ASSERT_EQ(added.given_up.size(), 1u);
  EXPECT_EQ(added.given_up[0].joined(), "old");
  EXPECT_EQ(added.given_up[0].pieces[0].token, 1u);
  EXPECT_EQ(reassembler.sets(), 1u);
}

TEST(Reassembler, PartsOfACompleteMessageAreDuplicates) {
  Reassembler reassembler;
  reassembler.add(kKey, part(1, 2), "a", 1, at(0));
  EXPECT_EQ(reassembler.add(kKey, part(2, 2), "b", 2, at(0)).outcome, Outcome::Complete);
  EXPECT_EQ(reassembler.add(kKey, part(1, 2), "a", 3, at(59)).outcome, Outcome::Duplicate);
  EXPECT_EQ(reassembler.sets(), 0u);
  // Another text under the same reference is another message; what was complete is forgotten with it.
  EXPECT_EQ(reassembler.add(kKey, part(1, 2), "c", 4, at(59)).outcome, Outcome::Waiting);
  EXPECT_EQ(reassembler.add(kKey, part(2, 2), "b", 5, at(59)).outcome, Outcome::Complete);
  // A minute later nothing is remembered.
  EXPECT_EQ(reassembler.add(kKey, part(2, 2), "b", 6, at(119)).outcome, Outcome::Waiting);
}

TEST(Reassembler, MemoryIsBoundedAndCanBeOff) {
  Reassembler two({seconds(60), 2, 1 << 20, seconds(60)});
  for (std::uint16_t reference = 0; reference < 3; ++reference)
    EXPECT_EQ(two.add(kKey, part(1, 1, reference), "x", 0, at(0)).outcome, Outcome::Complete);
  EXPECT_EQ(two.add(kKey, part(1, 1, 0), "x", 0, at(0)).outcome, Outcome::Complete);
  EXPECT_EQ(two.add(kKey, part(1, 1, 2), "x", 0, at(0)).outcome, Outcome::Duplicate);
  Reassembler none({seconds(60), 2, 1 << 20, seconds(0)});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(none.add(kKey, part(1, 1), "x", 0, at(0)).outcome, Outcome::Complete);
}

TEST(Reassembler, GivesUpAfterItsPatience) {
  Reassembler reassembler({seconds(60), 10, 1 << 20, seconds(0)});
  reassembler.add(kKey, part(1), "a", 1, at(0));
  reassembler.add(kKey, part(1, 2), "b", 2, at(30));
  reassembler.add(kKey, part(2), "c", 3, at(59));
  EXPECT_EQ(reassembler.next_expiry(), at(60));
  EXPECT_TRUE(reassembler.expire(at(59)).empty());
  const auto expired = reassembler.expire(at(60));
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].joined(), "ac");
  EXPECT_EQ(reassembler.next_expiry(), at(90));
  EXPECT_EQ(reassembler.expire(at(1000)).size(), 1u);
  EXPECT_EQ(reassembler.next_expiry(), std::nullopt);
  EXPECT_EQ(reassembler.octets(), 0u);
}

TEST(Reassembler, OldestMakesRoom) {
  Reassembler reassembler({seconds(60), 2, 1 << 20, seconds(0)});
  for (std::uint16_t reference = 0; reference < 5; ++reference) {
    const auto added = reassembler.add(kKey, part(1, 2, reference), "x", reference, at(reference));
    EXPECT_EQ(added.given_up.size(), reference < 2 ? 0u : 1u);
    if (reference < 2) continue;
    EXPECT_EQ(added.given_up[0].concat.reference, reference - 2);
  }
  EXPECT_EQ(reassembler.sets(), 2u);
}

TEST(Reassembler, OctetsAreBounded) {
  Reassembler reassembler({seconds(60), 1000, 10'000, seconds(0)});
  std::size_t given_up = 0;
  for (std::uint16_t reference = 0; reference < 200; ++reference) {
    given_up +=
        reassembler.add(kKey, part(1, 2, reference), std::string(1000, 'x'), 0, at(0)).given_up.size();
    EXPECT_LE(reassembler.octets(), 10'000u);
  }
  EXPECT_EQ(given_up + reassembler.sets(), 200u);
  EXPECT_EQ(reassembler.add(kKey, part(1), std::string(20'000, 'x'), 0, at(0)).outcome, Outcome::Refused);
}

TEST(Reassembler, RefusesWhatIsNoPart) {
  Reassembler reassembler;
  EXPECT_EQ(reassembler.add(kKey, part(0), "x", 0, at(0)).outcome, Outcome::Refused);
  EXPECT_EQ(reassembler.add(kKey, part(4), "x", 0, at(0)).outcome, Outcome::Refused);
  EXPECT_EQ(reassembler.sets(), 0u);
}

}  // namespace
}  // namespace warp::smpp
