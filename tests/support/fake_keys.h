// FakeKeys: a KeyStore in memory.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "warp/api/authenticator.h"

namespace warp::test {

class FakeKeys final : public api::KeyStore {
 public:
  api::StoredKey& add(const std::string& secret, std::optional<CustomerId> customer,
                      std::vector<std::string> scopes) {
    std::lock_guard guard(mutex_);
    api::StoredKey key;
    key.hash = api::hash_key(secret);
    key.principal.key.value.bytes[15] = static_cast<std::uint8_t>(++last_);
    key.principal.name = secret;
    key.principal.customer = customer;
    key.principal.scopes = std::move(scopes);
    return keys_[key.hash] = key;
  }

  boost::asio::awaitable<Found> find(api::KeyHash hash) override {
    std::lock_guard guard(mutex_);
    ++lookups;
    Found found;
    found.available = available;
    const auto key = keys_.find(hash);
    if (available && key != keys_.end()) found.key = key->second;
    co_return found;
  }
  boost::asio::awaitable<void> touch(std::vector<api::KeyUse> uses) override {
    std::lock_guard guard(mutex_);
    touched += uses.size();
    co_return;
  }

  bool available = true;
  int lookups = 0;
  std::size_t touched = 0;

 private:
  std::mutex mutex_;
  std::map<api::KeyHash, api::StoredKey> keys_;
  int last_ = 0;
};

}  // namespace warp::test
