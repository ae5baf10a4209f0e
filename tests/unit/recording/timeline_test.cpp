#include "timeline.h"

#include <gtest/gtest.h>

namespace warp::recording {
namespace {

std::vector<int> taken(Timeline& timeline, std::int64_t place) {
  std::vector<std::byte> octets;
  timeline.take(place, octets);
  std::vector<int> out;
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2)
    out.push_back(static_cast<std::int16_t>(std::to_integer<int>(octets[i]) |
                                            std::to_integer<int>(octets[i + 1]) << 8));
  return out;
}

TEST(RecordingTimeline, KeepsTheSidesApartAndGapsSilent) {
  Timeline timeline(true);
  timeline.add(0, 1, std::vector<audio::Sample>{5, 6});
  timeline.add(1, 2, std::vector<audio::Sample>{-7});
  EXPECT_EQ(timeline.end(), 3);
  EXPECT_EQ(taken(timeline, 4), (std::vector<int>{0, 0, 5, 0, 6, -7, 0, 0}));
}

TEST(RecordingTimeline, MixesBothSidesWithoutWrapping) {
  Timeline timeline(false);
  timeline.add(0, 0, std::vector<audio::Sample>{30'000, -30'000, 1});
  timeline.add(1, 0, std::vector<audio::Sample>{30'000, -30'000, 2});
  EXPECT_EQ(taken(timeline, 3), (std::vector<int>{32'767, -32'768, 3}));
}

TEST(RecordingTimeline, WhatComesLateIsCut) {
  Timeline timeline(false);
  EXPECT_EQ(taken(timeline, 2), (std::vector<int>{0, 0}));
  timeline.add(0, 1, std::vector<audio::Sample>{1, 2, 3});
  EXPECT_EQ(taken(timeline, 4), (std::vector<int>{2, 3}));
  EXPECT_TRUE(taken(timeline, 4).empty());
  timeline.add(0, 1'000'000'000, std::vector<audio::Sample>{9});
  EXPECT_EQ(timeline.end(), 4) << "memory is bounded";
}

}  // namespace
}  // namespace warp::recording
