#include "warp/api/roles.h"
#include "warp/http/url.h"

#include "app/api_settings.h"
#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {
namespace {

using identity::OidcProvider;
using Json = nlohmann::ordered_json;

constexpr std::size_t kShortestSecret = 16;
constexpr std::uint64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;  // ms
constexpr std::string_view kTlsModes[] = {"none", "opportunistic", "required", "implicit"};

std::string read_algorithms(const YAML::Node& node, std::vector<identity::Algorithm>& out) {
  constexpr const char* kWrong = "needs a list of RS256, ES256 and EdDSA for algorithms";
  if (!node.IsSequence() || node.size() == 0) return kWrong;
  out.clear();
  for (const auto& one : node) {
    const auto algorithm = identity::parse_algorithm(scalar_of(one));
    if (!algorithm) return kWrong;
    out.push_back(*algorithm);
  }
  return {};
}

std::string read_roles(const YAML::Node& node, std::vector<std::pair<std::string, std::string>>& out) {
  if (!node.IsMap()) return "needs a map for roles: {THEIRS: OURS}";
  out.clear();
  for (const auto& one : node)
    out.emplace_back(scalar_of(one.first), scalar_of(one.second));
  return {};
}

std::string read_flag(const std::string& name, const std::string& text, bool& out) {
  if (text != "true" && text != "false") return "needs true or false for " + name;
  out = text == "true";
  return {};
}

std::string read_field(const std::string& name, const YAML::Node& value, OidcProvider& provider) {
  const auto text = scalar_of(value);
  if (name == "issuer")
    provider.issuer = text;
  else if (name == "audience")
    provider.audience = text;
  else if (name == "customer_claim")
    provider.customer_claim = text;
  else if (name == "role_claim")
    provider.role_claim = text;
  else if (name == "scope_claim")
    provider.scope_claim = text;
  else if (name == "discovery_url")
    provider.discovery_url = text;
  else if (name == "algorithms")
    return read_algorithms(value, provider.algorithms);
  else if (name == "roles")
    return read_roles(value, provider.roles);
  else if (name == "operators")
    return read_flag(name, text, provider.operators);
  else if (name == "allow_http")
    return read_flag(name, text, provider.allow_http);
  else
    return "has the unknown key `" + name +
           "`: use issuer, audience, algorithms, customer_claim, role_claim, scope_claim, roles, operators, "
           "discovery_url and allow_http";
  return {};
}

std::string read_provider(const YAML::Node& entry, OidcProvider& provider) {
  if (!entry.IsMap()) return "has an entry that is no map: write {issuer: URL, audience: NAME}";
  for (const auto& field : entry)
    if (auto problem = read_field(scalar_of(field.first), field.second, provider); !problem.empty())
      return problem;
  if (provider.issuer.empty() || provider.audience.empty())
    return "has an entry without `issuer` or without `audience`";
  return {};
}

std::string read_providers(const YAML::Node& node, std::vector<OidcProvider>& target) {
  if (!node.IsSequence()) return "must be a list";
  std::vector<OidcProvider> providers(node.size());
  for (std::size_t i = 0; i < providers.size(); ++i)
    if (auto problem = read_provider(node[i], providers[i]); !problem.empty()) return problem;
  target = std::move(providers);
  return {};
}

std::string show_provider(const OidcProvider& provider) {
  auto text = "{issuer: " + yaml_text(provider.issuer) + ", audience: " + yaml_text(provider.audience) +
              ", algorithms: [";
  for (std::size_t i = 0; i < provider.algorithms.size(); ++i)
    text += (i > 0 ? ", " : "") + std::string(identity::to_string(provider.algorithms[i]));
  text += "]";
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) text += std::string(", ") + key + ": " + yaml_text(value);
  };
  add("customer_claim", provider.customer_claim);
  add("role_claim", provider.role_claim);
  add("scope_claim", provider.scope_claim);
  add("discovery_url", provider.discovery_url);
  if (!provider.roles.empty()) {
    text += ", roles: {";
    for (std::size_t i = 0; i < provider.roles.size(); ++i)
      text += (i > 0 ? ", " : "") + yaml_text(provider.roles[i].first) + ": " +
              yaml_text(provider.roles[i].second);
    text += "}";
  }
  if (provider.operators) text += ", operators: true";
  if (provider.allow_http) text += ", allow_http: true";
  return text + "}";
}

std::string show_providers(const std::vector<OidcProvider>& providers) {
  std::string text = "[";
  for (std::size_t i = 0; i < providers.size(); ++i)
    text += (i > 0 ? ", " : "") + show_provider(providers[i]);
  return text + "]";
}

Json providers_schema() {
  Json text, flag, names, map, item, list;
  text["type"] = "string";
  flag["type"] = "boolean";
  names["type"] = "array";
  names["items"] = text;
  map["type"] = "object";
  map["additionalProperties"] = text;
  item["type"] = "object";
  item["additionalProperties"] = false;
  item["required"] = std::vector<std::string>{"issuer", "audience"};
  auto& properties = item["properties"];
  for (const char* name :
       {"issuer", "audience", "customer_claim", "role_claim", "scope_claim", "discovery_url"})
    properties[name] = text;
  properties["algorithms"] = names;
  properties["roles"] = map;
  properties["operators"] = flag;
  properties["allow_http"] = flag;
  list["type"] = "array";
  list["items"] = item;
  return list;
}

Key providers_key(std::string path, std::vector<OidcProvider>& target, std::string doc) {
  Key key;
  key.path = std::move(path);
  key.doc = std::move(doc);
  key.schema = providers_schema();
  key.read = [&target](const YAML::Node& node) { return read_providers(node, target); };
  key.show = [&target] { return show_providers(target); };
  return key;
}

// What is wrong with a provider, or empty.
std::string provider_fault(const OidcProvider& provider) {
  for (const auto& url : {provider.issuer, provider.discovery_url}) {
    if (url.empty()) continue;
    const auto parsed = http::Url::parse(url);
    if (!parsed) return "has `" + url + "`, which is no http or https URL";
    if (!parsed->secure && !provider.allow_http) return "has `" + url + "`, which is no https URL";
  }
  const auto known = api::system_roles();
  for (const auto& [theirs, ours] : provider.roles)
    if (std::none_of(known.begin(), known.end(),
                     [&ours = ours](const auto& role) { return role.name == ours; }))
      return "maps `" + theirs + "` to `" + ours + "`, which is no role of the system";
  if (provider.customer_claim.empty() && !provider.operators)
    return "has a provider without `customer_claim` whose people are no operators: nobody gets in by it";
  return {};
}

}  // namespace

std::vector<Key> identity_keys(Config& c) {
  using enum Applies;
  auto& identity = c.identity;
  return {
      secret_key("identity.secret_key", identity.secret_key,
                 "key that secrets of second factors are sealed under, at least 16 octets, the same on every "
                 "node, as {file: PATH} or {env: NAME}; without it none can be set up"),
      duration_key("identity.access_life", identity.access_life, {10'000, kDay}, Restart,
                   "how long an access token is good"),
      duration_key("identity.refresh_life", identity.refresh_life, {kMinute, 365 * kDay}, Restart,
                   "how long a session lasts that is not used"),
      duration_key("identity.session_longest", identity.session_longest, {kMinute, 365 * kDay}, Restart,
                   "how long one lasts that is used; then one signs in again"),
      duration_key("identity.reset_life", identity.reset_life, {kMinute, 7 * kDay}, Restart,
                   "how long the token of a forgotten password is good"),
      number_key("identity.lock_after", identity.lock_after, {3, 1'000}, Restart,
                 "wrong passwords or codes that lock an account"),
      duration_key("identity.lock_for", identity.lock_for, {1'000, kDay}, Restart, "how long it is locked"),
      text_key("identity.display_name", identity.display_name, Restart,
               "name of this platform in authenticator apps and mails"),
      text_key("identity.reset_url", identity.reset_url, Restart,
               "address at which a new password is set; the token is put after it. Empty: mails hold the "
               "token alone"),
      text_key("identity.mail.host", identity.mail.host, Restart,
               "SMTP server for mails to users; empty: none are sent"),
      number_key("identity.mail.port", identity.mail.port, {1, 65'535}, Restart, "its port"),
      text_key("identity.mail.from", identity.mail.from, Restart, "address that mails come from"),
      text_key("identity.mail.login", identity.mail.login, Restart, "account there; empty: none is needed"),
      secret_key("identity.mail.password", identity.mail.password,
                 "its password, as {file: PATH} or {env: NAME}"),
      text_key("identity.mail.tls", identity.mail.tls, Restart,
               "required (STARTTLS), implicit (from the first octet), opportunistic or none"),
      text_key("identity.mail.ca_file", identity.mail.ca_file, Restart,
               "PEM file of the authorities that its certificate must come from; empty: the system's"),
      providers_key(
          "identity.oidc.providers", identity.oidc.providers,
          "identity providers whose tokens are taken: issuer, audience, algorithms (RS256, ES256, EdDSA), "
          "customer_claim (an id or external id), role_claim with roles (their names to ours), scope_claim, "
          "operators (true: who has no customer is one of the operator's people), discovery_url (else below "
          "the issuer), allow_http (for laboratories). Claims are named as in the token, or by a path with "
          "dots"),
      duration_key("identity.oidc.max_stale", identity.oidc.max_stale, {kMinute, 30 * kDay}, Restart,
                   "how long a provider's keys are good while it is away"),
      text_key("identity.oidc.ca_file", identity.oidc.ca_file, Restart,
               "PEM file of the authorities of the providers' servers; empty: the system's"),
  };
}

void check_identity(const Config& c, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto& identity = c.identity;
  const auto fault = [&](const char* key, std::string problem, const char* cure) {
    faults.push_back({file, 0, key, std::move(problem), cure});
  };
  const auto& key = identity.secret_key.value;
  if (!key.empty() && key.size() < kShortestSecret)
    fault("identity.secret_key", "has fewer than 16 octets", "make one: openssl rand -hex 32");
  if (identity.session_longest < identity.refresh_life)
    fault("identity.session_longest", "is shorter than identity.refresh_life",
          "make it as long at least, or shorten the other");
  if (std::find(std::begin(kTlsModes), std::end(kTlsModes), identity.mail.tls) == std::end(kTlsModes))
    fault("identity.mail.tls", "is not known", "write required, implicit, opportunistic or none");
  if (!identity.mail.host.empty() && identity.mail.from.empty())
    fault("identity.mail.from", "is empty", "name the address that mails come from");
  check_readable(identity.mail.ca_file, "identity.mail.ca_file", file, faults);
  check_readable(identity.oidc.ca_file, "identity.oidc.ca_file", file, faults);
  for (const auto& provider : identity.oidc.providers)
    if (auto problem = provider_fault(provider); !problem.empty())
      fault("identity.oidc.providers", std::move(problem), "see docs/api/identity.md");
}

void tell_identity(const Config& c, api::Settings& settings) {
  const auto& given = c.identity;
  auto& told = settings.identity;
  told.access_life = given.access_life;
  told.refresh_life = given.refresh_life;
  told.session_longest = given.session_longest;
  told.reset_life = given.reset_life;
  told.lock_after = given.lock_after;
  told.lock_for = given.lock_for;
  told.secret_key = given.secret_key.value;
  told.display_name = given.display_name;
  told.reset_url = given.reset_url;
}

}  // namespace warp::app
