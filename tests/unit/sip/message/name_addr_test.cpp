#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/sip/message/message.h"

namespace warp::sip {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct GoodAddress {
  std::string_view text;
  std::string_view display, uri, params, tag;
};

class GoodNameAddr : public testing::TestWithParam<GoodAddress> {};

TEST_P(GoodNameAddr, IsTakenApart) {
  const auto& want = GetParam();
  const auto parsed = parse_name_addr(want.text);
  ASSERT_TRUE(parsed) << want.text;
  EXPECT_EQ(parsed->display, want.display);
  EXPECT_EQ(parsed->uri, want.uri);
  EXPECT_EQ(parsed->params, want.params);
  EXPECT_EQ(parsed->tag, want.tag);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GoodNameAddr,
    testing::Values(
        GoodAddress{"<sip:a@b>", "", "sip:a@b", "", ""}, GoodAddress{"sip:a@b", "", "sip:a@b", "", ""},
        GoodAddress{"sip:a@b;tag=x", "", "sip:a@b", ";tag=x", "x"},
        GoodAddress{"<sip:a@b;lr>;tag=x", "", "sip:a@b;lr", ";tag=x", "x"},
        GoodAddress{"caller<sip:caller@example.com>;tag=323", "caller", "sip:caller@example.com", ";tag=323",
                    "323"},
        GoodAddress{"\"Al, the \\\"Great\\\"\" <sip:a@b>", "Al, the \\\"Great\\\"", "sip:a@b", "", ""},
        GoodAddress{"\"\"<sip:a@b>", "", "sip:a@b", "", ""},
        GoodAddress{"J. O'Hara (mobile) <sip:a@b>", "J. O'Hara (mobile)", "sip:a@b", "", ""},
        GoodAddress{"J\xc3\xbcrgen <sip:a@b>", "J\xc3\xbcrgen", "sip:a@b", "", ""},
        GoodAddress{"sip:vivekg@example.com ;   tag    = 1918181833n", "", "sip:vivekg@example.com",
                    ";   tag    = 1918181833n", "1918181833n"},
        GoodAddress{"<sip:a@b>;q=0.3;x=\"a,b;c\", <sip:c@d>", "", "sip:a@b", ";q=0.3;x=\"a,b;c\"", ""},
        GoodAddress{"isbn:2983792873", "", "isbn:2983792873", "", ""},
        GoodAddress{"<http://example.com/?a=b,c>", "", "http://example.com/?a=b,c", "", ""},
        GoodAddress{"tel:+1-201-555-0123;tag=9", "", "tel:+1-201-555-0123", ";tag=9", "9"}));

class BadNameAddr : public testing::TestWithParam<std::string_view> {};

TEST_P(BadNameAddr, IsRefused) {
  EXPECT_FALSE(parse_name_addr(GetParam())) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Table, BadNameAddr,
                         testing::Values("", "*", "alice", "\"Mr. J. User <sip:j.user@example.com>",
                                         "\"Bob\" sip:a@b", "<sip:a@b", "< sip:a@b>", "<sip:a@b >", "<>",
                                         "Bell, Alexander <sip:a.g.bell@example.com>;tag=43",
                                         "<sip:a@b> junk", "<sip:a@b>;;", "<sip:a@b>;", "<sip:a@b>;=x",
                                         "<sip:a@b>;tag=1;tag=2", "<sip:a@b>;x=\"open", "<sip:a@b>;x=<y>",
                                         "sip:a@b?Route=%3Csip:c%3E", ":a@b", "<:a>", "<sip:>",
                                         "<1sip:a@b>"));

TEST(SplitList, RespectsQuotesAndAngles) {
  EXPECT_THAT(split_list("a, b ,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_list("\"x, \\\"y\" <sip:a,b@c>;q=1, <sip:d>"),
              ElementsAre("\"x, \\\"y\" <sip:a,b@c>;q=1", "<sip:d>"));
  EXPECT_THAT(split_list("\"open, b"), ElementsAre("\"open, b"));
  EXPECT_THAT(split_list(" ,, a,,"), ElementsAre("a"));
  EXPECT_THAT(split_list(""), IsEmpty());
}

}  // namespace
}  // namespace warp::sip
