// SecretBox: what must be stored and read again (secrets of second factors), sealed by AES-256-GCM under a
// key that is in no database. Each is bound to a context, such as the id of its owner: moved to another row
// it does not open.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warp::identity {

// Keys for one purpose each out of the one that is configured: HMAC-SHA256.
std::string derived_key(std::string_view key, std::string_view purpose);

class SecretBox {
 public:
  explicit SecretBox(std::string_view key);  // any octets; 32 random ones are best

  // version, nonce, octets, tag. Throws std::runtime_error when there is no randomness.
  std::string seal(std::string_view octets, std::string_view context) const;
  // nullopt: sealed under another key or context, or changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

 private:
  std::string key_;
};

}  // namespace warp::identity
