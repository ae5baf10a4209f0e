// Every endpoint that names an object, asked with another customer's key: the object is not there.
#include <map>

#include "warp/api/openapi.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiTenancy : public ApiFixture {
 protected:
  ApiTenancy() {
    trunk_ = ask("POST", "/v1/trunks", key, {{"name", "victim"}, {"auth_type", "IP_ACL"}}).id();
    const auto base = "/v1/trunks/" + trunk_;
    const auto ip = ask("POST", base + "/ips", key, {{"ip", "198.51.101.1"}});
    const auto endpoint = ask("POST", base + "/endpoints", key, {{"host", "192.0.2.99"}});
    const auto tn = create("/v1/numbers", {{"tn", unique_tn()}, {"customer_id", customer}});
    const auto keys = get("/v1/customers/" + customer + "/api-keys", boss);
    domain::CallRecord record;
    record.id.value = SecureIdSource().uuid7(SystemClock().wall());
    record.call.value = record.id.value;
    record.customer = *CustomerId::parse(customer);
    record.setup_at = record.ended_at = SystemClock().wall();
    server_.store({record});
    server_.registry.reset();
    const auto brand = ask("POST", "/v1/messaging/brands", key,
                           {{"entity_type", "SOLE_PROPRIETOR"},
                            {"display_name", "victim"},
                            {"first_name", "A"},
                            {"last_name", "B"}});
    const std::string prose(40, 'x');
    const auto campaign = ask("POST", "/v1/messaging/campaigns", key,
                              {{"brand_id", brand.id()},
                               {"usecase", "2FA"},
                               {"description", prose},
                               {"message_flow", prose},
                               {"sample1", "1234"}});
    values_ = {{"brand_id", brand.id()},
               {"campaign_id", campaign.id()},
               {"trunk_id", trunk_},
               {"ip_id", ip.id()},
               {"endpoint_id", endpoint.data()["id"].dump()},
               {"tn", tn},
               {"customer_id", customer},
               {"key_id", keys.data()[0]["id"].get<std::string>()},
               {"record_id", record.id.to_string()}};
  }
  ~ApiTenancy() override { ask("DELETE", "/v1/trunks/" + trunk_ + "/ips/" + values_["ip_id"], boss); }

  // The path with the victim's ids; empty when it holds none.
  std::string path_of(const api::Endpoint& endpoint) {
    auto path = "/v1" + api::plain_path(endpoint.path);
    if (path.find('{') == std::string::npos) return "";
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      const auto close = path.find('}', open);
      const auto found = values_.find(path.substr(open + 1, close - open - 1));
      if (found == values_.end()) return "";
      path.replace(open, close - open + 1, found->second);
    }
    return path;
  }
  // A body that would be taken, were the object the caller's.
  static Json body_of(const api::Endpoint& endpoint) {
    if (endpoint.path.ends_with("/ips")) return {{"ip", "198.51.101.2"}};
    if (endpoint.path.ends_with("{campaign_id:uuid}/numbers"))
      return {{"phone_numbers", Json::array({"2025550100"})}};
    if (endpoint.path.ends_with("/destinations")) return {{"destinations", Json::array()}};
    if (endpoint.path.ends_with("/credentials")) return {{"username", "thief"}};
    if (endpoint.path.ends_with("/e911"))
      return {{"civic", {{"country", "US"}, {"A1", "NY"}, {"A3", "New York"}, {"RD", "Broadway"}}}};
    if (endpoint.path.ends_with("/endpoints")) return {{"host", "192.0.2.98"}};
    return endpoint.body_kind == api::BodyKind::None ? Json() : Json::object();
  }

  std::string trunk_;
  std::map<std::string, std::string> values_;
};

TEST_F(ApiTenancy, AnothersObjectsAreNotThere) {
  const auto before = get("/v1/trunks/" + trunk_, key).data();
  int asked = 0;
  for (const auto& endpoint : server_.endpoints()) {
    const auto path = path_of(endpoint);
    if (path.empty()) continue;
    const std::string method(http::to_string(endpoint.method));
    const auto reply = ask(method, path, other_key, body_of(endpoint));
    EXPECT_TRUE(reply.status == 403 || reply.status == 404 || reply.code() == "TN_ALREADY_ASSIGNED")
        << method << " " << path << " " << reply.status << " " << reply.text;
    const bool hidden = endpoint.path.starts_with("/trunks") ||
                        endpoint.path.starts_with("/messaging/brands") ||
                        endpoint.path.starts_with("/messaging/campaigns");
    if (!endpoint.operators_only && hidden) {
      // Credentials have a code of their own for it, published so.
      const bool credentials = endpoint.path.find("/credentials") != endpoint.path.npos;
      EXPECT_EQ(reply.code(), credentials ? "TRUNK_UNOWNED" : "NOT_FOUND") << method << " " << path;
    }
    ++asked;
  }
  EXPECT_GE(asked, 25) << "the table was walked";
  EXPECT_EQ(get("/v1/trunks/" + trunk_, key).data(), before) << "and nothing was changed";
  EXPECT_EQ(get("/v1/numbers/" + values_["tn"], key).status, 200u);
}

TEST_F(ApiTenancy, ListsHoldOnlyWhatIsOnes) {
  for (const char* path :
       {"/v1/trunks", "/v1/numbers", "/v1/cdr/details", "/v1/messaging/brands", "/v1/messaging/campaigns"}) {
    EXPECT_EQ(get(path, other_key).data().size(), 0u) << path;
    EXPECT_EQ(get(path, key).data().size(), 1u) << path;
  }
}

TEST_F(ApiTenancy, AnOperatorWhoActsForOneIsKeptToIt) {
  EXPECT_EQ(get("/v1/trunks/" + trunk_ + "?customer_id=" + other, boss).code(), "NOT_FOUND");
  EXPECT_EQ(get("/v1/trunks/" + trunk_ + "?customer_id=" + customer, boss).status, 200u);
  EXPECT_EQ(get("/v1/trunks/" + trunk_, boss).status, 200u);
}

}  // namespace
}  // namespace warp::test
