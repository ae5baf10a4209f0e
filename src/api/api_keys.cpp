#include "warp/store/api_keys.h"

#include "warp/api/authenticator.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

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
          instant("revoked_at").or_null()};
}

Schema new_answer_schema() {
  auto fields = api_key_fields();
  fields.push_back(text("key").says("The secret; shown this once."));
  return {"NewApiKeyAnswer", fields};
}

Schema new_api_key_schema() {
  return {"NewApiKey",
          {name_field().needed(), list("scopes", text("", 64), 64).needed(), boolean("test"),
           boolean("step_up_exempt").says("Default: as `test`."), instant("expires_at")}};
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

std::optional<Failure> wrong_scopes(const std::vector<std::string>& scopes, bool for_operator) {
  auto unknown = Json::array();
  auto superadmin = Json::array();
  for (const auto& scope : scopes) {
    if (!is_scope(scope))
      unknown.push_back(scope);
    else if (scope == kSuperadmin && !for_operator)
      superadmin.push_back(scope);
  }
  if (!unknown.empty()) {
    Failure failure{ErrorCode::ValidationError, "There are scopes that do not exist."};
    failure.details["scopes"] = unknown;
    return failure;
  }
  if (!superadmin.empty()) {
    Failure failure{ErrorCode::ScopeNotGrantable, "A customer's key cannot hold these scopes."};
    failure.details["scopes"] = superadmin;
    return failure;
  }
  return std::nullopt;
}

Answer create_key(Services& services, Call call) {
  const auto customer = owner(call);
  store::NewApiKey key;
  key.customer = customer;
  key.name = call.body["name"];
  key.scopes = call.body["scopes"].get<std::vector<std::string>>();
  if (auto wrong = wrong_scopes(key.scopes, !customer)) co_return std::move(*wrong);
  const bool test = take<bool>(call.body, "test").value_or(false);
  key.step_up_exempt = take<bool>(call.body, "step_up_exempt").value_or(test);
  if (const auto at = take<std::string>(call.body, "expires_at")) key.expires_at = parse_timestamp(*at);
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

Answer list_keys(Services& services, Call call) {
  const bool revoked = take<bool>(call.query, "include_revoked").value_or(false);
  const auto found = co_await services.api_keys.list(reader_of_keys(call), owner(call), revoked);
  if (!found) co_return from_store(found.error(), "key");
  Reply reply;
  reply.data = Json::array();
  for (const auto& key : *found)
    reply.data.push_back(show(key));
  co_return reply;
}

Answer get_key(Services& services, Call call) {
  const auto found = co_await services.api_keys.get(reader_of_keys(call), owner(call), call.uuid("key_id"));
  if (!found) co_return from_store(found.error(), "key");
  co_return reply_with(show(*found));
}

Answer revoke_key(Services& services, Call call) {
  const auto id = call.uuid("key_id");
  const auto gone = co_await services.api_keys.revoke(call.as_operator(), owner(call), id);
  if (!gone) co_return from_store(gone.error(), "key");
  services.authenticator.forget();
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
  Reply reply;
  reply.data = Json::array();
  for (const auto& event : *events)
    reply.data.push_back(show(event));
  co_return reply;
}

void add_keys_at(EndpointTable& table, Services& services, const std::string& path, bool operators) {
  const std::string tag = "API keys";
  const Schema answer{"ApiKey", api_key_fields()};
  const std::string whose = operators ? "the operators" : "a customer";
  table.push_back({.path = path,
                   .summary = "Keys of " + whose + ", newest first",
                   .tag = tag,
                   .action = act(services, list_keys),
                   .scope = "api_keys:read",
                   .operators_only = operators,
                   .query = {boolean("include_revoked")},
                   .answer_kind = AnswerKind::List,
                   .answer = answer});
  table.push_back(
      {.method = http::Method::Post,
       .path = path,
       .summary = "Create a key for " + whose,
       .tag = tag,
       .action = act(services, create_key),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = new_api_key_schema(),
       .answer = new_answer_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::ValidationError, ErrorCode::ScopeNotGrantable}});
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
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
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
