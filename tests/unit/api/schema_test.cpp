#include "warp/api/schema.h"

#include <gtest/gtest.h>

namespace warp::api {
namespace {

bool all_digits(std::string_view value) {
  return value.find_first_not_of("0123456789") == std::string_view::npos;
}

Schema sample() {
  return {"Sample",
          {text("name").between(1, 5).needed(), integer("count", 0, 10).or_null(), boolean("on"),
           amount("price"), uuid("id"), text("kind").one_of({"A", "B"}),
           text("digits").is(all_digits, "digits"), list("parts", object("", {integer("n").needed()}), 2),
           free_object("free"), instant("at"), date("day")}};
}

Json wrong(const char* body, bool partial = false) {
  return check(sample(), Json::parse(body), partial);
}

TEST(Schema, TakesWhatFits) {
  EXPECT_EQ(wrong(R"({"name":"abc"})"), Json::object());
  EXPECT_EQ(
      wrong(R"({"name":"abc","count":null,"on":false,"price":"0.01","kind":"B","digits":"","parts":[{"n":1}],
                     "id":"0190c7a0-0000-7000-8000-000000000001","free":{"x":[1]},"at":"2025-06-15T12:00:00Z",
                     "day":"2025-06-15"})"),
      Json::object());
}

TEST(Schema, NamesEveryFaultAtItsPlace) {
  const auto faults = wrong(
      R"({"count":11,"on":"yes","price":"x","id":"7","kind":"C","digits":"1a","parts":[{},{"n":"1","m":2}],
                               "free":[],"at":"now","day":"2025-02-30","more":1})");
  std::vector<std::string> names;
  for (const auto& [name, why] : faults.items())
    names.push_back(name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names,
            (std::vector<std::string>{"at", "count", "day", "digits", "free", "id", "kind", "more", "name",
                                      "on", "parts[0].n", "parts[1].m", "parts[1].n", "price"}));
  EXPECT_EQ(faults["name"], "is required");
  EXPECT_EQ(faults["more"], "is not known");
  EXPECT_EQ(faults["kind"], "must be one of A, B");
  EXPECT_EQ(faults["digits"], "must be digits");
}

TEST(Schema, PartialNeedsNothingAndNullOnlyWhereItClears) {
  EXPECT_EQ(wrong("{}", true), Json::object());
  EXPECT_EQ(wrong(R"({"count":null})", true), Json::object());
  EXPECT_EQ(wrong(R"({"name":null})", true)["name"], "must not be null");
}

TEST(Schema, BoundsHoldForExtremeNumbers) {
  EXPECT_TRUE(has(wrong(R"({"name":"a","count":18446744073709551615})"), "count"));
  EXPECT_TRUE(has(wrong(R"({"name":"a","count":-9223372036854775808})"), "count"));
  EXPECT_TRUE(has(wrong(R"({"name":"a","count":1.0})"), "count"));
  EXPECT_TRUE(has(wrong(R"({"name":"a\u0000b"})"), "name"));
  EXPECT_TRUE(has(wrong(R"({"name":"abcdef"})"), "name"));
  EXPECT_TRUE(has(wrong(R"({"name":"a","parts":[{"n":1},{"n":1},{"n":1}]})"), "parts"));
}

Outcome<Json> query(std::string_view text_of_query) {
  const std::vector<Field> fields{integer("page", -100, 100), boolean("all"), uuid("id"), date("day"),
                                  text("to").needed()};
  return read_query(fields, *http::Query::parse(text_of_query));
}

TEST(Query, TypesItsParameters) {
  const auto read = query("page=-3&all=true&to=%2B1&day=2025-06-15");
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)["page"], -3);
  EXPECT_EQ((*read)["all"], true);
  EXPECT_EQ((*read)["to"], "+1");
  EXPECT_FALSE(has(*read, "id"));
}

TEST(Query, RefusesWithTheNameOfTheParameter) {
  const auto refused = [](std::string_view text_of_query) {
    const auto read = query(text_of_query);
    return read ? "taken"
                : std::string(to_string(read.error().code)) + " " +
                      read.error().details["param"].get<std::string>();
  };
  EXPECT_EQ(refused("page=1"), "MISSING_PARAM to");
  EXPECT_EQ(refused("to=1&page=x"), "INVALID_PARAM page");
  EXPECT_EQ(refused("to=1&page=101"), "INVALID_PARAM page");
  EXPECT_EQ(refused("to=1&page="), "INVALID_PARAM page");
  EXPECT_EQ(refused("to=1&all=1"), "INVALID_PARAM all");
  EXPECT_EQ(refused("to=1&id=1"), "INVALID_PARAM id");
  EXPECT_EQ(refused("to=1&day=2025-6-1"), "INVALID_DATE day");
  EXPECT_EQ(refused("to=1&more=1"), "INVALID_PARAM more");
  EXPECT_EQ(refused("to=1&to=2"), "INVALID_PARAM to");
}

TEST(Schema, DescribesItself) {
  const auto described = describe(sample());
  EXPECT_EQ(described["required"], Json::array({"name"}));
  EXPECT_EQ(described["properties"]["count"]["maximum"], 10);
  EXPECT_EQ(described["properties"]["count"]["nullable"], true);
  EXPECT_EQ(described["properties"]["id"]["format"], "uuid");
  EXPECT_EQ(described["properties"]["kind"]["enum"], Json::array({"A", "B"}));
  EXPECT_EQ(described["properties"]["parts"]["items"]["properties"]["n"]["type"], "integer");
}

}  // namespace
}  // namespace warp::api
