// Authorizer: may this principal do that? The one path of authority: REST endpoints, live topics and jobs all
// ask here. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "warp/api/errors.h"
#include "warp/api/principal.h"
#include "warp/base/clock.h"

namespace warp::api {

// What is asked for.
struct Need {
  std::string_view scope = {};  // empty: any principal
  bool operators_only = false;  // nobody of a customer, whatever scopes it has
  bool step_up = false;         // a second factor not long ago, or an exempt key
  std::string action = {};      // for details.action: "DELETE /trunks/{trunk_id}"
};

struct AuthorizerSettings {
  bool keys_step_up = false;                     // of keys that are not exempt as well
  std::chrono::seconds step_up_window{10 * 60};  // how long a second factor counts
};

class Authorizer {
 public:
  Authorizer(AuthorizerSettings settings, const Clock& clock) : settings_(settings), clock_(clock) {}

  // FORBIDDEN with details.scope, or MFA_REQUIRED with details.action; nullopt: it may.
  std::optional<Failure> check(const Principal& principal, const Need& need) const;
  // May `principal` act for `customer`? A customer's own principal for itself alone.
  static bool may_act_for(const Principal& principal, CustomerId customer) {
    return principal.is_operator() || *principal.customer == customer;
  }

 private:
  bool stepped_up(const Principal& principal) const;
  const AuthorizerSettings settings_;
  const Clock& clock_;
};

}  // namespace warp::api
