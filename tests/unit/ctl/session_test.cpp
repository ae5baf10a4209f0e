#include "ctl/session.h"

#include <gtest/gtest.h>

namespace warp::ctl {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  const auto rows =
      Json::parse(R"([{"name": "main", "cps": 5}, {"name": "Zürich", "cps": null}, {"cps": 10}])");
  EXPECT_EQ(table_of(rows, {"name", "cps"}),
            "name    cps\n"
            "main    5\n"
            "Zürich  -\n"
            "-       10\n");
}

TEST(Table, WithoutRowsThereAreTheNames) {
  EXPECT_EQ(table_of(Json::array(), {"a", "b"}), "a  b\n");
}

TEST(Refusal, SaysTheCodeAndTheSentence) {
  EXPECT_EQ(refusal_of(404, R"({"error": {"code": "NOT_FOUND", "message": "There is none."}})"),
            "NOT_FOUND: There is none.");
  EXPECT_EQ(refusal_of(502, "<html>"), "the API answers 502");
  EXPECT_EQ(refusal_of(500, R"({"error": "x"})"), "the API answers 500");
}

TEST(Session, NobodyThereIsARefusalWithoutStatus) {
  Session session;
  session.url = "http://127.0.0.1:1";
  try {
    session.get("/network");
    FAIL() << "it was to fail";
  } catch (const Refused& refused) {
    EXPECT_EQ(refused.status, 0u);
    EXPECT_NE(std::string(refused.what()).find("http://127.0.0.1:1"), std::string::npos);
  }
}

}  // namespace
}  // namespace warp::ctl
