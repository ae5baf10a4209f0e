// FakeCharging: a ChargingPort that answers at once, later, or never, and notes what it was asked for.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "warp/domain/charging.h"

namespace warp::test {

class FakeCharging final : public domain::ChargingPort {
 public:
  enum class Way : std::uint8_t { AtOnce, Later, Never };
  struct Settled {
    domain::Hold hold;
    Money charged;
    RecordId record;
  };

  std::optional<domain::ChargeVerdict> reserve(domain::ChargeRequest request, Executor& where,
                                               Done done) override {
    reserved.push_back(std::move(request));
    return give(where, std::move(done));
  }
  std::optional<domain::ChargeVerdict> extend(const domain::ChargeRequest& request, const domain::Hold& hold,
                                              Executor& where, Done done) override {
    extended.emplace_back(request, hold);
    return give(where, std::move(done));
  }
  void release(const domain::Hold& hold) override { released.push_back(hold); }
  void settled(const domain::Hold& hold, Money charged, const domain::CallRecord& record) override {
    taken.push_back({hold, charged, record.id});
  }
  domain::Hold adopt(const domain::Charge& of_draft, CustomerId) override {
    adopted.push_back(of_draft);
    return {{of_draft.lease}, of_draft.reserved, std::chrono::seconds(of_draft.covered_seconds), false};
  }
  // Gives `verdict` to the oldest who waits.
  void tell() {
    auto first = std::move(held.front());
    held.erase(held.begin());
    first(verdict);
  }

  Way way = Way::AtOnce;
  domain::ChargeVerdict verdict;
  std::vector<domain::ChargeRequest> reserved;
  std::vector<std::pair<domain::ChargeRequest, domain::Hold>> extended;
  std::vector<domain::Hold> released;
  std::vector<Settled> taken;
  std::vector<domain::Charge> adopted;
  std::vector<Done> held;

 private:
  std::optional<domain::ChargeVerdict> give(Executor& where, Done done) {
    if (way == Way::AtOnce) return verdict;
    if (way == Way::Later)
      held.push_back([&where, done = std::move(done)](domain::ChargeVerdict late) {
        where.post([done, late = std::move(late)] { done(late); });
      });
    return std::nullopt;
  }
};

}  // namespace warp::test
