#include "quality/hearing.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "warp/audio/g711.h"

namespace warp::media {
namespace {

std::vector<std::byte> tone(std::uint8_t type, double amplitude) {
  std::vector<std::byte> out;
  for (int i = 0; i < 160; ++i) {
    const auto sample = static_cast<audio::Sample>(std::lround(amplitude * std::sin(i * 0.7)));
    out.push_back(static_cast<std::byte>(type == 0 ? audio::to_mu(sample) : audio::to_a(sample)));
  }
  return out;
}

TEST(Hearing, DigitalSilenceIsSilenceInBothLaws) {
  for (const auto& [type, code] :
       {std::pair{0, 0xff}, std::pair{0, 0x7f}, std::pair{8, 0xd5}, std::pair{8, 0x55}})
    EXPECT_EQ(heard_in(static_cast<std::uint8_t>(type), std::vector(160, static_cast<std::byte>(code))),
              Heard::Silence)
        << type << ' ' << code;
}

TEST(Hearing, AQuietVoiceIsSoundAndLineNoiseIsNot) {
  for (const std::uint8_t type : {0, 8}) {
    EXPECT_EQ(heard_in(type, tone(type, 100)), Heard::Sound) << "-53 dBov";
    EXPECT_EQ(heard_in(type, tone(type, 10)), Heard::Silence) << "-73 dBov";
    EXPECT_EQ(heard_in(type, tone(type, 20'000)), Heard::Sound);
  }
}

TEST(Hearing, ComfortNoiseIsSilenceAndOtherCodecsAreNotKnown) {
  const std::vector<std::byte> payload(20, std::byte{0xff});
  EXPECT_EQ(heard_in(13, std::vector(1, std::byte{60})), Heard::Silence);
  EXPECT_EQ(heard_in(19, {}), Heard::Silence);
  for (const std::uint8_t type : {3, 9, 18, 96, 101, 127})
    EXPECT_EQ(heard_in(type, payload), Heard::Unknown) << int{type};
  EXPECT_EQ(heard_in(0, {}), Heard::Unknown);
}

}  // namespace
}  // namespace warp::media
