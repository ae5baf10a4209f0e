// KeySetCache: the keys of one identity provider, found by OpenID Connect Discovery and kept.
//
// Fetched when they are first needed, again when ten minutes old, and at once for a `kid` that is not known,
// but then at most once in 30 s: who sends tokens cannot make us ask. However many wait, one fetch is under
// way. While the provider is away the last set is good up to `max_stale`; after that nobody is let in by it.
// All calls on one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/identity/jwt.h"

namespace warp::http {
class Client;
}

namespace warp::identity {

// Documents of providers: at most 256 KiB, within 5 s.
class Fetcher {
 public:
  virtual ~Fetcher() = default;
  // nullopt: not to be had; why stands in the log.
  virtual boost::asio::awaitable<std::optional<std::string>> get(std::string url) = 0;
};

class HttpFetcher final : public Fetcher {
 public:
  HttpFetcher(http::Client& client, log::Logger& log) : client_(client), log_(log) {}
  boost::asio::awaitable<std::optional<std::string>> get(std::string url) override;

 private:
  http::Client& client_;
  log::Logger& log_;
};

struct KeySource {
  std::string issuer;
  std::string discovery_url;  // empty: the issuer's /.well-known/openid-configuration
  bool allow_http = false;    // else both documents come by https alone
  std::chrono::seconds max_stale{24 * 3600};
};

class KeySetCache {
 public:
  KeySetCache(Fetcher& fetcher, KeySource source, const Clock& clock, log::Logger& log);
  ~KeySetCache();

  // The set to verify with, fetched anew when it should be; null: none is to be had, or it is too old.
  // `kid` empty: the token names none.
  boost::asio::awaitable<std::shared_ptr<const KeySet>> find(std::string kid);

 private:
  struct State;
  std::shared_ptr<State>
      state_;  // shared with those who wait, who may outlive the cache by a turn of the loop
};

}  // namespace warp::identity
