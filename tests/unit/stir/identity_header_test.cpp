#include "warp/stir/identity_header.h"

#include <gmock/gmock.h>

namespace warp::stir {
namespace {

TEST(IdentityHeader, TakesTheFullFormApart) {
  const auto header = IdentityHeader::parse(
      "eyJ.eyK.c2ln ; info=<https://c.example.org/a.cer>;alg=ES256; ppt=\"shaken\";other=1");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->token, "eyJ.eyK.c2ln");
  EXPECT_EQ(header->info, "https://c.example.org/a.cer");
  EXPECT_EQ(header->alg, "ES256");
  EXPECT_EQ(header->ppt, "shaken");
  EXPECT_EQ(header->parts().payload, "eyK");
  EXPECT_FALSE(header->parts().compact());
  EXPECT_EQ(header->write(), "eyJ.eyK.c2ln;info=<https://c.example.org/a.cer>;alg=ES256;ppt=shaken");
}

TEST(IdentityHeader, TakesTheCompactFormApart) {
  const auto header = IdentityHeader::parse("..c2ln;info=<https://c.example.org/a.cer>");
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->parts().compact());
  EXPECT_EQ(header->parts().signature, "c2ln");
}

TEST(IdentityHeader, RefusesWhatTheGrammarDoesNotHave) {
  const auto error = [](std::string_view text) {
    const auto parsed = IdentityHeader::parse(text);
    return parsed ? std::string("parsed") : std::string(to_string(parsed.error()));
  };
  EXPECT_EQ(error(""), "token");
  EXPECT_EQ(error("abc;info=<https://c>"), "token");
  EXPECT_EQ(error("a.b;info=<https://c>"), "token");
  EXPECT_EQ(error("a..c;info=<https://c>"), "token");
  EXPECT_EQ(error("a.b.;info=<https://c>"), "token");
  EXPECT_EQ(error("a.b.c.d;info=<https://c>"), "token");
  EXPECT_EQ(error("a.b=.c;info=<https://c>"), "token");
  EXPECT_EQ(error("a.b.c"), "info");
  EXPECT_EQ(error("a.b.c;info=https://c"), "info");
  EXPECT_EQ(error("a.b.c;info=<>"), "info");
  EXPECT_EQ(error("a.b.c;info=<https://c>;info=<https://d>"), "info");
  EXPECT_EQ(error("a.b.c;info=<https://c d>"), "info");
  EXPECT_EQ(error("a.b.c;info=<https://c>;ppt=a;ppt=b"), "parameter");
  EXPECT_EQ(error("a.b.c;info=<https://c>;;"), "parameter");
  EXPECT_EQ(error("a.b.c;info=<https://c>;alg=\"ES 256\""), "parameter");
  EXPECT_EQ(error(std::string(kLongestIdentity + 1, 'a')), "too_long");
}

TEST(IdentityHeader, SplitsALineAtCommasOutsideOfUris) {
  EXPECT_THAT(split_identities("a.b.c;info=<https://c/x,y> , d.e.f;info=<https://d>"),
              testing::ElementsAre("a.b.c;info=<https://c/x,y>", "d.e.f;info=<https://d>"));
  EXPECT_THAT(split_identities(""), testing::IsEmpty());
  EXPECT_EQ(split_identities(std::string(400, ',') + "a").size(), 1u);
  std::string many;
  for (int i = 0; i < 100; ++i)
    many += "a,";
  EXPECT_EQ(split_identities(many).size(), kMostIdentities + 1);
}

TEST(IdentityHeader, WritesNothingThatCouldBreakOut) {
  EXPECT_EQ((IdentityHeader{"a.b.c", "https://c>;x=<", "", ""}.write()), "");
  EXPECT_EQ((IdentityHeader{"a.b.c\r\n", "https://c", "", ""}.write()), "");
  EXPECT_EQ((IdentityHeader{"a.b.c", "https://c", "", "a;b"}.write()), "");
}

}  // namespace
}  // namespace warp::stir
