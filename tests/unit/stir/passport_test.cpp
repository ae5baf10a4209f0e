#include "warp/stir/passport.h"

#include <gmock/gmock.h>

#include "warp/stir/base64url.h"

namespace warp::stir {
namespace {

constexpr std::string_view kHeader =
    R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://c.example.org/a.cer"})";
constexpr std::string_view kPayload =
    R"({"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"},"origid":"123e4567-e89b-12d3-a456-426655440000"})";

Result<Passport, PassportError> parse(std::string_view header, std::string_view payload) {
  const std::string h = to_base64url(header), p = to_base64url(payload);
  return Passport::parse({h, p, "c2ln"});
}
std::string error(std::string_view header, std::string_view payload) {
  const auto parsed = parse(header, payload);
  return parsed ? "parsed" : std::string(to_string(parsed.error()));
}

TEST(Base64Url, GoesBothWaysAndIsStrict) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "\xff\xfe\xfd"})
    EXPECT_EQ(from_base64url(to_base64url(text)), text);
  EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
  for (const std::string_view bad : {"a", "Zg==", "Z g", "Zh", "+/8"})  // Zh: bits left over
    EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(Passport, ReadsShakenAndWritesItCanonically) {
  const auto passport = parse(kHeader, kPayload);
  ASSERT_TRUE(passport);
  EXPECT_EQ(passport->ppt, "shaken");
  EXPECT_EQ(passport->attest, 'A');
  EXPECT_EQ(passport->orig.tn, "12155550121");
  EXPECT_TRUE(passport->is_for("12155550131"));
  EXPECT_EQ(passport->iat, 1'443'208'345);
  EXPECT_EQ(passport->header_json(), kHeader);
  EXPECT_EQ(passport->payload_json(), kPayload);
}

TEST(Passport, ReadsDiv) {
  constexpr std::string_view header = R"({"alg":"ES256","ppt":"div","typ":"passport","x5u":"https://c/a"})";
  constexpr std::string_view payload =
      R"({"dest":{"tn":["12155550141"]},"div":{"tn":"12155550131"},"iat":1443208345,"orig":{"tn":"12155550121"}})";
  const auto passport = parse(header, payload);
  ASSERT_TRUE(passport);
  EXPECT_EQ(passport->div.tn, "12155550131");
  EXPECT_EQ(passport->payload_json(), payload);
  EXPECT_EQ(error(header, R"({"dest":{"tn":["1"]},"iat":1,"orig":{"tn":"2"}})"), "diversion");
}

TEST(Passport, MembersInAnyOrderWithBlanks) {
  const auto passport = parse(
      R"({ "x5u":"https://c", "typ":"passport","alg":"ES256", "zzz":[1,2] })",
      R"({"orig":{"uri":"sip:a@b"},"iat":5,"dest":{"uri":["sip:c@d"],"tn":["+1 (215) 555-0131"]},"mky":[{"alg":"x","dig":"y"}]})");
  ASSERT_TRUE(passport);
  EXPECT_EQ(passport->orig.uri, "sip:a@b");
  EXPECT_TRUE(passport->is_for("12155550131"));
}

TEST(Passport, RefusesWhatTwoReadersCouldReadDifferently) {
  EXPECT_EQ(error(R"({"alg":"ES256","alg":"none","typ":"passport","x5u":"https://c"})", kPayload), "json");
  EXPECT_EQ(error(kHeader, R"({"iat":1,"iat":2,"orig":{"tn":"1"},"dest":{"tn":["2"]}})"), "json");
  EXPECT_EQ(error(kHeader, R"({"dest":{"tn":["2"],"tn":["3"]},"iat":1,"orig":{"tn":"1"}})"), "json");
  EXPECT_EQ(error("[]", kPayload), "json");
  EXPECT_EQ(error(kHeader, std::string(3000, '[')), "json");
  EXPECT_EQ(error(kHeader, std::string(kPayload) + "x"), "json");
  EXPECT_EQ(error(R"({"alg":"none","typ":"passport","x5u":"https://c"})", kPayload), "algorithm");
  EXPECT_EQ(error(R"({"alg":"ES256","typ":"JWT","x5u":"https://c"})", kPayload), "type");
  EXPECT_EQ(error(R"({"alg":"ES256","typ":"passport"})", kPayload), "reference");
}

TEST(Passport, RefusesClaimsOfTheWrongKind) {
  const auto with = [](std::string_view rest) {
    return error(kHeader, R"({"attest":"A","origid":"x",)" + std::string(rest) + "}");
  };
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":1)"), "origin");
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":1,"orig":{"tn":"1","uri":"sip:a"})"), "origin");
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":1,"orig":{"tn":"alice"})"), "origin");
  EXPECT_EQ(with(R"("dest":{"tn":[]},"iat":1,"orig":{"tn":"1"})"), "destination");
  EXPECT_EQ(with(R"("dest":{"tn":"2"},"iat":1,"orig":{"tn":"1"})"), "destination");
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":"1","orig":{"tn":"1"})"), "issued_at");
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":-1,"orig":{"tn":"1"})"), "issued_at");
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":18446744073709551615,"orig":{"tn":"1"})"), "issued_at");
  EXPECT_EQ(with(R"("dest":{"tn":["2"]},"iat":1.5,"orig":{"tn":"1"})"), "issued_at");
  EXPECT_EQ(error(kHeader, R"({"dest":{"tn":["2"]},"iat":1,"orig":{"tn":"1"}})"), "attestation");
  EXPECT_EQ(error(kHeader, R"({"attest":"D","dest":{"tn":["2"]},"iat":1,"orig":{"tn":"1"},"origid":"x"})"),
            "attestation");
}

TEST(Passport, NumbersBecomeCanonical) {
  EXPECT_EQ(canonical_number("+1 (215) 555-01.31"), "12155550131");
  EXPECT_EQ(canonical_number("12155550131;npdi;rn=+12155550000"), "12155550131");
  EXPECT_EQ(canonical_number("*67"), "*67");
  EXPECT_EQ(canonical_number("alice"), "");
  EXPECT_EQ(canonical_number(std::string(33, '1')), "");
}

TEST(Passport, SipDates) {
  EXPECT_EQ(parse_sip_date("Sat, 13 Nov 2010 23:29:00 GMT"), 1'289'690'940);
  EXPECT_EQ(parse_sip_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  for (const std::string_view bad : {"", "Sat, 13 Nov 2010 23:29:00 CET", "Sat, 13 Foo 2010 23:29:00 GMT",
                                     "Sat, 13 Nov 2010 24:29:00 GMT"})
    EXPECT_LT(parse_sip_date(bad), 0) << bad;
}

}  // namespace
}  // namespace warp::stir
