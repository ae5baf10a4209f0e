#include "warp/store/api_keys.h"

#include "warp/api/authenticator.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr std::int64_t kLongestOverlap = 7 * 24 * 3600;  // seconds

std::vector<Field> api_key_fields() {
  return {uuid("id"),
          uuid("customer_id").or_null(),
          text("name"),
          text("prefix").says("First characters of the key."),
          list("scopes", text("")),
          boolean("test"),
          boolean("step_up_exempt"),
          text("created_by"),
          instant("created_at"),
          instant("last_used_at").or_null(),
          instant("expires_at").or_null(),
          instant("revoked_at").or_null(),
          list("allowed_ips", text("")).says("Networks that it is good from; empty: from everywhere."),
          instant("previous_until").or_null().says("Until when the secret before is good as well.")};
}

Field allowed_ips_field() {
  return list("allowed_ips", text("", 64), 64).says("Addresses and networks that the key is good from.");
}

Schema key_secret_schema(const char* name) {
  auto fields = api_key_fields();
  fields.push_back(text("key").says("The secret; shown this once."));
  return {name, fields};
}

Schema key_patch_schema() {
  return {
      "ApiKeyPatch",
      {name_field(), list("scopes", text("", 64), 64), allowed_ips_field(), instant("expires_at").or_null()}};
}

Schema key_rotate_schema() {
  return {"RotateApiKey",
          {integer("overlap_seconds", 0, kLongestOverlap).says("How long the secret before stays good.")}};
}

Schema new_api_key_schema() {
  return {
      "NewApiKey",
      {name_field().needed(), list("scopes", text("", 64), 64).needed(), boolean("test"),
       boolean("step_up_exempt").says("Default: as `test`."), instant("expires_at"), allowed_ips_field()}};
}

Schema event_schema() {
  return {"ApiKeyEvent",
          {integer("id"), uuid("key_id"), uuid("customer_id").or_null(), text("event"), text("actor"),
           text("ip").or_null(), text("user_agent").or_null(), instant("created_at")}};
}

Json show(const store::ApiKey& key) {
  Json out;
  out["id"] = key.id.to_string();
  out["customer_id"] = id_or_null(key.customer);
  out["name"] = key.name;
  out["prefix"] = key.prefix;
  out["scopes"] = key.scopes;
  out["test"] = key.test;
  out["step_up_exempt"] = key.step_up_exempt;
  out["created_by"] = key.created_by;
  out["created_at"] = timestamp(key.created_at);
  out["last_used_at"] = timestamp(key.last_used_at);
  out["expires_at"] = timestamp(key.expires_at);
  out["revoked_at"] = timestamp(key.revoked_at);
  out["allowed_ips"] = key.allowed_ips;
  out["previous_until"] = timestamp(key.previous_until);
  return out;
}

Json show(const store::ApiKeyEvent& event) {
  Json out;
  out["id"] = event.id;
  out["key_id"] = event.key.to_string();
  out["customer_id"] = id_or_null(event.customer);
  out["event"] = event.event;
  out["actor"] = event.actor;
  out["ip"] = value_or_null(event.ip);
  out["user_agent"] = value_or_null(event.user_agent);
  out["created_at"] = timestamp(event.created_at);
  return out;
}

// Whose keys the path speaks of: a customer's, or the operators' own.
std::optional<CustomerId> owner(const Call& call) {
  return call.request.param("customer_id").empty() ? std::nullopt : call.customer();
}

store::Actor reader_of_keys(const Call& call) {
  return call.principal().is_operator() ? call.as_operator() : call.actor();
}

// Once the change holds; the other nodes forget within the time of their cache.
void forget_keys(Services& services, const Call& call) {
  auto* authenticator = &services.authenticator;
  call.context->after_commit([authenticator] { authenticator->forget(); });
}

// A customer's key makes no keys, nor makes itself more: who has stolen one gets no further. People and
// operators do.
std::optional<Failure> not_a_maker(const Call& call) {
  const auto& principal = call.principal();
  if (principal.is_operator() || principal.kind != PrincipalKind::Key) return std::nullopt;
  Failure failure{ErrorCode::Forbidden, "A key makes and changes no keys: sign in."};
  failure.details["reason"] = "no_session";
  return failure;
}

Failure listed(ErrorCode code, const char* message, Json scopes) {
  Failure failure{code, message};
  failure.details["scopes"] = std::move(scopes);
  return failure;
}

// They exist, their owner may hold them, and so does whoever gives them.
std::optional<Failure> wrong_scopes(const std::vector<std::string>& scopes, bool for_operator,
                                    const Principal& giver) {
  auto unknown = Json::array(), superadmin = Json::array(), beyond = Json::array();
  for (const auto& scope : scopes) {
    if (!is_scope(scope))
      unknown.push_back(scope);
    else if (is_for_operators(scope) && !for_operator)
      superadmin.push_back(scope);
    else if (!giver.may(scope))
      beyond.push_back(scope);
  }
  if (!unknown.empty())
    return listed(ErrorCode::ValidationError, "There are scopes that do not exist.", std::move(unknown));
  if (!superadmin.empty())
    return listed(ErrorCode::ScopeNotGrantable, "A customer's key cannot hold these scopes.",
                  std::move(superadmin));
  if (!beyond.empty())
    return listed(ErrorCode::ScopeNotGrantable, "Nobody gives scopes that they do not hold.",
                  std::move(beyond));
  return std::nullopt;
}

// As they are stored; the failure names the one that is no network.
Outcome<std::vector<std::string>> read_networks(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const auto& text : texts) {
    const auto network = read_network(text, "allowed_ips");
    if (!network) return network.error();
    out.push_back(network->to_string());
  }
  return out;
}

// Freed of second factors by who has just shown one; a test key is so by itself.
std::optional<Failure> may_exempt(const Services& services, const Call& call, bool exempt, bool test) {
  if (!exempt || test || call.principal().is_operator()) return std::nullopt;
  Need need;
  need.step_up = true;
  need.action = "step_up_exempt";
  return services.authorizer.check(call.principal(), need);
}

Answer create_key(Services& services, Call call) {
  if (auto refused = not_a_maker(call)) co_return std::move(*refused);
  const auto customer = owner(call);
  store::NewApiKey key;
  key.customer = customer;
  key.name = call.body["name"];
  key.scopes = call.body["scopes"].get<std::vector<std::string>>();
  if (auto wrong = wrong_scopes(key.scopes, !customer, call.principal())) co_return std::move(*wrong);
  const bool test = take<bool>(call.body, "test").value_or(false);
  key.step_up_exempt = take<bool>(call.body, "step_up_exempt").value_or(test);
  if (auto refused = may_exempt(services, call, key.step_up_exempt, test)) co_return std::move(*refused);
  if (const auto at = take<std::string>(call.body, "expires_at")) key.expires_at = parse_timestamp(*at);
  if (const auto texts = take<std::vector<std::string>>(call.body, "allowed_ips")) {
    auto networks = read_networks(*texts);
    if (!networks) co_return networks.error();
    key.allowed_ips = std::move(*networks);
  }
  const auto secret = services.ids.key(test);
  key.prefix = secret.prefix;
  key.secret_hash = secret.hash;
  const auto made = co_await services.api_keys.create(call.as_operator(), key);
  if (!made) {
    if (made.error().kind == store::ErrorKind::InUse) co_return not_found("customer");
    co_return from_store(made.error(), "key");
  }
  Reply reply;
  reply.status = 201;
  reply.data = show(*made);
  reply.data["key"] = secret.secret;
  co_return reply;
}

Answer update_key(Services& services, Call call) {
  if (auto refused = not_a_maker(call)) co_return std::move(*refused);
  store::ApiKeyPatch patch;
  patch.name = take<std::string>(call.body, "name");
  patch.scopes = take<std::vector<std::string>>(call.body, "scopes");
  if (patch.scopes)
    if (auto wrong = wrong_scopes(*patch.scopes, !owner(call), call.principal())) co_return std::move(*wrong);
  if (const auto texts = take<std::vector<std::string>>(call.body, "allowed_ips")) {
    auto networks = read_networks(*texts);
    if (!networks) co_return networks.error();
    patch.allowed_ips = std::move(*networks);
  }
  if (is_null(call.body, "expires_at")) patch.expires_at.emplace();
  if (const auto at = take<std::string>(call.body, "expires_at")) patch.expires_at = parse_timestamp(*at);
  const auto id = call.uuid("key_id");
  const auto changed =
      co_await services.api_keys.update(call.as_operator(), owner(call), id, std::move(patch));
  if (!changed) co_return from_store(changed.error(), "key");
  forget_keys(services, call);
  co_return reply_with(show(*changed));
}

Answer rotate_key(Services& services, Call call) {
  if (auto refused = not_a_maker(call)) co_return std::move(*refused);
  const auto id = call.uuid("key_id");
  const std::chrono::seconds overlap(take<std::int64_t>(call.body, "overlap_seconds").value_or(0));
  const auto present = co_await services.api_keys.get(call.as_operator(), owner(call), id);
  if (!present) co_return from_store(present.error(), "key");
  // Who gets the secret gets the key's scopes.
  if (auto wrong = wrong_scopes(present->scopes, !owner(call), call.principal())) co_return std::move(*wrong);
  const auto secret = services.ids.key(present->test);
  const auto rotated = co_await services.api_keys.rotate(call.as_operator(), owner(call), id, secret.prefix,
                                                         secret.hash, overlap);
  if (!rotated) co_return from_store(rotated.error(), "key");
  forget_keys(services, call);
  auto data = show(*rotated);
  data["key"] = secret.secret;
  co_return reply_with(std::move(data));
}

Answer list_keys(Services& services, Call call) {
  const bool revoked = take<bool>(call.query, "include_revoked").value_or(false);
  const auto found = co_await services.api_keys.list(reader_of_keys(call), owner(call), revoked);
  if (!found) co_return from_store(found.error(), "key");
  co_return list_reply(*found, [](const auto& key) { return show(key); });
}

Answer get_key(Services& services, Call call) {
  const auto found = co_await services.api_keys.get(reader_of_keys(call), owner(call), call.uuid("key_id"));
  if (!found) co_return from_store(found.error(), "key");
  co_return reply_with(show(*found));
}

Answer revoke_key(Services& services, Call call) {
  if (auto refused = not_a_maker(call)) co_return std::move(*refused);
  const auto id = call.uuid("key_id");
  const auto gone = co_await services.api_keys.revoke(call.as_operator(), owner(call), id);
  if (!gone) co_return from_store(gone.error(), "key");
  forget_keys(services, call);
  co_return no_content();
}

Answer audit_keys(Services& services, Call call) {
  std::optional<Uuid> key;
  if (!call.request.param("key_id").empty()) key = call.uuid("key_id");
  const auto actor = reader_of_keys(call);
  if (key) {
    const auto found = co_await services.api_keys.get(actor, owner(call), *key);
    if (!found) co_return from_store(found.error(), "key");
  }
  const auto events = co_await services.api_keys.audit(actor, owner(call), key);
  if (!events) co_return from_store(events.error(), "key");
  co_return list_reply(*events, [](const auto& event) { return show(event); });
}

void add_keys_at(EndpointTable& table, Services& services, const std::string& path, bool operators) {
  const std::string tag = "API keys";
  const Schema answer{"ApiKey", api_key_fields()};
  const std::string whose = operators ? "the operators" : "a customer";
  // Empty: the table of operators' scopes says which.
  const std::string writing = operators ? "" : "api_keys:write";
  table.push_back({.path = path,
                   .summary = "Keys of " + whose + ", newest first",
                   .tag = tag,
                   .action = act(services, list_keys),
                   .scope = "api_keys:read",
                   .operators_only = operators,
                   .query = {boolean("include_revoked")},
                   .answer_kind = AnswerKind::List,
                   .answer = answer});
  table.push_back({.method = http::Method::Post,
                   .path = path,
                   .summary = "Create a key for " + whose,
                   .tag = tag,
                   .action = act(services, create_key),
                   .scope = writing,
                   .operators_only = operators,
                   .body_kind = BodyKind::Json,
                   .body = new_api_key_schema(),
                   .answer = key_secret_schema("NewApiKeyAnswer"),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::ValidationError, ErrorCode::ScopeNotGrantable,
                              ErrorCode::MfaRequired}});
  table.push_back({.path = path + "/{key_id:uuid}",
                   .summary = "One key of " + whose,
                   .tag = tag,
                   .action = act(services, get_key),
                   .scope = "api_keys:read",
                   .operators_only = operators,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Delete,
                   .path = path + "/{key_id:uuid}",
                   .summary = "Revoke a key of " + whose + "; again: no change",
                   .tag = tag,
                   .action = act(services, revoke_key),
                   .scope = writing,
                   .operators_only = operators,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Patch,
       .path = path + "/{key_id:uuid}",
       .summary = "Change a key of " + whose + "; only the fields present",
       .tag = tag,
       .action = act(services, update_key),
       .scope = writing,
       .operators_only = operators,
       .body_kind = BodyKind::Json,
       .body = key_patch_schema(),
       .partial = true,
       .answer = answer,
       .errors = {ErrorCode::NotFound, ErrorCode::ValidationError, ErrorCode::ScopeNotGrantable}});
  table.push_back(
      {.method = http::Method::Post,
       .path = path + "/{key_id:uuid}/rotate",
       .summary = "Another secret for a key of " + whose + "; the one before stays good for a while",
       .tag = tag,
       .action = act(services, rotate_key),
       .scope = writing,
       .operators_only = operators,
       .body_kind = BodyKind::Json,
       .body = key_rotate_schema(),
       .answer = key_secret_schema("RotatedApiKey"),
       .errors = {ErrorCode::NotFound, ErrorCode::ScopeNotGrantable}});
  for (const char* tail : {"/audit", "/{key_id:uuid}/audit"})
    table.push_back({.path = path + tail,
                     .summary = "Newest 100 events of keys of " + whose,
                     .tag = tag,
                     .action = act(services, audit_keys),
                     .scope = "api_keys:read",
                     .operators_only = operators,
                     .answer_kind = AnswerKind::List,
                     .answer = event_schema(),
                     .errors = {ErrorCode::NotFound}});
}

}  // namespace

void add_api_keys(EndpointTable& table, Services& services) {
  add_keys_at(table, services, "/customers/{customer_id:uuid}/api-keys", false);
  add_keys_at(table, services, "/operator-keys", true);
}

}  // namespace warp::api
