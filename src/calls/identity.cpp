#include "identity.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

namespace warp::calls {

namespace {

constexpr std::size_t kLongestUser = 64;
constexpr std::size_t kLongestDisplay = 128;

bool harmless(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         std::string_view("+-_.*#~!").find(c) != std::string_view::npos;
}

// The user part of a name-addr that a URI of ours may carry; empty when it has none.
std::string user_of(const sip::NameAddr& party) {
  const auto uri = sip::Uri::parse(party.uri);
  if (!uri) return {};
  if (auto number = uri->telephone(); number && number->size() <= kLongestUser) return std::move(*number);
  if (uri->user.size() > kLongestUser || !std::all_of(uri->user.begin(), uri->user.end(), harmless))
    return {};
  return std::string(uri->user);
}

std::string asserted_user(const sip::Message& request) {
  const std::string_view value = request.header(sip::HeaderId::PAssertedIdentity);
  if (value.empty()) return {};
  const auto party = sip::parse_name_addr(value);
  return party ? user_of(*party) : std::string();
}

bool anonymous(std::string_view user) {
  return user.empty() || iequals(user, "anonymous");
}

}  // namespace

std::string calling_number(const sip::Message& request) {
  std::string user = user_of(request.from());
  if (!anonymous(user)) return user;
  std::string asserted = asserted_user(request);
  return asserted.empty() ? user : asserted;
}

Identity identity_of(const sip::Message& request) {
  Identity identity;
  identity.user = user_of(request.from());
  if (identity.user.empty()) identity.user = "anonymous";
  if (request.from().display.size() <= kLongestDisplay) identity.display = request.from().display;
  identity.asserted = asserted_user(request);
  const std::string_view privacy = request.header(sip::HeaderId::Privacy);
  if (privacy.size() <= kLongestUser) identity.privacy = privacy;
  return identity;
}

std::string called_number(const routing::Candidate& candidate, std::string_view e164) {
  if (candidate.provider == nullptr) return std::string(e164);
  const domain::Provider& provider = *candidate.provider;
  if (!provider.strip_digits.empty() && e164.starts_with(provider.strip_digits))
    e164.remove_prefix(provider.strip_digits.size());
  std::string called = provider.add_digits;
  called += e164;
  return called;
}

}  // namespace warp::calls
