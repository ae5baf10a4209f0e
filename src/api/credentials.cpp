// Digest credentials of a trunk, what registered with them, and what calls with them.
#include "warp/store/credentials.h"

#include "warp/api/registrations.h"

#include "credential_hashes.h"
#include "formats.h"
#include "services.h"
#include "trunk_view.h"

namespace warp::api {
namespace {

constexpr std::size_t kSipPasswordLength = 24;

bool is_username(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '.' || c == '_' || c == '-';
  });
}

// 24 of 62 characters: 142 bits.
std::string make_password(Services& services) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::uint64_t kFair = ~std::uint64_t{0} - ~std::uint64_t{0} % kAlphabet.size();
  std::string password;
  while (password.size() < kSipPasswordLength) {
    const std::uint64_t random = services.ids.next64();
    if (random < kFair) password += kAlphabet[random % kAlphabet.size()];
  }
  return password;
}

std::vector<Field> credential_fields() {
  return {uuid("id"),
          uuid("trunk_id"),
          text("username"),
          text("realm"),
          boolean("enabled"),
          integer("registration_count").or_null(),
          integer("active_call_count").or_null(),
          instant("created_at"),
          instant("last_rotated_at").or_null()};
}

Schema credential_schema() {
  return {"TrunkCredential", credential_fields()};
}

Schema new_password_schema() {
  auto fields = credential_fields();
  fields.push_back(text("password").says("Shown this once."));
  return {"TrunkCredentialWithPassword", fields};
}

Schema binding_schema() {
  return {"TrunkRegistration",
          {text("contact_id"), text("contact"), text("received"), text("user_agent"), text("transport"),
           instant("expires_at"), instant("registered_at")}};
}

Schema call_schema() {
  return {"CredentialCall", {uuid("call_id"), instant("started_at")}};
}

Json show(Services& services, const store::Credential& credential) {
  Json out;
  out["id"] = credential.id.to_string();
  out["trunk_id"] = credential.trunk.to_string();
  out["username"] = credential.username;
  out["realm"] = credential.realm;
  out["enabled"] = credential.enabled;
  const Registrations* live = services.registrations;
  out["registration_count"] =
      live != nullptr ? Json(live->of(credential.trunk, credential.username).size()) : Json();
  out["active_call_count"] = live != nullptr ? Json(live->calls(credential.id).size()) : Json();
  out["created_at"] = timestamp(credential.created_at);
  out["last_rotated_at"] = timestamp(credential.last_rotated_at);
  return out;
}

Json show(const domain::Binding& binding) {
  Json out;
  out["contact_id"] = binding.id;
  out["contact"] = binding.contact;
  out["received"] = binding.received.to_string();
  out["user_agent"] = binding.user_agent;
  out["transport"] = domain::to_string(binding.transport);
  out["expires_at"] = timestamp(binding.expires_at);
  out["registered_at"] = timestamp(binding.registered_at);
  return out;
}

Failure unowned(const store::Error& error) {
  if (error.kind == store::ErrorKind::NotFound)
    return Failure{ErrorCode::TrunkUnowned, "There is no such trunk."};
  return from_store(error, "trunk");
}

// The credential, once the trunk is known to be the caller's.
boost::asio::awaitable<Outcome<store::Credential>> find_credential(Services& services, const Call& call) {
  const auto trunk = co_await find_trunk(services, call);
  if (!trunk) co_return unowned(trunk.error());
  auto found = co_await services.credentials.get(call.actor(), trunk->id, call.uuid("cred_id"));
  if (!found) co_return from_store(found.error(), "credential");
  co_return std::move(*found);
}

// The same on a node that devices register at.
boost::asio::awaitable<Outcome<store::Credential>> find_live(Services& services, const Call& call) {
  auto found = co_await find_credential(services, call);
  if (found && services.registrations == nullptr)
    co_return Failure{ErrorCode::GatewayUnavailable, "This node takes no registrations."};
  co_return found;
}

Answer list_credentials(Services& services, Call call) {
  const auto found = co_await services.credentials.list(call.actor(), call.id<TrunkId>("trunk_id"));
  if (!found) co_return unowned(found.error());
  co_return list_reply(*found, [&](const auto& credential) { return show(services, credential); });
}

Answer create_credential(Services& services, Call call) {
  const auto trunk = co_await find_trunk(services, call);
  if (!trunk) co_return unowned(trunk.error());
  if (trunk->auth_type == domain::AuthType::IpAcl)
    co_return Failure{ErrorCode::ValidationError,
                      "The trunk takes addresses only; set its auth_type to DIGEST, EITHER or BOTH first."};
  if (services.registrations == nullptr)
    co_return Failure{ErrorCode::GatewayUnavailable, "This node takes no registrations."};
  const auto username = call.body["username"].get<std::string>();
  const std::string realm = services.registrations->realm();
  const std::string password = make_password(services);
  const auto made = co_await services.credentials.create(call.actor(), trunk->id, username, realm,
                                                         hashes_of(username, realm, password));
  if (!made) {
    if (made.error().kind == store::ErrorKind::Duplicate)
      co_return Failure{ErrorCode::Conflict, "The user name is taken."};
    co_return from_store(made.error(), "credential");
  }
  Reply reply;
  reply.status = 201;
  reply.data = show(services, *made);
  reply.data["password"] = password;
  co_return reply;
}

Answer update_credential(Services& services, Call call) {
  const auto before = co_await find_credential(services, call);
  if (!before) co_return before.error();
  const auto enabled = take<bool>(call.body, "enabled").value_or(before->enabled);
  const auto changed = co_await services.credentials.enable(call.actor(), before->trunk, before->id, enabled);
  if (!changed) co_return from_store(changed.error(), "credential");
  co_return reply_with(show(services, *changed));
}

Answer delete_credential(Services& services, Call call) {
  const auto trunk = co_await find_trunk(services, call);
  if (!trunk) co_return unowned(trunk.error());
  const auto gone = co_await services.credentials.remove(call.actor(), trunk->id, call.uuid("cred_id"));
  if (!gone && gone.error().kind != store::ErrorKind::NotFound)
    co_return from_store(gone.error(), "credential");
  co_return no_content();
}

Answer rotate_credential(Services& services, Call call) {
  const auto before = co_await find_credential(services, call);
  if (!before) co_return before.error();
  const std::string password = make_password(services);
  const auto changed = co_await services.credentials.rotate(
      call.actor(), before->trunk, before->id, hashes_of(before->username, before->realm, password));
  if (!changed) co_return from_store(changed.error(), "credential");
  Reply reply;
  reply.data = show(services, *changed);
  reply.data["password"] = password;
  co_return reply;
}

Answer list_calls(Services& services, Call call) {
  const auto found = co_await find_live(services, call);
  if (!found) co_return found.error();
  Reply reply;
  reply.data = Json::array();
  for (const auto& one : services.registrations->calls(found->id)) {
    Json out;
    out["call_id"] = one.id.to_string();
    out["started_at"] = timestamp(one.started_at);
    reply.data.push_back(std::move(out));
  }
  co_return reply;
}

Answer list_registrations(Services& services, Call call) {
  const auto found = co_await find_live(services, call);
  if (!found) co_return found.error();
  co_return list_reply(services.registrations->of(found->trunk, found->username),
                       [](const auto& binding) { return show(binding); });
}

Answer evict_registration(Services& services, Call call) {
  const auto found = co_await find_live(services, call);
  if (!found) co_return found.error();
  const std::string id(call.request.param("contact_id"));
  if (id.empty()) co_return Failure{ErrorCode::MissingId, "Name the contact_id of the registration."};
  if (!services.registrations->evict(found->trunk, found->username, id)) co_return not_found("registration");
  co_return no_content();
}

}  // namespace

void add_credentials(EndpointTable& table, Services& services) {
  const std::string tag = "Trunks";
  const std::string all = "/trunks/{trunk_id:uuid}/credentials";
  const std::string one = all + "/{cred_id:uuid}";
  const auto add = [&](Endpoint endpoint, bool writes) {
    endpoint.scope = writes ? "trunks:write" : "trunks:read";
    endpoint.step_up = writes;
    endpoint.of_customer = true;
    endpoint.errors.push_back(ErrorCode::TrunkUnowned);
    table.push_back(std::move(endpoint));
  };
  add({.path = all,
       .summary = "Digest credentials of the trunk, with what is registered and calling by each",
       .tag = tag,
       .action = act(services, list_credentials),
       .answer_kind = AnswerKind::List,
       .answer = credential_schema()},
      false);
  add({.method = http::Method::Post,
       .path = all,
       .summary = "Create a credential; its password is shown this once",
       .tag = tag,
       .action = act(services, create_credential),
       .body_kind = BodyKind::Json,
       .body = {"NewTrunkCredential",
                {text("username", 64).is(is_username, "letters, digits, + . _ and -").needed()}},
       .answer = new_password_schema(),
       .status = 201,
       .errors = {ErrorCode::ValidationError, ErrorCode::Conflict, ErrorCode::GatewayUnavailable}},
      true);
  add({.method = http::Method::Patch,
       .path = one,
       .summary = "Switch a credential off, which ends its registrations, or on again; running calls go on",
       .tag = tag,
       .action = act(services, update_credential),
       .body_kind = BodyKind::Json,
       .body = {"TrunkCredentialPatch", {boolean("enabled")}},
       .partial = true,
       .answer = credential_schema(),
       .errors = {ErrorCode::NotFound}},
      true);
  add({.method = http::Method::Delete,
       .path = one,
       .summary = "Remove a credential and its registrations; again: no change",
       .tag = tag,
       .action = act(services, delete_credential),
       .answer_kind = AnswerKind::Nothing,
       .status = 204},
      true);
  add({.method = http::Method::Post,
       .path = one + "/rotate",
       .summary = "A new password, shown this once; the old one is good no more",
       .tag = tag,
       .action = act(services, rotate_credential),
       .answer = new_password_schema(),
       .errors = {ErrorCode::NotFound}},
      true);
  add({.path = one + "/calls",
       .summary = "Calls in progress that were made with the credential",
       .tag = tag,
       .action = act(services, list_calls),
       .answer_kind = AnswerKind::List,
       .answer = call_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::GatewayUnavailable}},
      false);
  add({.path = one + "/registrations",
       .summary = "Live bindings of the credential",
       .tag = tag,
       .action = act(services, list_registrations),
       .answer_kind = AnswerKind::List,
       .answer = binding_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::GatewayUnavailable}},
      false);
  add({.method = http::Method::Delete,
       .path = one + "/registrations/{contact_id}",
       .summary = "Remove one binding",
       .tag = tag,
       .action = act(services, evict_registration),
       .answer_kind = AnswerKind::Nothing,
       .status = 204,
       .errors = {ErrorCode::MissingId, ErrorCode::NotFound, ErrorCode::GatewayUnavailable}},
      true);
}

}  // namespace warp::api
