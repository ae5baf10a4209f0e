#include "warp/api/errors.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace warp::api {
namespace {

std::filesystem::path page_path() {
  return std::filesystem::path(WARP_SOURCE_DIR) / "docs/api-errors.md";
}

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
  const auto page = errors_markdown();
  if (std::getenv("WARP_UPDATE_DOCS") != nullptr) std::ofstream(page_path()) << page;
  std::ifstream file(page_path());
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), page) << "regenerate with: WARP_UPDATE_DOCS=1 unit_api "
                                 "--gtest_filter=Errors.DocumentedPageEqualsTheTable";
}

}  // namespace
}  // namespace warp::api
