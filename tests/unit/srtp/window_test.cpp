#include "window.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace warp::srtp {
namespace {

TEST(Window, TakesEachIndexOnce) {
  Window window;
  EXPECT_TRUE(window.open(0));
  window.pass(0);
  EXPECT_FALSE(window.open(0));
  EXPECT_TRUE(window.open(1));
}

TEST(Window, RemembersItsPlacesAndRefusesWhatIsOlder) {
  Window window;
  window.pass(1000);
  EXPECT_TRUE(window.open(1000 - Window::kPlaces + 1));
  EXPECT_FALSE(window.open(1000 - Window::kPlaces));
  window.pass(1000 - Window::kPlaces + 1);
  EXPECT_FALSE(window.open(1000 - Window::kPlaces + 1));
}

TEST(Window, TakesNothingBelowItsFloor) {
  Window window;
  window.begin(50);
  EXPECT_FALSE(window.open(49));
  EXPECT_TRUE(window.open(50));
  window.pass(60);
  EXPECT_FALSE(window.open(49));
  EXPECT_TRUE(window.open(59));
}

// Against a set of all that has passed.
TEST(Window, IsASetOfTheLastPlaces) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same every time
  Window window;
  std::set<std::uint64_t> passed;
  std::uint64_t highest = 0;
  for (int i = 0; i < 20000; ++i) {
    const auto kind = random() % 20;
    const auto ahead = kind == 0 ? random() % 300 : random() % 5;
    const auto behind = random() % 160;
    const auto index = kind < 10 ? highest + ahead : highest - std::min<std::uint64_t>(highest, behind);
    const bool old = !passed.empty() && highest >= Window::kPlaces && index <= highest - Window::kPlaces;
    ASSERT_EQ(window.open(index), !old && passed.count(index) == 0) << index << " of " << highest;
    if (!window.open(index)) continue;
    window.pass(index);
    passed.insert(index);
    highest = std::max(highest, index);
  }
}

}  // namespace
}  // namespace warp::srtp
