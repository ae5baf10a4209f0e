#include "warp/api/bearer_tokens.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "warp/api/authenticator.h"
#include "warp/api/principal_json.h"
#include "warp/api/roles.h"
#include "warp/identity/tickets.h"
#include "warp/store/sessions.h"

namespace warp::api {
namespace {

constexpr std::string_view kAccess = "wa_";
constexpr std::size_t kAccessOctets = 67;

Failure unknown() {
  return Failure{ErrorCode::Unauthorized, "The token is not known, or no longer good."};
}

Failure unavailable(std::string why) {
  Failure failure{ErrorCode::ServiceUnavailable, "The token cannot be checked now; try again."};
  failure.internal = std::move(why);
  return failure;
}

// What a token stands for, and until when it may; of a session the database says that.
struct Meaning {
  Principal principal;
  bool customer_active = true;
  std::optional<WallTime> until;
};

std::optional<RoleId> role_named(std::string_view name) {
  for (const auto& role : system_roles())
    if (role.name == name) return RoleId::parse(role.id);
  return std::nullopt;
}

Meaning meaning_of(const store::SessionHolder& holder) {
  Meaning out;
  auto& principal = out.principal;
  principal.kind = PrincipalKind::Session;
  principal.name = holder.email;
  principal.customer = holder.customer;
  principal.user = UserId{holder.user};
  principal.session = SessionId{holder.session};
  if (holder.role) principal.role = RoleId{*holder.role};
  principal.mfa_at = holder.mfa_at;
  principal.second_factor = holder.second_factor;
  out.customer_active = holder.customer_active;
  return out;
}

Principal principal_of_token(const identity::Identity& who, const identity::OidcProvider& provider,
                             std::optional<CustomerId> customer) {
  Principal out;
  out.kind = PrincipalKind::Token;
  out.name = who.name;
  out.subject = provider.issuer + "|" + who.subject;
  out.customer = customer;
  out.role = role_named(who.role);
  out.mfa_at = who.mfa_at;
  out.second_factor = who.mfa_at.has_value();
  // Of what the provider says, what exists here and what such a principal may hold.
  for (const auto& scope : who.scopes)
    if (is_scope(scope) && (out.is_operator() || !is_for_operators(scope))) out.scopes.push_back(scope);
  return out;
}

}  // namespace

struct BearerTokens::Impl {
  struct Provider {
    identity::OidcProvider settings;
    identity::Expectation expectation;
    std::unique_ptr<identity::KeySetCache> keys;
  };
  struct Cached {
    Meaning meaning;
    Monotonic until;
  };

  Impl(pg::Pool& pool, redis::Client* redis, identity::Fetcher& fetcher, BearerSettings configured,
       const Clock& time, log::Logger& to)
      : settings(std::move(configured)), sessions(pool), desk(redis), clock(time), log(to) {
    for (const auto& provider : settings.providers) {
      identity::KeySource source{provider.issuer, provider.discovery_url, provider.allow_http,
                                 settings.max_stale};
      identity::Expectation expectation;
      expectation.issuer = provider.issuer;
      expectation.audiences = {provider.audience};
      expectation.algorithms = provider.algorithms;
      providers.push_back({provider, std::move(expectation),
                           std::make_unique<identity::KeySetCache>(fetcher, std::move(source), clock, log)});
    }
  }

  std::optional<Meaning> cached(const KeyHash& hash) {
    const std::lock_guard guard(mutex);
    const auto found = cache.find(hash);
    if (found == cache.end() || found->second.until <= clock.now()) return std::nullopt;
    return found->second.meaning;
  }
  void remember(const KeyHash& hash, const Meaning& meaning) {
    const std::lock_guard guard(mutex);
    const auto now = clock.now();
    if (cache.size() >= settings.remembered)
      std::erase_if(cache, [now](const auto& item) { return item.second.until <= now; });
    if (cache.size() < settings.remembered)
      cache.insert_or_assign(hash, Cached{meaning, now + settings.cache_ttl});
  }
  Outcome<Principal> judge(const Meaning& meaning) const {
    if (meaning.until && *meaning.until <= clock.wall()) return unknown();
    if (!meaning.customer_active) return Failure{ErrorCode::NoActiveCustomer, ""};
    return meaning.principal;
  }

  boost::asio::awaitable<Outcome<Meaning>> session(KeyHash hash);
  boost::asio::awaitable<Outcome<Meaning>> provider_token(std::string token);
  boost::asio::awaitable<Outcome<Meaning>> mapped(const Provider* provider, identity::Claims claims);

  const BearerSettings settings;
  store::SessionRepository sessions;
  identity::TicketDesk desk;
  const Clock& clock;
  log::Logger& log;
  std::vector<Provider> providers;  // const once made
  std::mutex mutex;                 // guards what follows
  std::unordered_map<KeyHash, Cached, HashOfHash> cache;
};

boost::asio::awaitable<Outcome<Meaning>> BearerTokens::Impl::session(KeyHash hash) {
  const auto holder = co_await sessions.find(hash);
  if (holder) co_return meaning_of(*holder);
  if (holder.error().kind == store::ErrorKind::NotFound) co_return unknown();
  co_return unavailable(holder.error().message);
}

// Whose keys know the signature says whose token it is.
boost::asio::awaitable<Outcome<Meaning>> BearerTokens::Impl::provider_token(std::string token) {
  const auto header = identity::read_header(token);
  if (!header) co_return unknown();
  bool away = false;
  auto why = identity::JwtError::UnknownKey;
  for (const auto& provider : providers) {
    auto finding = provider.keys->find(header->kid);
    const auto keys = co_await std::move(finding);
    away |= !keys;
    if (!keys) continue;
    auto claims = identity::verify(token, *keys, provider.expectation, clock.wall());
    if (claims) {
      auto mapping = mapped(&provider, std::move(*claims));
      co_return co_await std::move(mapping);
    }
    if (claims.error() != identity::JwtError::UnknownKey) why = claims.error();
  }
  log.info("api.token_refused", {{"why", identity::to_string(why)}});
  if (away && why == identity::JwtError::UnknownKey)
    co_return unavailable("the keys of an identity provider are not to be had");
  co_return unknown();
}

boost::asio::awaitable<Outcome<Meaning>> BearerTokens::Impl::mapped(const Provider* provider,
                                                                    identity::Claims claims) {
  const auto who = identity::identity_of(claims, provider->settings);
  if (!who) {
    log.info("api.token_refused", {{"why", "not_mapped"}, {"issuer", provider->settings.issuer}});
    co_return unknown();
  }
  std::optional<CustomerId> customer;
  bool active = true;
  if (!who->customer.empty()) {
    const auto account = co_await sessions.account(who->customer);
    if (!account && account.error().kind == store::ErrorKind::NotFound)
      co_return Failure{ErrorCode::NoActiveCustomer, ""};
    if (!account) co_return unavailable(account.error().message);
    customer = account->id;
    active = account->active;
  }
  Meaning out;
  out.principal = principal_of_token(*who, provider->settings, customer);
  out.customer_active = active;
  out.until = claims.expires_at;
  co_return out;
}

BearerTokens::BearerTokens(pg::Pool& pool, redis::Client* redis, identity::Fetcher& fetcher,
                           BearerSettings settings, const Clock& clock, log::Logger& log)
    : impl_(std::make_unique<Impl>(pool, redis, fetcher, std::move(settings), clock, log)) {}

BearerTokens::~BearerTokens() = default;

boost::asio::awaitable<Outcome<Principal>> BearerTokens::verify(std::string token, std::string) {
  auto& impl = *impl_;
  const auto hash = hash_key(token);
  if (const auto known = impl.cached(hash)) co_return impl.judge(*known);
  const bool session = token.starts_with(kAccess) && token.size() == kAccessOctets;
  if (!session && std::count(token.begin(), token.end(), '.') != 2) co_return unknown();
  auto asking = session ? impl.session(hash) : impl.provider_token(std::move(token));
  const auto meaning = co_await std::move(asking);
  if (!meaning) co_return meaning.error();
  impl.remember(hash, *meaning);
  co_return impl.judge(*meaning);
}

boost::asio::awaitable<Outcome<Principal>> BearerTokens::redeem(std::string ticket) {
  auto redeeming = impl_->desk.redeem(std::move(ticket));
  const auto content = co_await std::move(redeeming);
  const auto value = content ? parse_json(*content) : std::nullopt;
  const auto principal = value ? principal_of(*value) : std::nullopt;
  if (!principal) co_return Failure{ErrorCode::Unauthorized, "The ticket is not known, or was used."};
  co_return *principal;
}

void BearerTokens::forget() {
  const std::lock_guard guard(impl_->mutex);
  impl_->cache.clear();
}

void BearerTokens::dropped(std::string_view what) {
  const auto colon = what.find(':');
  const auto id = colon == what.npos ? std::nullopt : Uuid::parse(what.substr(colon + 1));
  if (!id) return;
  const auto kind = what.substr(0, colon);
  const std::lock_guard guard(impl_->mutex);
  std::erase_if(impl_->cache, [&](const auto& item) {
    const auto& principal = item.second.meaning.principal;
    return (kind == "session" && principal.session.value == *id) ||
           (kind == "user" && principal.user.value == *id);
  });
}

}  // namespace warp::api
