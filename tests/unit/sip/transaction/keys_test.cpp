#include "warp/sip/transaction/keys.h"

#include <gtest/gtest.h>

#include "support/sip_text.h"

namespace warp::sip {
namespace {

// The published vectors: key 00 01 … 0f, input 00 01 … of the given length.
TEST(SipHash, GivesThePublishedValues) {
  std::string input;
  for (char c = 0; c < 16; ++c)
    input += c;
  const auto hash = [&](std::size_t length) {
    return sip_hash(0x0706050403020100, 0x0f0e0d0c0b0a0908, std::string_view(input).substr(0, length));
  };
  EXPECT_EQ(hash(0), (Key{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  EXPECT_EQ(hash(1), (Key{0x44af996bd8c187da, 0x45fc229b11597634}));
}

TEST(Keys, TellApartWhatTheRfcTellsApart) {
  SeededIdSource ids(1);
  Keys keys(ids);
  const auto key = [&](test::RequestText request) { return keys.server(*Message::parse(request.text())); };
  const test::RequestText invite;
  auto changed = invite;
  changed.via = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-1";  // 5060 by default
  EXPECT_EQ(key(invite), key(changed));
  changed.call_id = "other";  // of no account with the cookie
  EXPECT_EQ(key(invite), key(changed));
  changed.method = "ACK";
  EXPECT_EQ(key(invite), key(changed));
  changed.method = "BYE";
  EXPECT_NE(key(invite), key(changed));
  for (const auto* via :
       {"SIP/2.0/UDP 192.0.2.9:5061;branch=z9hG4bK-1", "SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK-1",
        "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK-2"}) {
    changed = invite;
    changed.via = via;
    EXPECT_NE(key(invite), key(changed)) << via;
  }
}

TEST(Keys, TakeACookieAloneForNoBranch) {
  SeededIdSource ids(1);
  Keys keys(ids);
  test::RequestText one;
  one.via = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK";
  auto other = one;
  other.call_id = "other";
  EXPECT_NE(keys.server(*Message::parse(one.text())), keys.server(*Message::parse(other.text())));
}

TEST(Keys, AreThoseOfARequestThatWasOnlyLookedAt) {
  SeededIdSource ids(1);
  Keys keys(ids);
  test::RequestText old{.via = "SIP/2.0/UDP Host.Example:5062;branch=1"};
  for (const auto& text : {test::RequestText{}.text(), old.text()})
    EXPECT_EQ(keys.server(*read_brief(text)), keys.server(*Message::parse(text)));
}

TEST(Keys, DependOnTheSecret) {
  SeededIdSource ids(1);
  Keys a(ids), b(ids);
  EXPECT_NE(a.client("z9hG4bKx", Method::Bye), b.client("z9hG4bKx", Method::Bye));
  EXPECT_NE(a.client("z9hG4bKx", Method::Bye), a.client("z9hG4bKx", Method::Cancel));
  EXPECT_EQ(a.client("z9hG4bKx", Method::Bye), a.client("z9hG4bKx", Method::Bye));
}

}  // namespace
}  // namespace warp::sip
