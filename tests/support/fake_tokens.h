// FakeTokens: bearer tokens that a test gives out by hand.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "warp/api/ports.h"

namespace warp::test {

class FakeTokens final : public api::TokenVerifier {
 public:
  void set(const std::string& token, api::Principal principal) {
    const std::lock_guard guard(mutex_);
    known_[token] = std::move(principal);
  }
  boost::asio::awaitable<api::Outcome<api::Principal>> verify(std::string token, std::string) override {
    const std::lock_guard guard(mutex_);
    const auto found = known_.find(token);
    if (found == known_.end()) co_return api::Failure{api::ErrorCode::Unauthorized, ""};
    co_return found->second;
  }
  boost::asio::awaitable<api::Outcome<api::Principal>> redeem(std::string) override {
    co_return api::Failure{api::ErrorCode::Unauthorized, ""};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, api::Principal> known_;
};

}  // namespace warp::test
