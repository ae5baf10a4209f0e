// What the claims of a verified token mean here, provider by provider: whose account, which role, which
// scopes, whether a second factor was asked. Pure.
//
// A claim is named as it stands in the token ("https://example.com/customer"), or by a path through objects
// ("realm_access.roles"); the whole name is tried first. Values are data: they are looked up, never executed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warp/base/clock.h"
#include "warp/identity/jwt.h"

namespace warp::identity {

struct OidcProvider {
  std::string issuer, audience;
  std::vector<Algorithm> algorithms{Algorithm::RS256};
  std::string customer_claim;  // a UUID, or an external id; empty: none has a customer
  std::string role_claim;      // a text, or a list of texts
  std::string scope_claim;     // a text with blanks between, or a list of texts
  // Name of a role at the provider → name of a role of the system; the first that the token holds counts.
  std::vector<std::pair<std::string, std::string>> roles;
  bool operators = false;     // who has no customer is one of the operator's people
  std::string discovery_url;  // empty: below the issuer
  bool allow_http = false;
};

struct Identity {
  std::string subject;   // of the provider
  std::string name;      // for people: e-mail address, name or subject
  std::string customer;  // as the claim has it; empty: an operator
  std::string role;      // of the system; empty: none
  std::vector<std::string> scopes;
  std::optional<WallTime> mfa_at;  // when a second factor was asked
};

// nullopt: nobody that this provider may speak for (no subject; neither customer nor leave to be an operator;
// no role and no scope; a customer's claim that is no text).
std::optional<Identity> identity_of(const Claims& claims, const OidcProvider& provider);

}  // namespace warp::identity
