// Keys in Postgres.
#pragma once

#include "warp/api/authenticator.h"
#include "warp/base/log.h"
#include "warp/store/api_keys.h"

namespace warp::api {

class PgKeyStore final : public KeyStore {
 public:
  PgKeyStore(pg::Pool& pool, log::Logger& log) : keys_(pool), log_(log) {}
  boost::asio::awaitable<Found> find(KeyHash hash) override;
  boost::asio::awaitable<void> touch(std::vector<KeyUse> uses) override;

 private:
  store::ApiKeyRepository keys_;
  log::Logger& log_;
};

}  // namespace warp::api
