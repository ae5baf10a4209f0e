#include "warp/api/principal_json.h"

#include "member_text.h"

namespace warp::api {
namespace {

template <class Id>
std::optional<Id> id_in(const Json& value, const char* name) {
  const auto found = value.find(name);
  if (found == value.end() || !found->is_string()) return std::nullopt;
  return Id::parse(found->template get<std::string>());
}

std::optional<PrincipalKind> parse_kind(std::string_view text) {
  if (text == "key") return PrincipalKind::Key;
  if (text == "session") return PrincipalKind::Session;
  if (text == "token") return PrincipalKind::Token;
  return std::nullopt;
}

const char* name_of(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::Key:
      return "key";
    case PrincipalKind::Session:
      return "session";
    case PrincipalKind::Token:
      return "token";
  }
  return "";
}

}  // namespace

Json to_json(const Principal& principal) {
  Json out;
  out["kind"] = name_of(principal.kind);
  out["key"] = principal.key.to_string();
  out["name"] = principal.name;
  out["customer"] = id_or_null(principal.customer);
  out["scopes"] = principal.scopes;
  out["step_up_exempt"] = principal.step_up_exempt;
  out["user"] = principal.user.to_string();
  out["session"] = principal.session.to_string();
  out["subject"] = principal.subject;
  out["second_factor"] = principal.second_factor;
  out["mfa_at"] = timestamp(principal.mfa_at);
  return out;
}

std::optional<Principal> principal_of(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  const auto kind = parse_kind(member_text(value, "kind"));
  const auto key = id_in<ApiKeyId>(value, "key");
  const auto user = id_in<UserId>(value, "user");
  const auto session = id_in<SessionId>(value, "session");
  const auto customer = value.find("customer");
  const auto scopes = value.find("scopes");
  if (!kind || !key || !user || !session || customer == value.end() || scopes == value.end() ||
      !scopes->is_array())
    return std::nullopt;
  Principal out;
  // Nobody becomes an operator by a customer that cannot be read.
  if (!customer->is_null()) {
    out.customer = id_in<CustomerId>(value, "customer");
    if (!out.customer) return std::nullopt;
  }
  for (const auto& scope : *scopes) {
    if (!scope.is_string()) return std::nullopt;
    out.scopes.push_back(scope.get<std::string>());
  }
  out.kind = *kind;
  out.key = *key;
  out.user = *user;
  out.session = *session;
  out.name = member_text(value, "name");
  out.subject = member_text(value, "subject");
  out.step_up_exempt = value.value("step_up_exempt", false);
  out.second_factor = value.value("second_factor", false);
  if (const auto at = member_text(value, "mfa_at"); !at.empty()) out.mfa_at = parse_timestamp(at);
  return out;
}

}  // namespace warp::api
