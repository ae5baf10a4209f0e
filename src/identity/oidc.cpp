#include "warp/identity/oidc.h"

#include <algorithm>
#include <array>

namespace warp::identity {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestSubject = 255, kLongestName = 128, kLongestReference = 128;
constexpr std::size_t kMostScopes = 64;

const Json* claim(const Json& object, std::string_view path) {
  if (path.empty() || !object.is_object()) return nullptr;
  if (const auto found = object.find(std::string(path)); found != object.end()) return &*found;
  const auto dot = path.find('.');
  if (dot == path.npos) return nullptr;
  const auto next = object.find(std::string(path.substr(0, dot)));
  return next == object.end() ? nullptr : claim(*next, path.substr(dot + 1));
}

std::string text_of(const Json* value) {
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

// A list of texts; a text is a list of one, or of its words.
std::vector<std::string> texts_of(const Json* value, bool words) {
  std::vector<std::string> out;
  if (!value) return out;
  if (value->is_array()) {
    for (const auto& item : *value)
      if (item.is_string()) out.push_back(item.get<std::string>());
  } else if (value->is_string() && words) {
    const auto& text = value->get_ref<const std::string&>();
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find(' ', at), text.size());
      if (end > at) out.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  } else if (value->is_string()) {
    out.push_back(value->get<std::string>());
  }
  return out;
}

std::string role_of(const Json& claims, const OidcProvider& provider) {
  const auto held = texts_of(claim(claims, provider.role_claim), false);
  for (const auto& [theirs, ours] : provider.roles)
    if (std::find(held.begin(), held.end(), theirs) != held.end()) return ours;
  return {};
}

std::optional<WallTime> second_factor(const Json& claims) {
  constexpr std::array<std::string_view, 3> kSecond{"otp", "mfa", "hwk"};
  const auto methods = texts_of(claim(claims, "amr"), false);
  const bool asked = std::any_of(methods.begin(), methods.end(), [&](const std::string& method) {
    return std::find(kSecond.begin(), kSecond.end(), method) != kSecond.end();
  });
  if (!asked) return std::nullopt;
  for (const char* name : {"auth_time", "iat"})
    if (const auto* at = claim(claims, name); at && at->is_number_unsigned())
      if (const auto seconds = at->get<std::uint64_t>(); seconds < 253'402'300'800)
        return WallTime(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  return std::nullopt;
}

std::string name_of(const Json& claims, const std::string& subject) {
  for (const char* name : {"email", "preferred_username", "name"})
    if (auto text = text_of(claim(claims, name)); !text.empty()) return text.substr(0, kLongestName);
  return subject.substr(0, kLongestName);
}

}  // namespace

std::optional<Identity> identity_of(const Claims& claims, const OidcProvider& provider) {
  Identity out;
  out.subject = text_of(claim(claims.all, "sub"));
  if (out.subject.empty() || out.subject.size() > kLongestSubject) return std::nullopt;
  const auto* customer = claim(claims.all, provider.customer_claim);
  out.customer = text_of(customer);
  // A customer that cannot be read makes nobody an operator.
  const bool unreadable = customer && (out.customer.empty() || out.customer.size() > kLongestReference);
  if (unreadable || (!customer && !provider.operators)) return std::nullopt;
  out.role = role_of(claims.all, provider);
  out.scopes = texts_of(claim(claims.all, provider.scope_claim), true);
  if (out.scopes.size() > kMostScopes) out.scopes.resize(kMostScopes);
  if (out.role.empty() && out.scopes.empty()) return std::nullopt;
  out.name = name_of(claims.all, out.subject);
  out.mfa_at = second_factor(claims.all);
  return out;
}

}  // namespace warp::identity
