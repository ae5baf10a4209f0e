// identity.*: signing in, second factors, identity providers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "warp/identity/oidc.h"

#include "app/secret.h"

namespace warp::app {

struct IdentityConfig {
  Secret secret_key;  // none: no second factors can be set up
  std::chrono::seconds access_life{15 * 60}, refresh_life{30 * 24 * 3600}, session_longest{90 * 24 * 3600};
  std::chrono::seconds reset_life{3600}, lock_for{15 * 60};
  std::uint32_t lock_after = 10;
  std::string display_name = "WARP", reset_url;
  struct {
    std::string host;  // empty: no mail is sent
    std::uint32_t port = 587;
    std::string from, login, ca_file;
    Secret password;
    std::string tls = "required";
  } mail;
  struct {
    std::vector<identity::OidcProvider> providers;
    std::chrono::seconds max_stale{24 * 3600};
    std::string ca_file;
  } oidc;
};

}  // namespace warp::app
