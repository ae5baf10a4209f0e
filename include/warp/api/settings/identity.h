// IdentitySettings: signing in: how long sessions last, what locks an account. Defaults stand here.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace warp::identity {
class Hasher;
}

namespace warp::api {

struct IdentitySettings {
  std::chrono::seconds access_life{15 * 60};             // of an access token
  std::chrono::seconds refresh_life{30 * 24 * 3600};     // of a session that is not used
  std::chrono::seconds session_longest{90 * 24 * 3600};  // of one that is
  std::chrono::seconds challenge_life{5 * 60};           // between password and code
  std::chrono::seconds reset_life{3600};                 // of a token for a forgotten password
  std::uint32_t lock_after = 10;                         // wrong passwords or codes
  std::chrono::seconds lock_for{15 * 60};
  std::string secret_key;              // of what must be read again; empty: no second factors can be set up
  std::string display_name = "WARP";   // in authenticator apps and mails
  std::string reset_url;               // the token is put after it; empty: mails hold the token alone
  identity::Hasher* hasher = nullptr;  // null: the process's
};

}  // namespace warp::api
