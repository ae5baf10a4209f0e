#include "warp/api/openapi.h"

#include <gtest/gtest.h>

#include "support/openapi_check.h"

namespace warp::api {
namespace {

Endpoint trunk(http::Method method, std::string path) {
  Endpoint endpoint;
  endpoint.method = method;
  endpoint.path = std::move(path);
  endpoint.summary = "A trunk";
  endpoint.tag = "Trunks";
  endpoint.scope = "trunks:read";
  endpoint.answer = {"Trunk", {uuid("id").needed(), text("name").or_null(), amount("rent")}};
  return endpoint;
}

EndpointTable table() {
  EndpointTable out;
  out.push_back(trunk(http::Method::Get, "/trunks/{trunk_id:uuid}"));
  auto change = trunk(http::Method::Patch, "/trunks/{trunk_id:uuid}");
  change.body_kind = BodyKind::Json;
  change.body = {"TrunkPatch", {text("name").needed(), amount("rent")}};
  change.partial = true;
  change.step_up = true;
  out.push_back(change);
  auto create = trunk(http::Method::Post, "/trunks");
  create.body_kind = BodyKind::Json;
  create.body = {"NewTrunk",
                 {text("name").needed(), list("ips", object("", {text("ip"), integer("netmask")}))}};
  create.status = 201;
  create.idempotency = Idempotency::Accepted;
  out.push_back(create);
  auto other = trunk(http::Method::Get, "/trunks/{trunk_id:uuid}/other.csv");
  other.answer = {"Trunk", {text("another")}};
  other.etag = false;
  out.push_back(other);
  return out;
}

const Json& operation(const Json& document, const std::string& path, const std::string& method) {
  return document.at("paths").at(path).at(method);
}

bool has_parameter(const Json& operation, const std::string& name) {
  const Json wanted{{"$ref", "#/components/parameters/" + name}};
  const auto& all = operation.at("parameters");
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

TEST(Openapi, ChangesNeedNoMemberAndMoneyMayBeAText) {
  const auto document = openapi(table(), "1");
  const auto& body = document.at("components").at("schemas").at("TrunkPatch");
  EXPECT_FALSE(body.contains("required"));
  EXPECT_TRUE(body.at("properties").at("rent").contains("oneOf"));
  const auto& answer = document.at("components").at("schemas").at("Trunk");
  EXPECT_EQ(answer.at("properties").at("rent").at("type"), "number");
}

TEST(Openapi, ASecondMeaningOfANameHasANameOfItsOwn) {
  const auto document = openapi(table(), "1");
  EXPECT_TRUE(document.at("components").at("schemas").contains("TrunkOfGetTrunksTrunkIdOtherCsv"));
}

TEST(Openapi, VersionsAndRepeatsAreSaidWhereTheyAre) {
  const auto document = openapi(table(), "1");
  const auto& get = operation(document, "/trunks/{trunk_id}", "get");
  const auto& patch = operation(document, "/trunks/{trunk_id}", "patch");
  const auto& post = operation(document, "/trunks", "post");
  EXPECT_TRUE(has_parameter(get, "IfNoneMatch"));
  EXPECT_TRUE(get.at("responses").contains("304"));
  EXPECT_TRUE(has_parameter(patch, "IfMatch"));
  EXPECT_TRUE(patch.at("responses").contains("412"));
  EXPECT_EQ(patch.at("x-step-up"), true);
  EXPECT_TRUE(has_parameter(post, "IdempotencyKey"));
  EXPECT_EQ(post.at("x-idempotency"), "accepted");
  EXPECT_EQ(post.at("x-scope"), "trunks:read");
  EXPECT_FALSE(operation(document, "/trunks/{trunk_id}/other.csv", "get").at("responses").contains("304"));
}

TEST(Openapi, EveryCodeOfAFailureHasItsExample) {
  const auto document = openapi(table(), "1");
  const auto& refused = operation(document, "/trunks/{trunk_id}", "patch").at("responses").at("403");
  const auto& examples = refused.at("content").at("application/json").at("examples");
  EXPECT_TRUE(examples.contains("FORBIDDEN"));
  EXPECT_TRUE(examples.contains("MFA_REQUIRED"));
  for (const auto& row : all_errors())
    EXPECT_TRUE(document.at("components").at("examples").contains(std::string(row.name))) << row.name;
}

class OpenapiCheckTest : public ::testing::Test {
 protected:
  std::vector<std::string> faults(const std::string& body, unsigned status = 200) const {
    return check_.faults("get", "/trunks/{trunk_id}", status, Json::parse(body));
  }
  const test::OpenapiCheck check_{openapi(table(), "1")};
};

TEST_F(OpenapiCheckTest, ASoundAnswerHasNoFault) {
  EXPECT_TRUE(faults(R"({"success": true, "data": {"id": "x", "name": null, "rent": 1.5},
                         "meta": {"timestamp": "t", "request_id": "r", "more": 1}})")
                  .empty());
}

TEST_F(OpenapiCheckTest, EachFaultIsNamed) {
  const std::string meta = R"("meta": {"timestamp": "t", "request_id": "r"}})";
  for (const char* data : {R"({"id": 1})", R"({"name": "x"})", R"({"id": null})",
                           R"({"id": "x", "colour": "red"})", R"({"id": "x", "rent": "1.5"})", "[]", "null"})
    EXPECT_EQ(faults(R"({"success": true, "data": )" + std::string(data) + ", " + meta).size(), 1u) << data;
  EXPECT_EQ(faults("{}", 418).size(), 3u);  // success, error and meta are missing
  EXPECT_EQ(faults("{}", 202).size(), 1u);  // no such success
}

TEST_F(OpenapiCheckTest, PathsAreFound) {
  EXPECT_EQ(check_.path_of("get", "/trunks/17"), "/trunks/{trunk_id}");
  EXPECT_EQ(check_.path_of("post", "/trunks"), "/trunks");
  EXPECT_EQ(check_.path_of("get", "/trunks"), "");
  EXPECT_EQ(check_.path_of("get", "/trunks/17/none"), "");
}

}  // namespace
}  // namespace warp::api
