// What we authenticate ourselves to a provider with, and our registrations there.
#include "warp/api/registrations.h"
#include "warp/store/credentials.h"
#include "warp/store/providers.h"

#include "credential_hashes.h"
#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

bool is_quotable(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\';
  });
}

bool is_sip_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '.' || c == '_' || c == '-';
  });
}

bool is_registrar(std::string_view text) {
  return text.empty() || ((text.starts_with("sip:") || text.starts_with("sips:")) &&
                          text.find_first_of(" \t\r\n<>\"") == std::string_view::npos);
}

std::vector<Field> shared_fields() {
  return {text("from_user", 64).is(is_sip_token, "letters, digits, + . _ and -"),
          text("from_domain", 253).is(is_sip_token, "a host name"),
          boolean("register").says("We register there, so that it finds us."),
          text("registrar", 255).is(is_registrar, "a sip: or sips: URI").says("Default: the first endpoint."),
          integer("expires_seconds", 60, 86'400)};
}

std::vector<Field> new_fields() {
  auto fields = shared_fields();
  fields.push_back(text("username", 128).is(is_quotable, "without quotes and backslashes").needed());
  fields.push_back(text("realm", 253).is(is_quotable, "without quotes and backslashes").needed());
  fields.push_back(text("password", 256).needed().says("Never shown again."));
  return fields;
}

std::vector<Field> provider_credential_changes() {
  auto fields = shared_fields();
  fields.push_back(text("password", 256).says("Never shown again."));
  return fields;
}

Schema provider_credential_schema() {
  return {"ProviderCredential",
          {uuid("id"), uuid("provider_id"), text("username"), text("realm"), text("from_user"),
           text("from_domain"), boolean("register"), text("registrar"), integer("expires_seconds"),
           instant("created_at"), instant("updated_at")}};
}

Schema registration_schema() {
  return {
      "OutboundRegistration",
      {uuid("credential_id"),
       text("state").one_of({"idle", "registering", "registered", "rejected", "unreachable", "unregistered"}),
       text("registrar"), text("contact"), integer("last_status").or_null(), integer("failures"),
       instant("registered_at").or_null(), instant("expires_at").or_null()}};
}

Json show(const store::ProviderCredential& credential) {
  Json out;
  out["id"] = credential.id.to_string();
  out["provider_id"] = credential.provider.to_string();
  out["username"] = credential.username;
  out["realm"] = credential.realm;
  out["from_user"] = credential.from_user;
  out["from_domain"] = credential.from_domain;
  out["register"] = credential.registers;
  out["registrar"] = credential.registrar;
  out["expires_seconds"] = credential.expires_seconds;
  out["created_at"] = timestamp(credential.created_at);
  out["updated_at"] = timestamp(credential.updated_at);
  return out;
}

Answer list_provider_credentials(Services& services, Call call) {
  const auto id = call.id<ProviderId>("provider_id");
  const auto provider = co_await services.providers.get(call.as_operator(), id);
  if (!provider) co_return from_store(provider.error(), "provider");
  const auto found = co_await services.provider_credentials.list(call.as_operator(), id);
  if (!found) co_return from_store(found.error(), "credential");
  co_return list_reply(*found, [](const auto& credential) { return show(credential); });
}

Answer create_provider_credential(Services& services, Call call) {
  const auto& body = call.body;
  store::ProviderCredential credential;
  credential.provider = call.id<ProviderId>("provider_id");
  credential.username = body["username"];
  credential.realm = body["realm"];
  credential.from_user = take<std::string>(body, "from_user").value_or("");
  credential.from_domain = take<std::string>(body, "from_domain").value_or("");
  credential.registrar = take<std::string>(body, "registrar").value_or("");
  credential.registers = take<bool>(body, "register").value_or(false);
  credential.expires_seconds = take<std::uint32_t>(body, "expires_seconds").value_or(3600);
  auto hashes = hashes_of(credential.username, credential.realm, body["password"].get<std::string>());
  const auto made = co_await services.provider_credentials.create(call.as_operator(), credential, hashes);
  if (!made) {
    if (made.error().kind == store::ErrorKind::InUse) co_return not_found("provider");
    co_return from_store(made.error(), "credential");
  }
  co_return reply_with(show(*made), 201);
}

Answer update_provider_credential(Services& services, Call call) {
  const auto provider = call.id<ProviderId>("provider_id");
  const auto id = call.uuid("cred_id");
  const auto before = co_await services.provider_credentials.get(call.as_operator(), provider, id);
  if (!before) co_return from_store(before.error(), "credential");
  store::ProviderCredentialPatch patch;
  patch.from_user = take<std::string>(call.body, "from_user");
  patch.from_domain = take<std::string>(call.body, "from_domain");
  patch.registrar = take<std::string>(call.body, "registrar");
  patch.registers = take<bool>(call.body, "register");
  patch.expires_seconds = take<std::uint32_t>(call.body, "expires_seconds");
  if (const auto password = take<std::string>(call.body, "password"))
    patch.hashes = hashes_of(before->username, before->realm, *password);
  const auto changed = co_await services.provider_credentials.update(call.as_operator(), provider, id, patch);
  if (!changed) co_return from_store(changed.error(), "credential");
  co_return reply_with(show(*changed));
}

Answer delete_provider_credential(Services& services, Call call) {
  const auto gone = co_await services.provider_credentials.remove(
      call.as_operator(), call.id<ProviderId>("provider_id"), call.uuid("cred_id"));
  if (!gone) co_return from_store(gone.error(), "credential");
  co_return no_content();
}

Answer list_provider_registrations(Services& services, Call call) {
  const auto id = call.id<ProviderId>("provider_id");
  const auto provider = co_await services.providers.get(call.as_operator(), id);
  if (!provider) co_return from_store(provider.error(), "provider");
  if (services.registrations == nullptr)
    co_return Failure{ErrorCode::GatewayUnavailable, "This node registers nowhere."};
  Reply reply;
  reply.data = Json::array();
  for (const auto& one : services.registrations->outbound(id)) {
    Json out;
    out["credential_id"] = one.credential.to_string();
    out["state"] = one.state;
    out["registrar"] = one.registrar;
    out["contact"] = one.contact;
    out["last_status"] = one.last_status != 0 ? Json(one.last_status) : Json();
    out["failures"] = one.failures;
    out["registered_at"] = timestamp(one.registered_at);
    out["expires_at"] = timestamp(one.expires_at);
    reply.data.push_back(std::move(out));
  }
  co_return reply;
}

}  // namespace

void add_provider_credentials(EndpointTable& table, Services& services) {
  const std::string all = "/providers/{provider_id:uuid}/credentials";
  const std::string one = all + "/{cred_id:uuid}";
  const auto add = [&](Endpoint endpoint) {
    endpoint.operators_only = true;
    table.push_back(std::move(endpoint));
  };
  add({.path = all,
       .summary = "What we authenticate ourselves to the provider with, by realm; never a password",
       .tag = "Providers",
       .action = act(services, list_provider_credentials),
       .answer_kind = AnswerKind::List,
       .answer = provider_credential_schema(),
       .errors = {ErrorCode::NotFound}});
  add({.method = http::Method::Post,
       .path = all,
       .summary = "Add a credential for one realm of the provider",
       .tag = "Providers",
       .action = act(services, create_provider_credential),
       .body_kind = BodyKind::Json,
       .body = {"NewProviderCredential", new_fields()},
       .answer = provider_credential_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  add({.method = http::Method::Patch,
       .path = one,
       .summary = "Change a credential, its password or where it registers",
       .tag = "Providers",
       .action = act(services, update_provider_credential),
       .body_kind = BodyKind::Json,
       .body = {"ProviderCredentialPatch", provider_credential_changes()},
       .partial = true,
       .answer = provider_credential_schema(),
       .errors = {ErrorCode::NotFound}});
  add({.method = http::Method::Delete,
       .path = one,
       .summary = "Remove a credential; a registration made with it ends",
       .tag = "Providers",
       .action = act(services, delete_provider_credential),
       .answer_kind = AnswerKind::Nothing,
       .status = 204,
       .errors = {ErrorCode::NotFound}});
  add({.path = "/providers/{provider_id:uuid}/registrations",
       .summary = "How our registrations at the provider stand, on this node",
       .tag = "Providers",
       .action = act(services, list_provider_registrations),
       .answer_kind = AnswerKind::List,
       .answer = registration_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::GatewayUnavailable}});
}

}  // namespace warp::api
