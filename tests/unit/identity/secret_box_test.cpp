#include "warp/identity/secret_box.h"

#include <cctype>
#include <set>

#include <gtest/gtest.h>

#include "warp/identity/recovery.h"

namespace warp::identity {
namespace {

TEST(SecretBox, OpensWhatItSealed) {
  const SecretBox box("a key of some length");
  for (const auto& text : {std::string(), std::string("x"), std::string("a\0b", 3), std::string(1000, 'y')}) {
    const auto sealed = box.seal(text, "user 1");
    EXPECT_EQ(box.open(sealed, "user 1"), text);
    EXPECT_EQ(sealed.size(), text.size() + 29);
    EXPECT_NE(sealed, box.seal(text, "user 1")) << "each has its nonce";
  }
}

TEST(SecretBox, NotInAnotherPlaceNorUnderAnotherKey) {
  const SecretBox box("key one"), other("key two");
  const auto sealed = box.seal("secret", "user 1");
  EXPECT_EQ(box.open(sealed, "user 2"), std::nullopt);
  EXPECT_EQ(other.open(sealed, "user 1"), std::nullopt);
  EXPECT_EQ(SecretBox("key one").open(sealed, "user 1"), "secret");
}

TEST(SecretBox, EveryOctetCounts) {
  const SecretBox box("key");
  const auto sealed = box.seal("secret", "user 1");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(box.open(changed, "user 1"), std::nullopt) << i;
    EXPECT_EQ(box.open(sealed.substr(0, i), "user 1"), std::nullopt) << i;
  }
  EXPECT_EQ(box.open(sealed + "x", "user 1"), std::nullopt);
}

TEST(SecretBox, APurposeHasItsKey) {
  EXPECT_EQ(derived_key("k", "a"), derived_key("k", "a"));
  EXPECT_NE(derived_key("k", "a"), derived_key("k", "b"));
  EXPECT_NE(derived_key("k", "a"), derived_key("l", "a"));
  EXPECT_EQ(derived_key("k", "a").size(), 32u);
}

TEST(Recovery, TenDifferentOnesThatCanBeTypedAnyhow) {
  const auto codes = make_recovery_codes();
  EXPECT_EQ(codes.size(), 10u);
  EXPECT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), 10u);
  for (const auto& code : codes) {
    EXPECT_EQ(code.size(), 19u) << code;
    const auto plain = plain_recovery_code(code);
    EXPECT_EQ(plain.size(), 16u);
    auto loud = code;
    for (auto& c : loud)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(plain_recovery_code(" " + loud + " "), plain);
    EXPECT_EQ(plain_recovery_code(plain), plain);
  }
}

TEST(Recovery, WhatIsNoneIsEmpty) {
  for (const char* text : {"", "123456", "aaaa-aaaa-aaaa-aaa", "aaaa-aaaa-aaaa-aaaaa", "aaaa-aaaa-aaaa-aaa1",
                           "aaaa-aaaa-aaaa-aaa\xc3"})
    EXPECT_EQ(plain_recovery_code(text), "") << text;
}

}  // namespace
}  // namespace warp::identity
