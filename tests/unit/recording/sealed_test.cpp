#include "sealed.h"

#include <fstream>

#include "recording_kit.h"

namespace warp::recording {
namespace {

Key key_of(std::uint8_t fill) {
  Key key;
  key.fill(static_cast<std::byte>(fill));
  return key;
}

TEST(SealedRecording, AChunkOpensInItsPlaceAlone) {
  const auto sealer = *Sealer::begin(key_of(1));
  const auto chunk = sealer.seal(3, as_bytes("what was said"), false);
  ASSERT_EQ(chunk.size(), 13 + kChunkOverhead);
  const auto same = Sealer::resume(key_of(1), sealer.head());
  ASSERT_TRUE(same);
  const auto plain = same->open(3, chunk);
  ASSERT_TRUE(plain);
  EXPECT_TRUE(std::ranges::equal(*plain, as_bytes("what was said")));
  EXPECT_FALSE(same->open(4, chunk)) << "another place";
  EXPECT_FALSE(Sealer::resume(key_of(2), sealer.head())->open(3, chunk)) << "another key";
  EXPECT_FALSE(Sealer::begin(key_of(1))->open(3, chunk)) << "another file";
  auto last = chunk;
  last[0] |= std::byte{0x80};
  EXPECT_FALSE(same->open(3, last)) << "it is not the last one";
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    auto changed = chunk;
    changed[i] ^= std::byte{1};
    EXPECT_FALSE(same->open(3, changed)) << i;
  }
}

TEST(SealedRecording, TheSameChunkAgainHasAnotherNonce) {
  const auto sealer = *Sealer::begin(key_of(1));
  EXPECT_NE(sealer.seal(0, as_bytes("head"), false), sealer.seal(0, as_bytes("head"), false));
}

TEST(RecordingKey, IsReadAsOctetsOrDigits) {
  Folder folder;
  const auto file = folder.path / "key";
  const auto with = [&](const std::string& text) {
    std::ofstream(file, std::ios::trunc | std::ios::binary) << text;
    return read_key(file);
  };
  std::string digits;
  for (int i = 0; i < 32; ++i)
    digits += "6B";
  EXPECT_EQ(with(std::string(32, 'k')), with(digits + "\n"));
  EXPECT_TRUE(with(digits));
  EXPECT_FALSE(with(digits + "00"));
  EXPECT_FALSE(with("short"));
  EXPECT_FALSE(with(std::string(64, 'g')));
  EXPECT_FALSE(read_key(folder.path / "none"));
}

}  // namespace
}  // namespace warp::recording
