#include "warp/http/router.h"

#include <gtest/gtest.h>

namespace warp::http {
namespace {

using Outcome = Router::Outcome;
constexpr const char* kId = "0190c7a0-0000-7000-8000-000000000001";

boost::asio::awaitable<Response> nothing(Request) {
  co_return Response{};
}

Route route(Method method, std::string pattern) {
  Route made;
  made.method = method;
  made.pattern = std::move(pattern);
  made.handler = nothing;
  return made;
}

Router sample() {
  Router router;
  router.add(route(Method::Get, "/api/v1/trunks"));
  router.add(route(Method::Post, "/api/v1/trunks"));
  router.add(route(Method::Get, "/api/v1/trunks/{trunk_id:uuid}"));
  router.add(route(Method::Get, "/api/v1/keys/audit"));
  router.add(route(Method::Get, "/api/v1/keys/{key_id:uuid}"));
  router.add(route(Method::Get, "/api/v1/keys/{key_id:uuid}/audit"));
  router.add(route(Method::Delete, "/api/v1/things/{thing}/parts/{part:int}"));
  router.alias("/v1", "/api/v1");
  return router;
}

TEST(Router, FindsLiteralBeforeParameter) {
  const auto router = sample();
  EXPECT_EQ(router.match(Method::Get, "/api/v1/keys/audit").route->pattern, "/api/v1/keys/audit");
  const auto match = router.match(Method::Get, std::string("/api/v1/keys/") + kId);
  ASSERT_EQ(match.outcome, Outcome::Found);
  EXPECT_EQ(match.params.at(0).first, "key_id");
  EXPECT_EQ(match.params.at(0).second, kId);
}

TEST(Router, GoesBackFromALiteralThatLeadsNowhere) {
  const auto router = sample();
  EXPECT_EQ(router.match(Method::Get, "/api/v1/keys/audit/audit").outcome, Outcome::BadParameter);
}

TEST(Router, SplitsBeforeItDecodes) {
  const auto router = sample();
  const auto match = router.match(Method::Delete, "/api/v1/things/a%2Fb%3B@c/parts/12");
  ASSERT_EQ(match.outcome, Outcome::Found);
  EXPECT_EQ(match.params.at(0).second, "a/b;@c");
  EXPECT_EQ(match.params.at(1).second, "12");
}

TEST(Router, ChecksTypes) {
  const auto router = sample();
  auto match = router.match(Method::Get, "/api/v1/trunks/12");
  EXPECT_EQ(match.outcome, Outcome::BadParameter);
  EXPECT_EQ(match.bad_parameter, "trunk_id");
  EXPECT_EQ(router.match(Method::Get, "/api/v1/trunks/").outcome, Outcome::BadParameter);
  for (const char* bad : {"x", "-1", "1.5", "9999999999999999999"})
    EXPECT_EQ(router.match(Method::Delete, std::string("/api/v1/things/a/parts/") + bad).outcome,
              Outcome::BadParameter)
        << bad;
}

TEST(Router, SaysWhatIsAllowed) {
  const auto router = sample();
  const auto match = router.match(Method::Patch, "/api/v1/trunks");
  EXPECT_EQ(match.outcome, Outcome::MethodNotAllowed);
  EXPECT_EQ(match.allow, "GET, HEAD, POST");
  EXPECT_EQ(router.match(Method::Head, "/api/v1/trunks").outcome, Outcome::Found);
}

TEST(Router, NotFoundAndBroken) {
  const auto router = sample();
  EXPECT_EQ(router.match(Method::Get, "/api/v1").outcome, Outcome::NotFound);
  EXPECT_EQ(router.match(Method::Get, "/api/v1/trunks/x/y").outcome, Outcome::NotFound);
  EXPECT_EQ(router.match(Method::Get, "*").outcome, Outcome::NotFound);
  EXPECT_EQ(router.match(Method::Get, "").outcome, Outcome::NotFound);
  EXPECT_EQ(router.match(Method::Get, "/api/v1/trunks/%zz").outcome, Outcome::BadEncoding);
  EXPECT_EQ(router.match(Method::Get, std::string(100'000, '/')).outcome, Outcome::NotFound);
}

TEST(Router, AliasReachesTheSameRoute) {
  const auto router = sample();
  EXPECT_EQ(router.match(Method::Get, "/v1/trunks").route, router.match(Method::Get, "/api/v1/trunks").route);
  EXPECT_EQ(router.match(Method::Get, "/v1x/trunks").outcome, Outcome::NotFound);
}

TEST(Router, RefusesImpossibleTables) {
  auto router = sample();
  EXPECT_THROW(router.add(route(Method::Get, "/api/v1/trunks")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::Get, "/api/v1/trunks/{other}")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::Get, "/x/{a:float}")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::Get, "x")), std::logic_error);
  EXPECT_EQ(router.routes().size(), 7u);
}

}  // namespace
}  // namespace warp::http
