#include "warp/sip/message/uri.h"

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

struct GoodExample {
  std::string_view text;
  Uri::Scheme scheme;
  std::string_view user, host;
  std::uint16_t port;
  std::string_view params, headers;
};

class GoodUri : public testing::TestWithParam<GoodExample> {};

TEST_P(GoodUri, IsTakenApart) {
  const auto& want = GetParam();
  const auto uri = Uri::parse(want.text);
  ASSERT_TRUE(uri) << want.text;
  EXPECT_EQ(uri->scheme, want.scheme);
  EXPECT_EQ(uri->user, want.user);
  EXPECT_EQ(uri->host, want.host);
  EXPECT_EQ(uri->port, want.port);
  EXPECT_EQ(uri->params, want.params);
  EXPECT_EQ(uri->headers, want.headers);
}

constexpr auto kSip = Uri::Scheme::Sip;
constexpr auto kSips = Uri::Scheme::Sips;
constexpr auto kTel = Uri::Scheme::Tel;

INSTANTIATE_TEST_SUITE_P(
    Table, GoodUri,
    testing::Values(
        GoodExample{"sip:example.com", kSip, "", "example.com", 0, "", ""},
        GoodExample{"SIP:alice@example.com:5062", kSip, "alice", "example.com", 5062, "", ""},
        GoodExample{"sips:alice:secret@example.com;transport=tls", kSips, "alice", "example.com", 0,
                    "transport=tls", ""},
        GoodExample{"sip:bob@host_1.example;lr?Subject=x&To=y", kSip, "bob", "host_1.example", 0, "lr",
                    "Subject=x&To=y"},
        GoodExample{"sip:bob@example.com?Subject=x", kSip, "bob", "example.com", 0, "", "Subject=x"},
        GoodExample{"sip:user;par=u%40example.net@example.com", kSip, "user;par=u%40example.net",
                    "example.com", 0, "", ""},
        GoodExample{"sip:sips%3Auser%40example.com@example.net", kSip, "sips%3Auser%40example.com",
                    "example.net", 0, "", ""},
        GoodExample{"sip:null-%00-null@example.com", kSip, "null-%00-null", "example.com", 0, "", ""},
        GoodExample{
            "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
            "@example.com",
            kSip, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", "example.com", 0, "", ""},
        GoodExample{"sip:*#06#@example.com", kSip, "*#06#", "example.com", 0, "", ""},
        GoodExample{"sip:[2001:db8::10]", kSip, "", "[2001:db8::10]", 0, "", ""},
        GoodExample{"sip:[2001:db8::10:5070]", kSip, "", "[2001:db8::10:5070]", 0, "", ""},
        GoodExample{"sip:user@[2001:db8::10]:5070;lr", kSip, "user", "[2001:db8::10]", 5070, "lr", ""},
        GoodExample{"sip:user@[::ffff:192.0.2.10]", kSip, "user", "[::ffff:192.0.2.10]", 0, "", ""},
        GoodExample{"sip:user@[2001:db8:::192.0.2.1]", kSip, "user", "[2001:db8:::192.0.2.1]", 0, "", ""},
        GoodExample{"tel:+1-201-555-0123", kTel, "+1-201-555-0123", "", 0, "", ""},
        GoodExample{"tel:7042;phone-context=example.com", kTel, "7042", "", 0, "phone-context=example.com",
                    ""}));

class BadUri : public testing::TestWithParam<std::string_view> {};

TEST_P(BadUri, IsRefused) {
  EXPECT_FALSE(Uri::parse(GetParam())) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadUri,
    testing::Values("", "sip", "sip:", "sip:@", "http://example.com", "soap.beep://192.0.2.103:3002",
                    "nobodyKnowsThisScheme:totallyopaquecontent", "sip:2001:db8::10", "sip:[2001:db8::10",
                    "sip:[12]", "sip:a@b@c", "sip:user@example.com:0", "sip:user@example.com:65536",
                    "sip:user@example.com:", "sip:user@example.com:-1", "sip:user@ example.com",
                    "sip:user@example.com :5060", "sip:us er@example.com", "sip:user%4@example.com",
                    "sip:user%zz@example.com", "sip:user@example.com; lr", "sip:user@example.com/x",
                    "<sip:user@example.com>", "sip:us\"er@example.com", "tel:", "tel:;x", "tel:hello",
                    std::string_view("sip:a\0b@example.com", 19), "sip:user@example.com\r\nTo: x"));

TEST(Uri, FindsParametersWithoutCase) {
  const auto uri = Uri::parse("sip:h;Transport=TCP;lr;maddr=;x=a=b");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->param("transport"), "TCP");
  EXPECT_EQ(uri->param("LR"), "");
  EXPECT_EQ(uri->param("maddr"), "");
  EXPECT_EQ(uri->param("x"), "a=b");
  EXPECT_EQ(uri->param("ransport"), std::nullopt);
  EXPECT_EQ(Uri::parse("sip:h")->param("lr"), std::nullopt);
}

TEST(Uri, TelephoneStripsWhatIsNotTheNumber) {
  const auto telephone = [](std::string_view text) { return Uri::parse(text)->telephone(); };
  EXPECT_EQ(telephone("sip:+1-415-555-0100@h"), "+14155550100");
  EXPECT_EQ(telephone("sip:+14155550100;npdi;rn=+14155550199@h;user=phone"), "+14155550100");
  EXPECT_EQ(telephone("sip:%2B1415%3bnpdi@h"), "+1415");
  EXPECT_EQ(telephone("tel:(415)555.0100"), "4155550100");
  EXPECT_EQ(telephone("sip:*67%23@h"), "*67#");
  EXPECT_EQ(telephone("sip:alice@h"), std::nullopt);
  EXPECT_EQ(telephone("sip:h"), std::nullopt);
  EXPECT_EQ(telephone("sip:+@h"), std::nullopt);
  EXPECT_EQ(telephone("sip:1+1@h"), std::nullopt);
  EXPECT_EQ(telephone("sip:1%002@h"), std::nullopt);
  EXPECT_EQ(telephone("sip:" + std::string(64, '1') + "@h"), std::string(64, '1'));
  EXPECT_EQ(telephone("sip:" + std::string(65, '1') + "@h"), std::nullopt);
}

TEST(Uri, TakesSixtyFourKilobytesInItsStride) {
  const std::string text = "sip:" + std::string(65536, 'a') + "@example.com";
  const auto uri = Uri::parse(text);
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user.size(), 65536u);
}

}  // namespace
}  // namespace warp::sip
