#include "warp/api/authenticator.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "warp/base/text.h"

namespace warp::api {
namespace {

constexpr std::size_t kPrefixDigits = 6;
constexpr std::size_t kShortestBootstrapKey = 24;
constexpr std::size_t kLongestSecret = 200;
constexpr std::size_t kLongestToken = 8 * 1024;  // of an identity provider

struct Cached {
  StoredKey key;
  Monotonic until;
};

// "::ffff:192.0.2.1" is 192.0.2.1: how a peer of a listener for both families may be written.
std::optional<domain::IpAddress> address_of(std::string_view text) {
  constexpr std::string_view kMapped = "::ffff:";
  if (text.starts_with(kMapped) && text.find('.') != text.npos) text.remove_prefix(kMapped.size());
  return domain::IpAddress::parse(text);
}

bool allowed_from(const StoredKey& key, const std::string& address) {
  if (key.allowed.empty()) return true;
  const auto ip = address_of(address);
  return ip && std::any_of(key.allowed.begin(), key.allowed.end(),
                           [&](const domain::Cidr& network) { return network.contains(*ip); });
}

bool same(const KeyHash& a, const KeyHash& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The token of "Bearer <token>"; empty when it is not that.
std::string_view bearer(std::string_view header) {
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos || !iequals(header.substr(0, blank), "Bearer")) return {};
  const auto token = trim(header.substr(blank + 1));
  return token.size() <= kLongestToken ? token : std::string_view();
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
  Outcome<Principal> judge(const StoredKey& key, const std::string& address) {
    const auto now = clock.wall();
    if (key.revoked_at && *key.revoked_at <= now)
      return Failure{ErrorCode::Unauthorized, "The key was revoked."};
    if (key.expires_at && *key.expires_at <= now)
      return Failure{ErrorCode::Unauthorized, "The key has expired."};
    if (key.superseded_at && *key.superseded_at <= now)
      return Failure{ErrorCode::Unauthorized, "The key has another secret now."};
    if (!key.customer_active) return Failure{ErrorCode::NoActiveCustomer, ""};
    if (!allowed_from(key, address)) return Failure{ErrorCode::AddressNotAllowed, ""};
    note_use(key.principal, address, now);
    return key.principal;
  }
  void note_use(const Principal& principal, const std::string& address, WallTime now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    std::lock_guard guard(mutex);
    if (uses.size() >= settings.remembered && !uses.contains(principal.key)) return;
    KeyUse use{principal.key, principal.is_operator(), now, principal.customer, {}};
    auto& of_key = uses[principal.key];
    if (first_from(principal.key, address, day)) use.address = address;
    if (of_key.empty() || !use.address.empty())
      of_key.push_back(std::move(use));
    else
      of_key.back().at = now;
  }
  // With the lock held.
  bool first_from(const ApiKeyId& key, const std::string& address, std::chrono::sys_days day) {
    if (day != sighted_on) sighted.clear();
    sighted_on = day;
    return sighted.size() < settings.remembered &&
           sighted.insert(std::hash<ApiKeyId>{}(key) ^ stable_hash(address)).second;
  }

  KeyStore& keys;
  const Settings& settings;
  const Clock& clock;
  // Set when the address has failed too often.
  std::optional<Failure> banned(const std::string& address) {
    const auto verdict = failures.look(address, clock.now());
    if (verdict.allowed) return std::nullopt;
    Failure failure{ErrorCode::RateLimited, "Too many failed authentications from this address."};
    failure.details["retry_after"] = verdict.retry_s;
    return failure;
  }
  Outcome<Principal> judged(Outcome<Principal> answer, const std::string& address) {
    if (!answer && answer.error().code == ErrorCode::Unauthorized) failures.take(address, clock.now());
    return answer;
  }

  TokenVerifier* tokens = nullptr;
  std::optional<KeyHash> bootstrap;
  RateLimiter failures;
  std::mutex mutex;  // guards what follows
  std::unordered_map<KeyHash, Cached, HashOfHash> cache;
  std::unordered_map<ApiKeyId, std::vector<KeyUse>> uses;
  std::chrono::sys_days sighted_on{};
  std::unordered_set<std::uint64_t> sighted;  // keys and addresses of that day, hashed: a trail, no guard
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
  if (const auto known = state.cached(hash)) co_return state.judge(*known, address);

  if (auto banned = state.banned(address)) co_return std::move(*banned);
  const bool is_key = token.starts_with("rk_");
  if (!is_key && !token.empty() && state.tokens) {
    auto answer = co_await state.tokens->verify(std::string(token), address);
    co_return state.judged(std::move(answer), address);
  }
  if (is_key && token.size() <= kLongestSecret) {
    const auto found = co_await state.keys.find(hash);
    if (!found.available) co_return Failure{ErrorCode::ServiceUnavailable, "Keys cannot be checked now."};
    if (found.key && same(found.key->hash, hash)) {
      state.remember(hash, *found.key);
      co_return state.judge(*found.key, address);
    }
  }
  state.failures.take(address, state.clock.now());
  co_return Failure{ErrorCode::Unauthorized, "The key is not known."};
}

void Authenticator::use(TokenVerifier* tokens) {
  state_->tokens = tokens;
}

boost::asio::awaitable<Outcome<Principal>> Authenticator::redeem(std::string ticket, std::string address) {
  auto& state = *state_;
  if (auto banned = state.banned(address)) co_return std::move(*banned);
  if (!state.tokens) co_return Failure{ErrorCode::Unauthorized, "Tickets are not taken here."};
  auto answer = co_await state.tokens->redeem(std::move(ticket));
  co_return state.judged(std::move(answer), address);
}

std::optional<Failure> Authenticator::banned(const std::string& address) {
  return state_->banned(address);
}

void Authenticator::count_failure(const std::string& address) {
  state_->failures.take(address, state_->clock.now());
}

void Authenticator::forget() {
  if (state_->tokens) state_->tokens->forget();
  std::lock_guard guard(state_->mutex);
  state_->cache.clear();
}

std::vector<KeyUse> Authenticator::take_uses() {
  std::lock_guard guard(state_->mutex);
  std::vector<KeyUse> uses;
  for (auto& [id, of_key] : state_->uses)
    for (auto& use : of_key)
      uses.push_back(std::move(use));
  state_->uses.clear();
  return uses;
}

}  // namespace warp::api
