// The certificate of DTLS, as it is kept from one start to the next.
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "secure/dtls.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() { std::filesystem::create_directory(folder_); }
  ~IdentityTest() override { std::filesystem::remove_all(folder_); }
  std::vector<std::byte> digest(WallTime at) const {
    const auto identity = DtlsIdentity::kept_in(file_, at);
    return identity ? identity->fingerprint().digest : std::vector<std::byte>();
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("identity_test_" + std::to_string(::getpid()));
  const std::filesystem::path file_ = folder_ / "identity.pem";
  const WallTime now_ = std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
};

TEST_F(IdentityTest, IsTheSameAfterARestartAndTheOwnersAlone) {
  const auto first = digest(now_);
  ASSERT_EQ(first.size(), 32u);
  EXPECT_EQ(digest(now_ + 24h * 300), first);
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(IdentityTest, IsRenewedBeforeItExpires) {
  const auto first = digest(now_);
  const auto expires = DtlsIdentity::kept_in(file_, now_)->expires_at();
  EXPECT_GT(expires, now_ + 24h * 3000);
  EXPECT_EQ(digest(expires - DtlsIdentity::kRenewal - 1h), first);
  EXPECT_NE(digest(expires - DtlsIdentity::kRenewal + 1h), first);
}

TEST_F(IdentityTest, WhatCannotBeReadOrWrittenCostsNoStart) {
  std::ofstream(file_) << "-----BEGIN PRIVATE KEY-----";
  const auto fresh = digest(now_);
  EXPECT_EQ(fresh.size(), 32u);
  EXPECT_EQ(digest(now_), fresh) << "what was damaged was replaced";
  EXPECT_NE(DtlsIdentity::kept_in(folder_ / "none" / "identity.pem", now_), nullptr);
}

}  // namespace
}  // namespace warp::media
