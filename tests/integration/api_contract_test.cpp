// The contract walk: every operation of the table with what fits it and with what does not. Whatever is sent,
// the server does not fail, answers with a code that is documented, and shows nothing of another tenant.
#include <map>
#include <set>

#include "warp/api/openapi.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::BodyKind;
using api::Endpoint;
using api::ErrorCode;
using api::Field;
using api::FieldType;
using api::Json;

constexpr const char* kMarker = "zebra7f3a";
constexpr const char* kNobody = "0190c7a0-0000-7000-8000-0000000000ff";

// A text that the field takes; empty when none of ours fits.
std::string fitting_text(const Field& field) {
  if (!field.choices.empty()) return field.choices.front();
  static const std::vector<std::string> kSamples{"abc",
                                                 "198.18.9.77",
                                                 "198.18.9.0/28",
                                                 "sip.example.net",
                                                 "12025550123",
                                                 "2025550123",
                                                 "+12025550123",
                                                 "1",
                                                 "00",
                                                 "1234567890",
                                                 "US",
                                                 "NY",
                                                 "USD",
                                                 "10001",
                                                 "ops@example.net",
                                                 "2026-01-31",
                                                 "2FA",
                                                 "America/New_York",
                                                 "+1202555",
                                                 "example.net",
                                                 "https://example.net/hook",
                                                 "12-3456789",
                                                 "PCMU",
                                                 "0x1234",
                                                 "trunks:read",
                                                 "application/json",
                                                 "2026-01-31T00:00:00Z",
                                                 "a-b_c",
                                                 "08:00",
                                                 "1202"};
  for (const auto& sample : kSamples) {
    const auto size = static_cast<std::int64_t>(sample.size());
    if (size < field.min || size > field.max) continue;
    if (!field.check || field.check(sample)) return sample;
  }
  return "";
}

Json fitting(const Field& field, bool all);

Json fitting_object(const std::vector<Field>& fields, bool all) {
  Json out = Json::object();
  for (const auto& field : fields)
    if (all || field.required) out[field.name] = fitting(field, all);
  return out;
}

Json fitting(const Field& field, bool all) {
  switch (field.type) {
    case FieldType::Text:
      return fitting_text(field);
    case FieldType::Integer:
      return std::clamp<std::int64_t>(1, field.min, field.max);
    case FieldType::Boolean:
      return true;
    case FieldType::Amount:
      return "1.5";
    case FieldType::Ratio:
      return 0.5;
    case FieldType::Uuid:
      return kNobody;
    case FieldType::Date:
      return "2026-01-31";
    case FieldType::Timestamp:
      return "2026-01-31T00:00:00Z";
    case FieldType::List: {
      auto items = Json::array();
      items.push_back(field.items ? fitting(*field.items, all) : Json("abc"));
      return items;
    }
    case FieldType::Object:
      return fitting_object(field.members, all);
    case FieldType::Free:
      return Json::object();
    case FieldType::Any:
      return "abc";
  }
  return {};
}

class ApiContract : public ApiFixture {
 protected:
  ApiContract() { server_.registry.reset(); }

  std::map<std::string, std::string> world_of(const std::string& whose, const std::string& by) {
    const std::string mark = std::string(kMarker) + "-" + whose;
    const auto trunk =
        ask("POST", "/v1/trunks", by, {{"name", mark}, {"description", mark}, {"auth_type", "EITHER"}}).id();
    const auto base = "/v1/trunks/" + trunk;
    const auto credential = ask("POST", base + "/credentials", by, {{"username", unique(kMarker)}});
    const auto endpoint = ask("POST", base + "/endpoints", by, {{"host", "192.0.2.99"}});
    const auto ip = ask("POST", base + "/ips", by, {{"ip", unique_address()}, {"description", mark}});
    const auto tn = create("/v1/numbers", {{"tn", unique_tn()}, {"customer_id", whose}});
    const auto spare = ask("POST", "/v1/customers/" + whose + "/api-keys", boss,
                           {{"name", mark}, {"scopes", {"trunks:read"}}});
    domain::CallRecord record;
    record.id.value = record.call.value = SecureIdSource().uuid7(SystemClock().wall());
    record.customer = *CustomerId::parse(whose);
    record.setup_at = record.ended_at = SystemClock().wall();
    record.ani = record.dni = std::string(kMarker);
    server_.store({record});
    auto message = server_.message(*CustomerId::parse(whose));
    message.text = mark;
    server_.store(message);
    return {{"trunk_id", trunk},
            {"ip_id", ip.id()},
            {"endpoint_id", endpoint.data()["id"].dump()},
            {"cred_id", credential.id()},
            {"tn", tn},
            {"customer_id", whose},
            {"key_id", spare.id()},
            {"record_id", record.id.to_string()},
            {"message_id", message.id.to_string()}};
  }
  static std::string unique_address() {
    static int last = 0;
    return "198.18.7." + std::to_string(++last);
  }

  // The path with the ids of a world; `complete` says whether all of them were in it.
  static std::string path_of(const Endpoint& endpoint, const std::map<std::string, std::string>& world,
                             bool* complete = nullptr) {
    auto path = "/v1" + endpoint.path;
    if (complete) *complete = true;
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      const auto close = path.find('}', open);
      const auto name = path.substr(open + 1, close - open - 1);
      const auto known = world.find(name.substr(0, name.find(':')));
      std::string value = name.ends_with(":uuid") ? kNobody : "1";
      if (known != world.end())
        value = known->second;
      else if (complete)
        *complete = false;
      path.replace(open, close - open + 1, value);
    }
    return path;
  }

  // Answers that never end, or that need a peer: their own tests have them.
  static bool walked(const Endpoint& endpoint) {
    return !endpoint.socket && !endpoint.path.starts_with("/live");
  }
  static bool changes(const Endpoint& endpoint) { return endpoint.method != http::Method::Get; }

  static const std::set<std::string>& common_codes() {
    static const std::set<std::string> codes{"UNAUTHORIZED",
                                             "NO_ACTIVE_CUSTOMER",
                                             "FORBIDDEN",
                                             "MFA_REQUIRED",
                                             "MFA_ENROLMENT_REQUIRED",
                                             "INVALID_ID",
                                             "INVALID_PARAM",
                                             "MISSING_PARAM",
                                             "INVALID_PAYLOAD",
                                             "INVALID_REQUEST",
                                             "RATE_LIMITED",
                                             "PAYLOAD_TOO_LARGE",
                                             "NOT_FOUND",
                                             "CONFLICT",
                                             "VALIDATION_ERROR",
                                             "MISSING_ID",
                                             "GATEWAY_UNAVAILABLE",
                                             "UNSUPPORTED_MEDIA_TYPE",
                                             "UPGRADE_REQUIRED"};
    return codes;
  }

  void expect_contract(const Endpoint& endpoint, const ApiReply& reply, const std::string& what,
                       const std::string& hidden) {
    const auto where = std::string(http::to_string(endpoint.method)) + " " + endpoint.path + ", " + what +
                       ": " + std::to_string(reply.status) + " " + reply.text.substr(0, 400);
    ++asked_;
    EXPECT_NE(reply.status, 0u) << where;
    if (!hidden.empty()) {
      EXPECT_EQ(reply.text.find(hidden), std::string::npos) << where;
    }
    if (reply.status < 400) return;
    const auto code = reply.code();
    if (reply.status >= 500) {
      // A part of the platform that this server does not have; what is asked there is its own business.
      const bool elsewhere = code == "GATEWAY_UNAVAILABLE" || reply.status == 502;
      EXPECT_TRUE(elsewhere) << where;
    }
    bool known = common_codes().contains(code);
    for (const auto error : endpoint.errors)
      known = known || code == api::to_string(error);
    EXPECT_TRUE(known) << "an undocumented code: " << where;
  }

  void send_bodies(const Endpoint& endpoint, const std::string& path, const std::string& by,
                   const std::string& hidden) {
    if (endpoint.body_kind != BodyKind::Json) return;
    const std::string method(http::to_string(endpoint.method));
    const auto broken = [&](const std::string& text, const char* what) {
      const auto reply = send(method, path, by, text, "application/json");
      expect_contract(endpoint, reply, what, hidden);
      EXPECT_GE(reply.status, 400u) << method << " " << endpoint.path << ", " << what << ": " << reply.text;
    };
    broken(std::string(1000, '['), "depth");
    broken("{\"a\":", "half");
    broken("[]", "no object");
    broken("{\"\xff\xfe\":1}", "no UTF-8");
    if (endpoint.free_body) return;
    broken("{\"no_such_member\":1}", "extra");
    const auto good = fitting_object(endpoint.body.fields, false);
    for (const auto& field : endpoint.body.fields) {
      auto wrong = good;
      if (field.type != FieldType::Any) {
        wrong[field.name] = field.type == FieldType::Free || field.type == FieldType::Object
                                ? Json("text")
                                : Json::object({{"a", 1}});
        broken(wrong.dump(), "wrong type");
      }
      if (field.type == FieldType::Text) {
        wrong[field.name] = std::string("a\0b", 3);
        broken(wrong.dump(), "NUL");
        if (field.max < 100'000) {
          wrong[field.name] = std::string(static_cast<std::size_t>(field.max) + 1, 'a');
          broken(wrong.dump(), "too long");
        }
      }
      if (field.required && !endpoint.partial) {
        auto missing = good;
        missing.erase(field.name);
        broken(missing.dump(), "missing");
      }
    }
  }

  void send_queries(const Endpoint& endpoint, const std::string& path, const std::string& by,
                    const std::string& hidden) {
    for (const char* query : {"?no_such_parameter=1", "?cursor=%00", "?page=99999999999999999999",
                              "?limit=-1", "?fields=nothing", "?sort=;drop", "?customer_id='%20OR%201=1"}) {
      const auto reply = send("GET", path + query, by, "", "");
      expect_contract(endpoint, reply, query, hidden);
    }
    for (const auto& field : endpoint.query) {
      const auto reply = send("GET", path + "?" + field.name + "=%27%22%3Cscript%3E", by, "", "");
      expect_contract(endpoint, reply, "query " + field.name, hidden);
    }
  }

  void send_endless(const Endpoint& endpoint, const std::string& path, const std::string& by) {
    HttpClient client(server_.port());
    const auto reply =
        client.request(std::string(http::to_string(endpoint.method)) + " " + path +
                       " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + by +
                       "\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{");
    EXPECT_EQ(reply.status, 413u) << endpoint.path << " " << reply.body;
  }

  std::size_t asked_ = 0;
};

TEST_F(ApiContract, WhatDoesNotFitIsRefusedAsDocumented) {
  const auto victim = world_of(customer, key);
  const auto nothing = key_of(other, {});
  const auto hidden = std::string(kMarker) + "-" + customer;
  for (const auto& endpoint : server_.endpoints()) {
    if (!walked(endpoint) || endpoint.open) continue;
    const std::string method(http::to_string(endpoint.method));
    const auto& by = endpoint.operators_only ? boss : other_key;
    const auto path = path_of(endpoint, {{"customer_id", other}});
    if (!endpoint.scope.empty() || endpoint.operators_only) {
      const auto refused = send(method, path, nothing, "", "");
      expect_contract(endpoint, refused, "no scope", hidden);
      EXPECT_EQ(refused.status, 403u) << method << " " << endpoint.path << " " << refused.text;
    }
    send_bodies(endpoint, path, by, hidden);
    if (endpoint.method == http::Method::Get)
      send_queries(endpoint, path, by, endpoint.operators_only ? "" : hidden);
    if (endpoint.body_kind == BodyKind::Json) send_endless(endpoint, path, by);
  }
  EXPECT_GE(asked_, 1500u) << "the table was walked";
}

TEST_F(ApiContract, WhatIsAnothersIsNotThere) {
  const auto victim = world_of(customer, key);
  const auto hidden = std::string(kMarker) + "-" + customer;
  for (const auto& endpoint : server_.endpoints()) {
    if (!walked(endpoint) || endpoint.operators_only || endpoint.open) continue;
    bool complete = false;
    const auto path = path_of(endpoint, victim, &complete);
    const std::string method(http::to_string(endpoint.method));
    const auto body =
        endpoint.body_kind == BodyKind::Json ? fitting_object(endpoint.body.fields, false).dump() : "";
    const auto reply = send(method, path, other_key, body, body.empty() ? "" : "application/json");
    expect_contract(endpoint, reply, "another's", hidden);
    const bool named = complete && endpoint.path.find('{') != std::string::npos;
    if (named && changes(endpoint)) {
      EXPECT_GE(reply.status, 400u) << method << " " << path << " " << reply.text;
    }
  }
  EXPECT_EQ(get("/v1/trunks/" + victim.at("trunk_id"), key).status, 200u);
  EXPECT_EQ(get("/v1/numbers/" + victim.at("tn"), key).status, 200u);
}

// Reads first, then what makes and changes, then what ends: each finds what it needs.
TEST_F(ApiContract, WhatFitsIsTaken) {
  const auto own = world_of(customer, key);
  world_of(other, other_key);
  const auto hidden = std::string(kMarker) + "-" + other;
  std::size_t good = 0, reads = 0;
  for (const bool deleting : {false, true})
    for (const bool changing : {false, true})
      for (const auto& endpoint : server_.endpoints()) {
        if (!walked(endpoint) || endpoint.open || endpoint.sink) continue;
        if (changes(endpoint) != changing || (endpoint.method == http::Method::Delete) != deleting) continue;
        if (endpoint.operators_only && changing) continue;  // of the platform that all tests share
        const std::string method(http::to_string(endpoint.method));
        const auto path = path_of(endpoint, own);
        for (const bool all : {false, true}) {
          if (endpoint.body_kind != BodyKind::Json && all) continue;
          const auto body = endpoint.body_kind == BodyKind::Json
                                ? fitting_object(endpoint.body.fields, all).dump()
                                : std::string();
          std::string query;
          for (const auto& field : endpoint.query)
            if (field.required) {
              const auto value = fitting(field, false);
              query += (query.empty() ? "?" : "&") + field.name + "=" +
                       http::percent_encode(value.is_string() ? value.get<std::string>() : value.dump());
            }
          const auto reply = send(method, path + query, endpoint.operators_only ? boss : key, body,
                                  body.empty() ? "" : "application/json");
          expect_contract(endpoint, reply, all ? "all members" : "what is needed",
                          endpoint.operators_only ? "" : hidden);
          if (reply.status < 400) ++good;
          if (!changing) ++reads;
        }
      }
  EXPECT_GE(reads, 100u);
  EXPECT_GE(good, 80u) << "most of it is taken";
}

}  // namespace
}  // namespace warp::test
