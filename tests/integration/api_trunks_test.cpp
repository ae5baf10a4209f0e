#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
class ApiTrunks : public ApiFixture {
 protected:
  ApiTrunks() { server_.live.load.reset(); }
  Json body(std::string name = "main") {
    Json out;
    out["name"] = std::move(name);
    out["auth_type"] = "IP_ACL";
    return out;
  }
  std::string trunk(const std::string& by, std::string name = "main") {
    const auto reply = ask("POST", "/v1/trunks", by, body(std::move(name)));
    EXPECT_EQ(reply.status, 201u) << reply.text;
    return "/v1/trunks/" + reply.id();
  }
  // An address that no other test uses.
  static std::string address() {
    static int count = 0;
    ++count;
    return "198.18." + std::to_string(count / 250) + "." + std::to_string(count % 250 + 1);
  }
};

TEST_F(ApiTrunks, AreCreatedReadChangedAndDeleted) {
  auto wanted = body();
  wanted["capacity_cps_inbound"] = 0;
  wanted["sip_config"] = {{"codecs", {"PCMU"}}, {"dtmf_mode", "rfc2833"}};
  const auto made = ask("POST", "/v1/trunks", key, wanted);
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["customer_id"], customer);
  EXPECT_EQ(made.data()["capacity_cps_inbound"], 0);
  EXPECT_EQ(made.data()["capacity_cps_outbound"], Json()) << "no ceiling: unlimited";
  EXPECT_EQ(made.data()["sip_config"]["codecs"][0], "PCMU");
  EXPECT_EQ(made.data()["enabled"], true);
  const auto path = "/v1/trunks/" + made.id();
  const auto changed =
      ask("PUT", path, key, {{"enabled", false}, {"capacity_cps_outbound", 5}, {"poi_id", 7}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["enabled"], false);
  EXPECT_EQ(changed.data()["capacity_cps_outbound"], 5);
  EXPECT_EQ(changed.data()["name"], "main") << "only what is present changes";
  EXPECT_EQ(ask("PATCH", path, key, {{"capacity_cps_outbound", nullptr}}).data()["capacity_cps_outbound"],
            Json());
  EXPECT_EQ(get("/v1/trunks", key).data().size(), 1u);
  EXPECT_EQ(get(path, key).data()["ips"], Json::array());
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(ask("DELETE", path, key).code(), "NOT_FOUND");
}

TEST_F(ApiTrunks, NamesAreUniqueWithinACustomer) {
  trunk(key);
  EXPECT_EQ(ask("POST", "/v1/trunks", key, body()).code(), "CONFLICT");
  EXPECT_EQ(ask("POST", "/v1/trunks", other_key, body()).status, 201u);
}

TEST_F(ApiTrunks, OperatorsFieldsAreOperators) {
  auto wanted = body();
  wanted["media_mode"] = "BYPASS";
  EXPECT_EQ(ask("POST", "/v1/trunks", key, wanted).code(), "FORBIDDEN");
  const auto made = ask("POST", "/v1/trunks?customer_id=" + customer, boss, wanted);
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["media_mode"], "BYPASS");
  EXPECT_EQ(ask("PATCH", "/v1/trunks/" + made.id(), key, {{"max_duration_seconds", 10}}).code(), "FORBIDDEN");
}

TEST_F(ApiTrunks, SumsKeepToTheAccountsCeilings) {
  ask("PATCH", "/v1/customers/" + customer, boss,
      {{"allowed_number_classes", {"local", "domestic"}},
       {"capacity",
        {{"local", {{"outbound", {{"cps", 6}, {"channels", 60}}}}},
         {"domestic", {{"outbound", {{"cps", 4}, {"channels", 40}}}}}}}});
  auto first = body("first");
  first["capacity_cps_outbound"] = 7;
  first["allowed_number_classes"] = {"local"};
  EXPECT_EQ(ask("POST", "/v1/trunks", key, first).status, 201u);
  auto second = body("second");
  second["capacity_cps_outbound"] = 4;
  const auto refused = ask("POST", "/v1/trunks", key, second);
  EXPECT_EQ(refused.code(), "VALIDATION_ERROR");
  EXPECT_EQ(refused.body["error"]["details"],
            (Json{{"direction", "outbound"}, {"kind", "cps"}, {"limit", 10}, {"requested", 11}}));
  second.erase("capacity_cps_outbound");
  const auto made = ask("POST", "/v1/trunks", key, second);
  EXPECT_EQ(made.data()["capacity_cps_outbound"], 3) << "what is left of the ceiling";
  const auto path = "/v1/trunks/" + made.id();
  EXPECT_EQ(ask("PUT", path, key, {{"capacity_cps_outbound", 2}}).status, 200u)
      << "its own share does not count";
  EXPECT_EQ(ask("PUT", path, key, {{"capacity_cps_outbound", 4}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PUT", path, key, {{"allowed_number_classes", {"international"}}}).code(),
            "VALIDATION_ERROR");
}

TEST_F(ApiTrunks, AddressesComeAndGo) {
  const auto path = trunk(key) + "/ips";
  const auto ip = address();
  const auto made = ask("POST", path, key, {{"ip", ip}, {"description", "edge"}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["ip"], ip);
  EXPECT_EQ(made.data()["netmask"], 32);
  const auto again = ask("POST", path, key, {{"ip", ip}});
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again.id(), made.id());
  const auto one = path + "/" + made.id();
  EXPECT_EQ(ask("PATCH", one, key, {{"enabled", false}}).data()["enabled"], false);
  EXPECT_EQ(ask("PATCH", one, key, {{"ip", "192.0.2.1"}}).code(), "INVALID_PAYLOAD") << "the address stays";
  EXPECT_EQ(get(path, key).data().size(), 1u);
  EXPECT_EQ(ask("DELETE", one, key).status, 204u);
  EXPECT_EQ(ask("DELETE", one, key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path, key).data().size(), 0u);
}

TEST_F(ApiTrunks, AddressesAreChecked) {
  const auto path = trunk(key) + "/ips";
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "host", "1.2.3.4/33", "[::1]", "::1/129", "fe80::1%lo"})
    EXPECT_EQ(ask("POST", path, key, {{"ip", bad}}).code(), "INVALID_PAYLOAD") << bad;
  EXPECT_EQ(ask("POST", path, key, {{"ip", "192.0.2.1"}, {"netmask", 33}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", path, key, {{"ip", "0.0.0.0"}, {"netmask", 0}}).code(), "VALIDATION_ERROR");
  const auto ip = address();
  EXPECT_EQ(ask("POST", trunk(other_key) + "/ips", other_key, {{"ip", ip}}).status, 201u);
  EXPECT_EQ(ask("POST", path, key, {{"ip", ip}}).code(), "VALIDATION_ERROR") << "another customer's";
}

TEST_F(ApiTrunks, AnAddressIsSharedByPortAndTransport) {
  const auto path = trunk(key) + "/ips", other = trunk(other_key) + "/ips";
  const auto ip = address();
  const auto plain = ask("POST", path, key, {{"ip", ip}});
  ASSERT_EQ(plain.status, 201u) << plain.text;
  EXPECT_TRUE(plain.data()["port"].is_null());
  EXPECT_TRUE(plain.data()["transport"].is_null());
  const Json narrow = {{"ip", ip}, {"port", 5070}, {"transport", "TLS"}};
  const auto made = ask("POST", other, other_key, narrow);
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["port"], 5070);
  EXPECT_EQ(made.data()["transport"], "TLS");
  EXPECT_EQ(ask("POST", other, other_key, narrow).status, 200u) << "it is there already";
  const auto taken = ask("POST", path, key, narrow);
  EXPECT_EQ(taken.code(), "VALIDATION_ERROR") << "another customer's";
  EXPECT_EQ(taken.body["error"]["details"]["port"], 5070);
  EXPECT_EQ(ask("POST", path, key, {{"ip", ip}, {"port", 5070}}).status, 201u);
  EXPECT_EQ(ask("POST", path, key, {{"ip", ip}, {"transport", "TLS"}, {"port", nullptr}}).status, 201u);
  const std::pair<const char*, Json> wrong[] = {
      {"port", 0}, {"port", 65'536}, {"port", "5060"}, {"transport", "SCTP"}, {"transport", "tls"}};
  for (const auto& [name, value] : wrong) {
    Json body;
    body["ip"] = ip;
    body[name] = value;
    EXPECT_EQ(ask("POST", path, key, body).code(), "INVALID_PAYLOAD") << body.dump();
  }
  EXPECT_EQ(get(path, key).data().size(), 3u);
}

TEST_F(ApiTrunks, NetworksOfBothFamilies) {
  const auto path = trunk(key) + "/ips";
  const auto add = [&](Json wanted) { return ask("POST", path, key, std::move(wanted)); };
  struct Case {
    const char* given;
    const char* ip;
    int netmask;
  };
  for (const auto& [given, ip, netmask] :
       {Case{"2001:DB8:0:0::00a1", "2001:db8::a1", 128}, Case{"2001:db8:7::/48", "2001:db8:7::", 48},
        Case{"198.51.100.64/28", "198.51.100.64", 28}, Case{"::ffff:198.51.100.7", "198.51.100.7", 32}}) {
    const auto made = add({{"ip", given}});
    ASSERT_EQ(made.status, 201u) << made.text;
    EXPECT_EQ(made.data()["ip"], ip);
    EXPECT_EQ(made.data()["netmask"], netmask);
  }
  EXPECT_EQ(add({{"ip", "2001:db8:8::"}, {"netmask", 64}}).data()["netmask"], 64);
  EXPECT_EQ(add({{"ip", "2001:db8:8::/64"}}).status, 200u) << "written otherwise, it is the same";
  EXPECT_EQ(get(path, key).data().size(), 5u);
  for (const auto& entry : get(path, key).data())
    EXPECT_EQ(ask("DELETE", path + "/" + entry["id"].get<std::string>(), key).status, 204u);
}

TEST_F(ApiTrunks, HostBitsAreRefusedWithTheCure) {
  const auto path = trunk(key) + "/ips";
  for (const auto& [given, meant] :
       {std::pair{"198.51.100.65/28", "198.51.100.64/28"}, std::pair{"2001:db8::1/64", "2001:db8::/64"}}) {
    const auto refused = ask("POST", path, key, {{"ip", given}});
    EXPECT_EQ(refused.code(), "VALIDATION_ERROR");
    EXPECT_EQ(refused.body["error"]["details"]["network"], meant);
    EXPECT_NE(refused.text.find(std::string("write ") + meant), std::string::npos) << refused.text;
  }
  EXPECT_EQ(ask("POST", path, key, {{"ip", "198.51.100.65"}, {"netmask", 28}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("POST", path, key, {{"ip", "198.51.100.64/28"}, {"netmask", 28}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("POST", path, key, {{"ip", "2001:db8::/32"}}).code(), "VALIDATION_ERROR")
      << "too large for a customer";
  EXPECT_EQ(get(path, key).data().size(), 0u);
}

TEST_F(ApiTrunks, EndpointsComeAndGo) {
  const auto path = trunk(key) + "/endpoints";
  const auto made = ask("POST", path, key, {{"host", "192.0.2.7"}, {"transport", "TLS"}, {"priority", 1}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["port"], 5061);
  EXPECT_EQ(made.data()["weight"], 1);
  const auto one = path + "/" + made.data()["id"].dump();
  EXPECT_EQ(get(one, key).data()["host"], "192.0.2.7");
  const auto changed = ask("PATCH", one, key, {{"port", 5070}});
  EXPECT_EQ(changed.data()["port"], 5070);
  EXPECT_EQ(changed.data()["transport"], "TLS");
  EXPECT_EQ(ask("PATCH", one, key, {{"raw_uri", "sip:192.0.2.8;transport=tcp"}}).data()["host"], "192.0.2.8");
  EXPECT_EQ(get(one, key).data()["raw_uri"], "sip:192.0.2.8;transport=tcp");
  EXPECT_EQ(ask("PATCH", one, key, {{"host", "192.0.2.9"}}).data()["raw_uri"], Json()) << "the URI is gone";
  EXPECT_EQ(get(path, key).data().size(), 1u);
  EXPECT_EQ(ask("DELETE", one, key).status, 204u);
  EXPECT_EQ(ask("DELETE", one, key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path + "/x", key).code(), "INVALID_ID");
}

TEST_F(ApiTrunks, EndpointsMayBeNames) {
  const auto path = trunk(key) + "/endpoints";
  const auto made = ask("POST", path, key, {{"host", "SIP.Example.net."}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["host"], "sip.example.net");
  EXPECT_EQ(made.data()["port"], Json()) << "as the DNS says";
  EXPECT_EQ(made.data()["transport"], "ANY");
  const auto one = path + "/" + made.data()["id"].dump();
  auto changed = ask("PATCH", one, key, {{"transport", "TLS"}});
  EXPECT_EQ(changed.data()["host"], "sip.example.net");
  EXPECT_EQ(changed.data()["port"], Json());
  EXPECT_EQ(changed.data()["transport"], "TLS");
  changed = ask("PATCH", one, key, {{"raw_uri", "sip:gw.example.net:5070"}});
  EXPECT_EQ(changed.data()["host"], "gw.example.net");
  EXPECT_EQ(changed.data()["port"], 5070);
  EXPECT_EQ(changed.data()["transport"], "UDP");
  EXPECT_EQ(ask("PATCH", one, key, {{"priority", 4}}).data()["host"], "gw.example.net");
  changed = ask("PATCH", one, key, {{"host", "192.0.2.44"}});
  EXPECT_EQ(changed.data()["host"], "192.0.2.44");
  EXPECT_EQ(changed.data()["port"], 5070);
}

TEST_F(ApiTrunks, HealthIsShownAndReset) {
  const auto path = trunk(key);
  const auto id = ask("POST", path + "/endpoints", key, {{"host", "192.0.2.45"}}).data()["id"];
  server_.health.rows.clear();
  auto shown = get(path + "/health", key);
  ASSERT_EQ(shown.status, 200u) << shown.text;
  EXPECT_EQ(shown.data()[0]["endpoint_id"], id);
  EXPECT_EQ(shown.data()[0]["state"], "up");
  EXPECT_EQ(shown.data()[0]["targets"], Json::array());
  api::HealthRow row;
  row.address = "192.0.2.45:5060";
  row.health = domain::Health::Down;
  row.rtt = std::chrono::microseconds(1200);
  row.changes.push_back({row.since, domain::Health::Down, "probes"});
  server_.health.rows = {row};
  shown = get(path + "/health", key);
  EXPECT_EQ(shown.data()[0]["state"], "down");
  EXPECT_EQ(shown.data()[0]["targets"][0]["rtt_us"], 1200);
  EXPECT_EQ(shown.data()[0]["targets"][0]["last_probe_status"], Json());
  EXPECT_EQ(shown.data()[0]["targets"][0]["changes"][0]["cause"], "probes");
  row.health = domain::Health::Up;
  server_.health.rows.push_back(row);
  EXPECT_EQ(get(path + "/health", key).data()[0]["state"], "up") << "one address takes calls";
  EXPECT_EQ(ask("POST", path + "/health/" + id.dump() + "/reset", key).status, 200u);
  EXPECT_EQ(server_.health.resets, std::vector<std::int64_t>{id.get<std::int64_t>()});
  EXPECT_EQ(ask("POST", path + "/health/1/reset", key).code(), "NOT_FOUND");
  EXPECT_EQ(get(path + "/health", other_key).code(), "NOT_FOUND");
  ask("PATCH", path + "/endpoints/" + id.dump(), key, {{"enabled", false}});
  EXPECT_EQ(get(path + "/health", key).data()[0]["state"], "disabled");
}

TEST_F(ApiTrunks, EndpointsAreChecked) {
  const auto path = trunk(key) + "/endpoints";
  const auto code = [&](Json wanted) { return ask("POST", path, key, std::move(wanted)).code(); };
  EXPECT_EQ(code({{"port", 5060}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "192.0.2.1"}, {"raw_uri", "sip:192.0.2.1"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "sip example.net"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "192.0.2.300"}}), "VALIDATION_ERROR") << "an address gone wrong, not a name";
  EXPECT_EQ(code({{"host", "192.0.2.1"}, {"transport", "ANY"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "sip.example.net"}, {"port", 5060}, {"transport", "ANY"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "0.0.0.0"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "127.0.0.1"}}), "VALIDATION_ERROR") << "not into the machine itself";
  EXPECT_EQ(code({{"host", "224.0.0.1"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"raw_uri", "tel:+12125550100"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"raw_uri", "sip:192.0.2.1;transport=sctp"}}), "VALIDATION_ERROR");
  EXPECT_EQ(code({{"host", "192.0.2.1"}, {"port", 0}}), "INVALID_PAYLOAD");
  EXPECT_EQ(code({{"host", "192.0.2.1"}, {"transport", "udp"}}), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", path, boss, {{"host", "127.0.0.1"}}).status, 201u);
}

TEST_F(ApiTrunks, ThrottleStateSaysWhatItKnows) {
  const auto path = trunk(key);
  auto state = get(path + "/throttle-state", key);
  EXPECT_EQ(state.status, 200u);
  EXPECT_EQ(state.data()["counters_available"], false);
  EXPECT_EQ(state.data()["current_channels_inbound"], Json());
  server_.live.load = api::TrunkLoad{{}, {}, 2, 3};
  state = get(path + "/throttle-state", key);
  EXPECT_EQ(state.data()["counters_available"], true);
  EXPECT_EQ(state.data()["current_channels_outbound"], 3);
  EXPECT_EQ(get(path + "/cascade-preview", key).data()["active_calls"], 5);
}

TEST_F(ApiTrunks, UtilizationAddsThemUp) {
  auto first = body("first"), second = body("second");
  first["capacity_cps_inbound"] = 2;
  second["capacity_cps_inbound"] = 3;
  first["capacity_channels_inbound"] = 9;
  ask("POST", "/v1/trunks", key, first);
  ask("POST", "/v1/trunks", key, second);
  auto sums = get("/v1/customers/me/utilization", key).data();
  EXPECT_EQ(sums["capacity_cps_inbound"], 5);
  EXPECT_EQ(sums["capacity_channels_inbound"], Json()) << "one of them is unlimited";
  EXPECT_EQ(sums["current_channels_inbound"], Json());
  EXPECT_EQ(sums["counters_available"], false);
  server_.live.load = api::TrunkLoad{{}, {}, 2, 3};
  sums = get("/v1/customers/me/utilization", key).data();
  EXPECT_EQ(sums["current_channels_inbound"], 4);
  EXPECT_EQ(sums["current_cps_inbound"], Json());
  EXPECT_EQ(sums["counters_available"], true);
}

TEST_F(ApiTrunks, WithCallsAreNotDeleted) {
  const auto path = trunk(key);
  server_.live.load = api::TrunkLoad{{}, {}, 1, 0};
  EXPECT_EQ(ask("DELETE", path, key).body["error"]["details"]["reason"], "active_calls");
  server_.live.load = api::TrunkLoad{{}, {}, 0, 0};
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
}

TEST_F(ApiTrunks, OperatorsSeeAllOrOneCustomers) {
  trunk(key);
  trunk(other_key);
  EXPECT_EQ(get("/v1/trunks?customer_id=" + customer, boss).data().size(), 1u);
  EXPECT_GE(get("/v1/trunks", boss).data().size(), 2u);
  EXPECT_EQ(ask("POST", std::string("/v1/trunks?customer_id=") + kNobody, boss, body()).code(), "NOT_FOUND");
}

}  // namespace
}  // namespace warp::test
