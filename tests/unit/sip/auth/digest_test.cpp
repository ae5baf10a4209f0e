#include "warp/sip/auth/digest.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

// RFC 7616 §3.9.1.
TEST(Digest, GivesTheExamplesOfTheRfc) {
  const auto secret = make_digest_secret("Mufasa", "http-auth@example.org", "Circle of Life");
  const DigestInput input{"GET", "/dir/index.html", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                          "00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"};
  EXPECT_EQ(digest_response(DigestAlgorithm::Md5, secret.md5, input).view(),
            "8ca523f5e9506fed4657c9700eebdbec");
  EXPECT_EQ(digest_response(DigestAlgorithm::Sha256, secret.sha256, input).view(),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

// RFC 2617's example without qop, as RFC 2069 had it (errata 749).
TEST(Digest, WithoutQopHashesTheThreePartsOfOld) {
  const auto secret = make_digest_secret("Mufasa", "testrealm@host.com", "CircleOfLife");
  const DigestInput input{"GET", "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", ""};
  EXPECT_EQ(digest_response(DigestAlgorithm::Md5, secret.md5, input).view(),
            "1949323746fe6a43ef61f9606e7febea");
}

TEST(Digest, NamesItsAlgorithms) {
  EXPECT_EQ(digest_algorithm_from("sha-256"), DigestAlgorithm::Sha256);
  EXPECT_EQ(digest_algorithm_from("md5"), DigestAlgorithm::Md5);
  EXPECT_EQ(digest_algorithm_from("MD5-sess"), std::nullopt);
  EXPECT_EQ(digest_of(DigestAlgorithm::Sha256, {"a"}).view().size(), digest_length(DigestAlgorithm::Sha256));
}

TEST(Digest, ComparesWholeTexts) {
  EXPECT_TRUE(same_digest("abc", "abc"));
  EXPECT_FALSE(same_digest("abc", "abd"));
  EXPECT_FALSE(same_digest("abc", "ab"));
  EXPECT_FALSE(same_digest("", ""));
}

TEST(Digest, AThreadsHashesFollowEachOtherInAnyOrder) {
  const auto check = [] {
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(digest_of(DigestAlgorithm::Md5, {""}).view(), "d41d8cd98f00b204e9800998ecf8427e");
      EXPECT_EQ(digest_of(DigestAlgorithm::Sha256, {""}).view(),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
      EXPECT_EQ(digest_of(DigestAlgorithm::Sha256, {"abc"}).view(),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(check);
  check();
  for (auto& thread : threads)
    thread.join();
}

}  // namespace
}  // namespace warp::sip
