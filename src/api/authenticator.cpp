#include "warp/api/authenticator.h"

#include <bit>
#include <mutex>
#include <unordered_map>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "warp/base/text.h"

namespace warp::api {
namespace {

constexpr std::size_t kPrefixDigits = 6;
constexpr std::size_t kShortestBootstrapKey = 24;
constexpr std::size_t kLongestSecret = 200;

struct HashOfHash {
  std::size_t operator()(const KeyHash& hash) const noexcept {
    std::size_t value;
    std::memcpy(&value, hash.data(), sizeof value);
    return value;
  }
};

struct Cached {
  StoredKey key;
  Monotonic until;
};

bool same(const KeyHash& a, const KeyHash& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The token of "Bearer <token>"; empty when it is not that.
std::string_view bearer(std::string_view header) {
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos || !iequals(header.substr(0, blank), "Bearer")) return {};
  const auto token = trim(header.substr(blank + 1));
  return token.size() <= kLongestSecret ? token : std::string_view();
}

}  // namespace

KeyHash hash_key(std::string_view key) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  return std::bit_cast<KeyHash>(digest);
}

NewKey make_key(IdSource& ids, bool test) {
  NewKey key;
  key.secret = test ? "rk_test_" : "rk_";
  const auto head = key.secret.size();
  for (int i = 0; i < 4; ++i)
    key.secret += ids.hex(16);
  key.prefix = key.secret.substr(0, head + kPrefixDigits);
  key.hash = hash_key(key.secret);
  return key;
}

struct Authenticator::State {
  State(KeyStore& store, const Settings& configured, const Clock& time)
      : keys(store),
        settings(configured),
        clock(time),
        failures(configured.failure_rate, configured.remembered) {
    if (settings.bootstrap_key.size() >= kShortestBootstrapKey) bootstrap = hash_key(settings.bootstrap_key);
  }

  std::optional<StoredKey> cached(const KeyHash& hash) {
    std::lock_guard guard(mutex);
    const auto found = cache.find(hash);
    if (found == cache.end() || found->second.until <= clock.now()) return std::nullopt;
    return found->second.key;
  }
  void remember(const KeyHash& hash, const StoredKey& key) {
    std::lock_guard guard(mutex);
    const auto now = clock.now();
    if (cache.size() >= settings.remembered)
      std::erase_if(cache, [now](const auto& item) { return item.second.until <= now; });
    if (cache.size() < settings.remembered)
      cache.insert_or_assign(hash, Cached{key, now + settings.key_cache_ttl});
  }
  Outcome<Principal> judge(const StoredKey& key) {
    const auto now = clock.wall();
    if (key.revoked_at && *key.revoked_at <= now)
      return Failure{ErrorCode::Unauthorized, "The key was revoked."};
    if (key.expires_at && *key.expires_at <= now)
      return Failure{ErrorCode::Unauthorized, "The key has expired."};
    if (!key.customer_active) return Failure{ErrorCode::NoActiveCustomer, ""};
    std::lock_guard guard(mutex);
    if (uses.size() < settings.remembered || uses.contains(key.principal.key))
      uses[key.principal.key] = {key.principal.key, key.principal.is_operator(), now};
    return key.principal;
  }

  KeyStore& keys;
  const Settings& settings;
  const Clock& clock;
  std::optional<KeyHash> bootstrap;
  RateLimiter failures;
  std::mutex mutex;  // guards what follows
  std::unordered_map<KeyHash, Cached, HashOfHash> cache;
  std::unordered_map<ApiKeyId, KeyUse> uses;
};

Authenticator::Authenticator(KeyStore& keys, const Settings& settings, const Clock& clock)
    : state_(std::make_unique<State>(keys, settings, clock)) {}

Authenticator::~Authenticator() = default;

boost::asio::awaitable<Outcome<Principal>> Authenticator::authenticate(std::string header,
                                                                       std::string address) {
  auto& state = *state_;
  if (header.empty())
    co_return Failure{ErrorCode::Unauthorized,
                      "There is no Authorization header: send Bearer and an API key."};
  const auto token = bearer(header);
  const auto hash = hash_key(token);
  if (state.bootstrap && same(hash, *state.bootstrap))
    co_return Principal{{}, "bootstrap", std::nullopt, {std::string(kSuperadmin)}, true};
  if (const auto known = state.cached(hash)) co_return state.judge(*known);

  const auto verdict = state.failures.look(address, state.clock.now());
  if (!verdict.allowed) {
    Failure failure{ErrorCode::RateLimited, "Too many failed authentications from this address."};
    failure.details["retry_after"] = verdict.retry_s;
    co_return failure;
  }
  if (token.starts_with("rk_")) {
    const auto found = co_await state.keys.find(hash);
    if (!found.available) co_return Failure{ErrorCode::ServiceUnavailable, "Keys cannot be checked now."};
    if (found.key && same(found.key->hash, hash)) {
      state.remember(hash, *found.key);
      co_return state.judge(*found.key);
    }
  }
  state.failures.take(address, state.clock.now());
  co_return Failure{ErrorCode::Unauthorized, "The key is not known."};
}

void Authenticator::forget() {
  std::lock_guard guard(state_->mutex);
  state_->cache.clear();
}

std::vector<KeyUse> Authenticator::take_uses() {
  std::lock_guard guard(state_->mutex);
  std::vector<KeyUse> uses;
  for (auto& [id, use] : state_->uses)
    uses.push_back(use);
  state_->uses.clear();
  return uses;
}

}  // namespace warp::api
