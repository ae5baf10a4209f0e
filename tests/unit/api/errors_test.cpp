#include "warp/api/errors.h"

#include <set>

#include <gtest/gtest.h>

#include "support/generated_page.h"

namespace warp::api {
namespace {

TEST(Errors, NamesAreUniqueAndRowsAreWhole) {
  std::set<std::string_view> names;
  for (const auto& row : all_errors()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(&info(row.code), &row);
    EXPECT_TRUE(row.status >= 400 && row.status <= 599) << row.name;
    EXPECT_EQ(row.cause.back(), '.') << row.name;
    EXPECT_EQ(row.cure.back(), '.') << row.name;
    EXPECT_EQ(row.cause.find('|'), std::string_view::npos) << row.name;
  }
}

TEST(Errors, StatusesThatClientsRelyOn) {
  EXPECT_EQ(info(ErrorCode::Unauthorized).status, 401);
  EXPECT_EQ(info(ErrorCode::NoActiveCustomer).status, 401);
  EXPECT_EQ(info(ErrorCode::TrunkUnowned).status, 403);
  EXPECT_EQ(info(ErrorCode::NotFound).status, 404);
  EXPECT_EQ(info(ErrorCode::InvalidPayload).status, 400);
  EXPECT_EQ(info(ErrorCode::Conflict).status, 409);
}

TEST(Errors, DocumentedPageEqualsTheTable) {
  test::expect_page("docs/api-errors.md", errors_markdown());
}

}  // namespace
}  // namespace warp::api
