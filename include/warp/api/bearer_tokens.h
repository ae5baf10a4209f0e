// BearerTokens: the TokenVerifier of a node. Access tokens of sessions ("wa_…"), tokens of identity providers
// (three parts with dots), tickets.
//
// What a token means is kept for a second at most, and dropped when the database says that its session or
// user changed. A provider's token is tried with the providers whose keys its `kid` names: no claim is read
// before the signature, the issuer's neither. Loop of the API; forget() and dropped() from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/api/ports.h"
#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/identity/key_set_cache.h"
#include "warp/identity/oidc.h"
#include "warp/pg/pool.h"

namespace warp::api {

struct BearerSettings {
  std::vector<identity::OidcProvider> providers;
  std::chrono::seconds max_stale{24 * 3600};  // how long a provider's keys are good while it is away
  std::chrono::milliseconds cache_ttl{1000};  // until a session that was ended is refused
  std::size_t remembered = 10'000;            // tokens
};

class BearerTokens final : public TokenVerifier {
 public:
  // `redis` may be null: tickets are then good on this node. All must outlive it.
  BearerTokens(pg::Pool& pool, redis::Client* redis, identity::Fetcher& fetcher, BearerSettings settings,
               const Clock& clock, log::Logger& log);
  ~BearerTokens() override;

  boost::asio::awaitable<Outcome<Principal>> verify(std::string token, std::string address) override;
  boost::asio::awaitable<Outcome<Principal>> redeem(std::string ticket) override;
  void forget() override;
  // What channel warp_identity said: "session:<id>", "user:<id>".
  void dropped(std::string_view what);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::api
