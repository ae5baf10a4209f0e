// Authenticator: from `Authorization: Bearer rk_…` to a Principal.
//
// A key is 32 random octets in text. What is stored is its SHA-256: a slow password hash guards secrets that
// can be guessed, and 256 random bits cannot; every request pays for it. Verified keys are kept for
// key_cache_ttl, so a revoked key dies within that time on every node without a message between them. The
// comparison takes the same time wherever it ends.
//
// Failures are counted for each address; above the rate, keys that are not in the cache are refused unlooked,
// and so is signing in.
//
// A key may be good from some networks alone, and, when it was rotated, its secret before for a while.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/api/errors.h"
#include "warp/api/ports.h"
#include "warp/api/principal.h"
#include "warp/api/settings.h"
#include "warp/base/clock.h"
#include "warp/base/random.h"
#include "warp/domain/address.h"

namespace warp::api {

using KeyHash = std::array<std::byte, 32>;
KeyHash hash_key(std::string_view key);
// For tables by such a hash: any part of it is as good as another.
struct HashOfHash {
  std::size_t operator()(const KeyHash& hash) const noexcept {
    std::size_t value;
    std::memcpy(&value, hash.data(), sizeof value);
    return value;
  }
};

struct NewKey {
  std::string secret;  // the whole key, shown once
  std::string prefix;  // what listings show
  KeyHash hash;
};
NewKey make_key(IdSource& ids, bool test);

struct StoredKey {
  Principal principal;
  KeyHash hash{};
  std::optional<WallTime> expires_at, revoked_at;
  bool customer_active = true;
  std::vector<domain::Cidr> allowed = {};      // from where; empty: from everywhere
  std::optional<WallTime> superseded_at = {};  // of a secret that was replaced: when it ends
};

struct KeyUse {
  ApiKeyId key;
  bool of_operator = false;
  WallTime at{};
  std::optional<CustomerId> customer = {};
  std::string address = {};  // when it was the first use of the day from there, for the trail; else empty
};

// Where keys are kept.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  struct Found {
    bool available = true;  // false: the database does not answer
    std::optional<StoredKey> key;
  };
  virtual boost::asio::awaitable<Found> find(KeyHash hash) = 0;
  virtual boost::asio::awaitable<void> touch(std::vector<KeyUse> uses) = 0;
};

class Authenticator {
 public:
  Authenticator(KeyStore& keys, const Settings& settings, const Clock& clock);
  ~Authenticator();

  // Thread-safe. `header` is the value of Authorization, empty when there was none.
  boost::asio::awaitable<Outcome<Principal>> authenticate(std::string header, std::string address);
  // Who answers for bearer tokens that are no keys; before the first request. Null: they are unknown.
  void use(TokenVerifier* tokens);
  // A single-use ticket instead of a header. Failures count against the address as those of keys do.
  boost::asio::awaitable<Outcome<Principal>> redeem(std::string ticket, std::string address);
  // Set while too much has failed from there: for what proves who somebody is by other means.
  std::optional<Failure> banned(const std::string& address);
  void count_failure(const std::string& address);
  // Forgets what is cached: for tests, and for a node that revoked a key itself.
  void forget();
  // The uses since the last call, one a key, and one for each first of a day from an address: written in
  // batches by whoever owns the database.
  std::vector<KeyUse> take_uses();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace warp::api
