#include "warp/base/flat_table.h"

#include <random>
#include <unordered_map>

#include <gtest/gtest.h>

namespace warp {
namespace {

struct Entry {
  std::uint64_t key = 0;
  std::uint32_t value = 0;  // 0: empty
  bool empty() const { return value == 0; }
  // Few homes, at both ends of the table: long runs, and such as go round its end.
  std::uint64_t hash() const { return hash_of(key); }
  static std::uint64_t hash_of(std::uint64_t key) { return key % 3 - 1; }
};

struct FlatTableTest : ::testing::Test {
  Entry* find(std::uint64_t key) {
    return table.find(Entry::hash_of(key), [key](const Entry& entry) { return entry.key == key; });
  }
  FlatTable<Entry> table;
};

TEST_F(FlatTableTest, FindsWhatIsThereAndNothingElse) {
  EXPECT_EQ(find(7), nullptr);
  table.insert({7, 70});
  table.insert({10, 100});  // of the same hash
  ASSERT_NE(find(7), nullptr);
  EXPECT_EQ(find(7)->value, 70u);
  EXPECT_EQ(find(10)->value, 100u);
  EXPECT_EQ(find(13), nullptr);
  table.erase(find(7));
  EXPECT_EQ(find(7), nullptr);
  EXPECT_EQ(find(10)->value, 100u);
  EXPECT_EQ(table.size(), 1u);
}

// As a map does, whatever comes and goes, while it grows.
TEST_F(FlatTableTest, DoesAsAMapDoes) {
  std::mt19937 random(1);
  std::unordered_map<std::uint64_t, std::uint32_t> map;
  for (std::uint32_t step = 1; step < 6000; ++step) {
    const std::uint64_t key = random() % 1500;
    const auto known = map.find(key);
    Entry* const found = find(key);
    ASSERT_EQ(found != nullptr, known != map.end()) << "key " << key << " at step " << step;
    if (found == nullptr) {
      map.emplace(key, step);
      table.insert({key, step});
    } else {
      ASSERT_EQ(found->value, known->second);
      if (step % 3 != 0) continue;
      map.erase(known);
      table.erase(found);
    }
    ASSERT_EQ(table.size(), map.size());
  }
  for (const auto& [key, value] : map)
    ASSERT_NE(find(key), nullptr) << key;
}

}  // namespace
}  // namespace warp
