#include "reorder.h"

#include <gtest/gtest.h>

namespace warp::recording {
namespace {

class RecordingOrder : public ::testing::Test {
 protected:
  void put(std::initializer_list<int> sequences, std::uint32_t ssrc = 1) {
    for (const int sequence : sequences) {
      Voice voice;
      voice.sequence = static_cast<std::uint16_t>(sequence);
      voice.ssrc = ssrc;
      voice.at = now;
      order.put(std::move(voice));
    }
  }
  Monotonic now{std::chrono::hours(1)};
  std::vector<int> got;
  Reorder order{[this](const Voice& voice) { got.push_back(voice.sequence); }};
};

TEST_F(RecordingOrder, PutsRightWhatCameWrongAndTakesEachOnce) {
  put({65534, 0, 65535, 0, 2, 1, 1});
  EXPECT_EQ(got, (std::vector<int>{65534, 65535, 0, 1, 2}));
}

TEST_F(RecordingOrder, WaitsForAGapOnlySoLong) {
  put({1, 3, 4});
  order.expire(now + Reorder::kWait - std::chrono::milliseconds(1));
  EXPECT_EQ(got, (std::vector<int>{1}));
  order.expire(now + Reorder::kWait);
  put({2});  // too late
  EXPECT_EQ(got, (std::vector<int>{1, 3, 4}));
}

TEST_F(RecordingOrder, WaitsForAGapWithSoManyOnly) {
  put({1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  EXPECT_EQ(got.size(), 1u);
  put({13});
  EXPECT_EQ(got.size(), 12u);
}

TEST_F(RecordingOrder, BeginsAnewWithAnotherSourceAndAfterAJump) {
  put({100, 102});
  put({7, 8}, 2);
  put({30000}, 2);
  EXPECT_EQ(got, (std::vector<int>{100, 102, 7, 8, 30000}));
}

}  // namespace
}  // namespace warp::recording
