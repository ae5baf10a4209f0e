#include "warp/domain/reason.h"

#include <set>

#include <gtest/gtest.h>

#include "support/generated_page.h"

namespace warp::domain {
namespace {

TEST(Reason, NamesAreUniqueAndParseBack) {
  std::set<std::string_view> names;
  for (const auto& row : all_reasons()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(parse_reason(row.name), row.reason);
    EXPECT_EQ(to_string(row.reason), row.name);
    EXPECT_EQ(&info(row.reason), &row);
  }
  EXPECT_EQ(parse_reason("normal_clearing"), std::nullopt);
  EXPECT_EQ(parse_reason(""), std::nullopt);
}

TEST(Reason, EveryRowIsFitForTheWireAndForPeople) {
  for (const auto& row : all_reasons()) {
    EXPECT_TRUE(row.sip_status == 0 || (row.sip_status >= 400 && row.sip_status <= 699)) << row.name;
    EXPECT_TRUE(row.q850 >= 1 && row.q850 <= 127) << row.name;
    EXPECT_FALSE(row.phrase.empty());
    for (const char c : row.phrase)
      EXPECT_TRUE(c >= ' ' && c < 0x7f && c != '"' && c != '\\') << row.name;
    for (const char c : row.name)
      EXPECT_TRUE((c >= 'A' && c <= 'Z') || c == '_') << row.name;
    EXPECT_EQ(row.cause.back(), '.') << row.name;
    EXPECT_EQ(row.cure.back(), '.') << row.name;
    EXPECT_EQ(row.cause.find('|'), std::string_view::npos) << row.name;
  }
}

// A code is stable for ever: this list only grows.
TEST(Reason, CodesNeverChange) {
  EXPECT_EQ(all_reasons().size(), 102u);
  EXPECT_EQ(static_cast<int>(Reason::NormalClearing), 1000);
  EXPECT_EQ(static_cast<int>(Reason::DaemonRestarted), 1008);
  EXPECT_EQ(static_cast<int>(Reason::SourceUnknown), 2001);
  EXPECT_EQ(static_cast<int>(Reason::JournalUnavailable), 3006);
  EXPECT_EQ(static_cast<int>(Reason::RateOverflow), 4008);
  EXPECT_EQ(static_cast<int>(Reason::FarEndMalformed), 5004);
  EXPECT_EQ(static_cast<int>(Reason::FarEndCallGone), 5006);
}

TEST(Reason, StatusAndCauseFollowRfc3398) {
  EXPECT_EQ(info(Reason::CalleeBusy).sip_status, 486);
  EXPECT_EQ(info(Reason::CalleeBusy).q850, 17);
  EXPECT_EQ(info(Reason::NumberUnassigned).sip_status, 404);
  EXPECT_EQ(info(Reason::NumberUnassigned).q850, 1);
  EXPECT_EQ(info(Reason::NoRoute).sip_status, 404);
  EXPECT_EQ(info(Reason::NoRoute).q850, 3);
  EXPECT_EQ(info(Reason::NumberInvalid).sip_status, 484);
  EXPECT_EQ(info(Reason::NumberInvalid).q850, 28);
  EXPECT_EQ(info(Reason::FarEndTimeout).sip_status, 504);
  EXPECT_EQ(info(Reason::FarEndTimeout).q850, 102);
}

TEST(Reason, DocumentedPageEqualsTheTable) {
  test::expect_page("docs/reason-codes.md", reasons_markdown());
}

}  // namespace
}  // namespace warp::domain
