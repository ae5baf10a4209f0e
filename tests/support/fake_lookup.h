// FakeLookup: answers at once, later, or never.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "warp/domain/number_lookup.h"

namespace warp::test {

class FakeLookup final : public domain::NumberLookup {
 public:
  enum class Way : std::uint8_t { AtOnce, Later, Never };

  std::optional<domain::LookupAnswer> lookup(domain::LookupRequest request, Executor& where,
                                             std::function<void(domain::LookupAnswer)> done) override {
    asked.push_back(std::move(request));
    if (way == Way::AtOnce) return answer;
    if (way == Way::Later)
      held.push_back([&where, done = std::move(done)](domain::LookupAnswer late) {
        where.post([done, late = std::move(late)] { done(late); });
      });
    return std::nullopt;
  }
  // Gives `answer` to the oldest who waits.
  void tell() {
    auto first = std::move(held.front());
    held.erase(held.begin());
    first(answer);
  }

  Way way = Way::AtOnce;
  domain::LookupAnswer answer;
  std::vector<domain::LookupRequest> asked;
  std::vector<std::function<void(domain::LookupAnswer)>> held;
};

}  // namespace warp::test
