#include <set>

#include "warp/api/openapi.h"
#include "warp/base/text.h"
#include "warp/domain/reason.h"

#include "unit/api/world.h"

namespace warp::api {
namespace {

TEST_F(ApiTest, AnswersInTheEnvelopeUnderBothPrefixes) {
  for (const char* prefix : {"/api/v1", "/v1"}) {
    const auto reply = ask("GET", prefix + std::string("/network/ingress-ips"), "rk_nothing");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_EQ(reply.body["success"], true);
    EXPECT_TRUE(reply.body["data"].is_array());
    EXPECT_TRUE(parse_timestamp(reply.body["meta"]["timestamp"].get<std::string>()));
    EXPECT_EQ(reply.headers.get("X-Request-Id"), reply.body["meta"]["request_id"].get<std::string>());
    EXPECT_EQ(reply.headers.get("Content-Type"), "application/json");
  }
}

TEST_F(ApiTest, EchoesASaneRequestIdAndNoOther) {
  const auto given = [this](const std::string& id) {
    return std::string(
        *ask("GET", "/v1/nothing", "", "", "", "X-Request-Id: " + id + "\r\n").headers.get("X-Request-Id"));
  };
  EXPECT_EQ(given("abc-1_2.3:4"), "abc-1_2.3:4");
  EXPECT_NE(given("a b"), "a b");
  EXPECT_NE(given("<script>"), "<script>");
  EXPECT_NE(given(std::string(65, 'a')), std::string(65, 'a'));
}

TEST_F(ApiTest, NoEndpointWithoutAKey) {
  Settings settings;  // more endpoints are asked than a credential's bucket holds
  settings.key_rate = settings.customer_rate = settings.failure_rate = {10'000, 10'000};
  start(settings);
  for (const auto& endpoint : api_->endpoints()) {
    if (endpoint.open) continue;
    auto path = "/api/v1" + endpoint.path;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      const auto end = path.find('}') + 1;
      path.replace(open, end - open, path.substr(open, end - open).ends_with(":int}") ? "1" : kId);
    }
    const std::string method(http::to_string(endpoint.method));
    const auto reply = ask(method, path, "");
    EXPECT_EQ(reply.status, 401u) << method << " " << path;
    EXPECT_EQ(reply.code(), "UNAUTHORIZED") << method << " " << path;
    EXPECT_EQ(reply.headers.get("WWW-Authenticate"), "Bearer");
    if (endpoint.operators_only || !endpoint.scope.empty()) {
      EXPECT_EQ(ask(method, path, "rk_nothing").code(), "FORBIDDEN") << method << " " << path;
    }
    if (endpoint.operators_only) {
      EXPECT_EQ(ask(method, path, "rk_forged").code(), "FORBIDDEN") << method << " " << path;
    }
  }
}

TEST_F(ApiTest, ScopesAreChecked) {
  EXPECT_EQ(ask("GET", "/v1/trunks", "rk_writer").body["error"]["details"]["scope"], "trunks:read");
  EXPECT_EQ(ask("POST", "/v1/trunks", "rk_reader", "{}").code(), "FORBIDDEN");
  EXPECT_EQ(ask("GET", "/v1/trunks", "rk_reader").code(), "SERVICE_UNAVAILABLE") << "as far as the database";
}

TEST_F(ApiTest, CustomersKeepToThemselves) {
  EXPECT_EQ(ask("GET", std::string("/v1/customers/") + kOtherId + "/api-keys", "rk_reader").code(),
            "FORBIDDEN");
  EXPECT_EQ(ask("GET", std::string("/v1/trunks?customer_id=") + kOtherId, "rk_reader").code(), "FORBIDDEN");
  EXPECT_EQ(ask("GET", std::string("/v1/trunks?customer_id=") + kId, "rk_reader").code(),
            "SERVICE_UNAVAILABLE");
  EXPECT_EQ(ask("GET", "/v1/trunks?customer_id=7").code(), "INVALID_PARAM");
  EXPECT_EQ(ask("POST", "/v1/trunks", kBootstrap, "{}").code(), "MISSING_PARAM");
}

TEST_F(ApiTest, StepUpWhenConfigured) {
  Settings settings;
  settings.require_step_up = true;
  start(settings);
  const auto path = std::string("/v1/trunks/") + kId;
  EXPECT_EQ(ask("DELETE", path, "rk_writer").code(), "MFA_REQUIRED");
  EXPECT_EQ(ask("POST", "/v1/trunks", "rk_writer", "{}").code(), "INVALID_PAYLOAD") << "creation needs none";
  EXPECT_EQ(ask("DELETE", path).code(), "SERVICE_UNAVAILABLE") << "operators need none";
}

TEST_F(ApiTest, SaysWhatIsWrongWithARequest) {
  EXPECT_EQ(ask("GET", "/v1/nothing").code(), "NOT_FOUND");
  EXPECT_EQ(ask("GET", "/v1/trunks/7").code(), "INVALID_ID");
  EXPECT_EQ(ask("GET", "/v1/numbers/12").code(), "INVALID_ID");
  EXPECT_EQ(ask("GET", "/v1/trunks?x=1").code(), "INVALID_PARAM");
  const auto method = ask("PATCH", "/v1/network/ingress-ips");
  EXPECT_EQ(method.status, 405u);
  EXPECT_EQ(method.code(), "METHOD_NOT_ALLOWED");
  EXPECT_EQ(method.headers.get("Allow"), "GET, HEAD");
  EXPECT_EQ(ask("GET", "/v1/%zz").status, 400u);
  const std::string customers = "/v1/customers";
  EXPECT_EQ(ask("POST", customers, kBootstrap, "{", "application/json").code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", customers, kBootstrap, "[]").code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", customers, kBootstrap, "{\"name\":\"a\",\"nmae\":1}")
                .body["error"]["details"]["fields"]["nmae"],
            "is not known");
  EXPECT_EQ(ask("POST", customers, kBootstrap, "").body["error"]["details"]["fields"]["name"], "is required")
      << "no body is an empty object";
  EXPECT_EQ(ask("POST", customers, kBootstrap, "", "").status, 400u) << "and needs no type";
  EXPECT_EQ(ask("POST", customers, kBootstrap, "{}", "text/plain").code(), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(ask("POST", customers, kBootstrap, "{}", "").code(), "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(ask("POST", customers, kBootstrap, "{\"name\":\"a\"}", "Application/JSON; charset=utf-8").code(),
            "SERVICE_UNAVAILABLE");
  EXPECT_EQ(ask("POST", customers, kBootstrap, std::string(1000, '[')).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", customers, kBootstrap, std::string(1024 * 1024 + 1, ' ')).code(),
            "PAYLOAD_TOO_LARGE");
  EXPECT_EQ(ask("POST", "/v1/numbers", kBootstrap, "{}").code(), "INVALID_REQUEST");
}

TEST_F(ApiTest, RatesAreLimitedByKeyWithHeaders) {
  Settings settings;
  settings.key_rate = {1, 2};
  start(settings);
  EXPECT_EQ(ask("GET", "/v1/network/ingress-ips", "rk_reader").headers.get("RateLimit-Remaining"), "1");
  ask("GET", "/v1/network/ingress-ips", "rk_reader");
  const auto refused = ask("GET", "/v1/network/ingress-ips", "rk_reader");
  EXPECT_EQ(refused.status, 429u);
  EXPECT_EQ(refused.code(), "RATE_LIMITED");
  EXPECT_EQ(refused.headers.get("Retry-After"), "1");
  EXPECT_EQ(refused.headers.get("RateLimit-Limit"), "2");
  EXPECT_EQ(ask("GET", "/v1/network/ingress-ips", "rk_writer").status, 200u);
}

TEST_F(ApiTest, CorsIsOffUntilAnOriginIsAllowed) {
  Settings settings;
  settings.allowed_origins = {"https://portal.example"};
  start(settings);
  const auto preflight = [this](const char* origin) {
    test::HttpClient client(server_->port());
    return client.request(std::string("OPTIONS /v1/trunks HTTP/1.1\r\nHost: t\r\nOrigin: ") + origin +
                          "\r\n\r\n");
  };
  const auto good = preflight("https://portal.example");
  EXPECT_EQ(good.status, 204u);
  EXPECT_EQ(good.headers.get("Access-Control-Allow-Origin"), "https://portal.example");
  const auto bad = preflight("https://portal.example.evil");
  EXPECT_EQ(bad.status, 405u);
  EXPECT_FALSE(bad.headers.get("Access-Control-Allow-Origin"));
}

TEST_F(ApiTest, ServesReasonCodesAndScopes) {
  const auto codes = ask("GET", "/v1/reason-codes", "rk_nothing").body["data"];
  EXPECT_EQ(codes.size(), domain::all_reasons().size());
  EXPECT_EQ(codes[0]["name"], "NORMAL_CLEARING");
  const auto scopes = ask("GET", "/v1/scopes").body["data"];
  std::size_t count = 0;
  for (const auto& category : scopes)
    count += category["scopes"].size();
  EXPECT_EQ(count, all_scopes().size());
}

TEST_F(ApiTest, ExplainNeedsASnapshot) {
  EXPECT_EQ(ask("GET", "/v1/routing/explain?to=12125550100").code(), "SERVICE_UNAVAILABLE");
}

TEST_F(ApiTest, ConnectionlessDatabaseIs503WithRetryAfter) {
  const auto reply = ask("GET", "/v1/partitions");
  EXPECT_EQ(reply.status, 503u);
  EXPECT_TRUE(reply.headers.get("Retry-After"));
}

TEST_F(ApiTest, DocumentAndRoutesAreTheSameSet) {
  const auto served = ask("GET", "/api/v1/openapi.json", "").body;
  EXPECT_EQ(served["openapi"], "3.0.3");
  std::set<std::string> documented, routed;
  for (const auto& [path, operations] : served["paths"].items())
    for (const auto& [method, operation] : operations.items())
      documented.insert(method + " /api/v1" + path);
  for (const auto* route : router_.routes()) {
    // What others call with a signature or a token of theirs is no part of the API.
    if (!route->pattern.starts_with("/api/v1/")) continue;
    std::string method(http::to_string(route->method));
    for (auto& c : method)
      c = ascii_lower(c);
    routed.insert(method + " " + plain_path(route->pattern));
  }
  routed.erase("get /api/v1/openapi.json");
  EXPECT_EQ(documented, routed);
}

void collect_references(const Json& value, std::set<std::string>& out) {
  for (const auto& [key, member] : value.items()) {
    if (key == "$ref") out.insert(member.get<std::string>());
    if (member.is_structured()) collect_references(member, out);
  }
}

TEST_F(ApiTest, DocumentIsWhole) {
  start();
  const auto document = Json::parse(dump(api_->openapi_document()));
  std::set<std::string> references, ids;
  collect_references(document, references);
  for (const auto& reference : references)
    EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
  for (const auto& [path, operations] : document["paths"].items())
    for (const auto& [method, operation] : operations.items()) {
      EXPECT_TRUE(ids.insert(operation["operationId"].get<std::string>()).second) << method << " " << path;
      EXPECT_FALSE(operation["summary"].get<std::string>().empty());
      if (!operation.contains("security") || !operation["security"].empty()) {
        EXPECT_TRUE(operation["responses"].contains("401")) << method << " " << path;
      }
    }
}

TEST_F(ApiTest, CountsRequestsAndFailures) {
  ask("GET", "/v1/network/ingress-ips", "rk_reader");
  ask("GET", "/v1/network/ingress-ips", "rk_wrong");
  asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
  const auto text = metrics_.expose();
  EXPECT_NE(
      text.find(
          R"(warp_api_requests_total{route="/api/v1/network/ingress-ips",method="GET",status="2xx"} 1)"),
      std::string::npos);
  EXPECT_NE(text.find(R"(warp_api_auth_failures_total{code="UNAUTHORIZED"} 1)"), std::string::npos);
}

}  // namespace
}  // namespace warp::api
