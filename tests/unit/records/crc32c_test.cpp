#include "../src/records/crc32c.h"

#include <string>

#include <gtest/gtest.h>

#include "warp/base/random.h"

namespace warp::records {
namespace {

TEST(Crc32c, KnownAnswers) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720 B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, InstructionAndTableAgreeAndChain) {
  SeededIdSource random(1);
  for (int i = 0; i < 500; ++i) {
    std::string data(random.next64() % 300, '\0');
    for (auto& c : data)
      c = static_cast<char>(random.next64());
    const auto cut = data.empty() ? 0 : random.next64() % data.size();
    const std::string_view view = data;
    EXPECT_EQ(crc32c(data), crc32c_portable(data));
    EXPECT_EQ(crc32c(view.substr(cut), crc32c(view.substr(0, cut))), crc32c(data));
  }
}

}  // namespace
}  // namespace warp::records
