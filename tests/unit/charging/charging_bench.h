// ChargingBench: charging over one account of a database in memory, on a clock that stands still. Prices: one
// nano-thousand a second (0.06 a minute, by the second).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "warp/charging/charging.h"
#include "warp/charging/recovery.h"

#include "support/manual_clock.h"
#include "support/manual_executor.h"
#include "unit/charging/ledger_model.h"

namespace warp::test {

inline constexpr std::int64_t kSecond = 1'000'000;  // nanos that a second costs

class FakeBank final : public charging::LeaseBank {
 public:
  enum class Way : std::uint8_t { Answers, Away, LosesAnswer };

  store::Task<store::LeaseGrant> grant(domain::LeaseId lease, CustomerId, Money total,
                                       std::int64_t turn) override {
    ++asked;
    if (way == Way::Away) co_return store::Error{store::ErrorKind::Unavailable, "away", {}};
    const auto answer = ledger.grant(lease, 1, status == "ACTIVE" ? total.nanos() : 0, turn);
    if (way == Way::LosesAnswer) co_return store::Error{store::ErrorKind::Unknown, "cut", {}};
    if (!answer) co_return store::Error{store::ErrorKind::NotFound, {}, {}};
    store::LeaseGrant grant;
    grant.lease = lease;
    grant.granted = Money::from_nanos(answer->granted);
    grant.available = Money::from_nanos(answer->available);
    grant.status = status;
    co_return grant;
  }
  store::Task<Money> give_back(domain::LeaseId lease, Money total, std::int64_t turn) override {
    if (way == Way::Away) co_return store::Error{store::ErrorKind::Unavailable, "away", {}};
    ledger.shrink(lease, total.nanos(), turn);
    if (way == Way::LosesAnswer) co_return store::Error{store::ErrorKind::Unknown, "cut", {}};
    co_return Money{};
  }
  store::Task<Money> close(domain::LeaseId lease) override {
    ledger.close(lease);
    co_return Money{};
  }
  store::Task<Money> trim(domain::LeaseId lease, Money total) override {
    ledger.trim(lease, total.nanos());
    co_return Money{};
  }
  store::Task<std::vector<store::LeaseRepository::Open>> left_behind() override {
    std::vector<store::LeaseRepository::Open> open;
    for (const auto& [id, lease] : ledger.leases)
      if (lease.open && lease.process != 1)
        open.push_back(
            {id, customer, {}, Money::from_nanos(lease.granted), Money::from_nanos(lease.settled)});
    co_return open;
  }
  store::Task<store::LeaseRepository::Released> release_dead(std::chrono::seconds) override {
    ++looked_for_dead;
    co_return store::LeaseRepository::Released{};
  }

  LedgerModel ledger;
  Way way = Way::Answers;
  std::string status = "ACTIVE";
  CustomerId customer;
  int asked = 0, looked_for_dead = 0;
};

class FakeAccounts final : public charging::Accounts {
 public:
  std::optional<charging::Account> account(CustomerId) const override { return known; }
  std::optional<std::int64_t> rate(Currency from, Currency to, WallTime) const override {
    return from == to ? std::optional<std::int64_t>(1'000'000'000'000) : fx;
  }
  bool open(std::uint16_t schedule, WallTime) const override { return schedule == 0 || schedule == open_one; }

  charging::Account known;
  std::optional<std::int64_t> fx;
  std::uint16_t open_one = 0;
};

class ChargingBench {
 public:
  ChargingBench() {
    bank.customer = customer;
    steward.start(tasks);
  }

  domain::ChargeRequest request(std::int64_t nanos_a_minute = 60 * kSecond) const {
    domain::ChargeRequest request;
    request.customer = customer;
    request.dni = "442079460123";
    request.price.plan.value.bytes[0] = 1;
    request.price.per_minute = Money::from_nanos(nanos_a_minute);
    request.price.decimals = 9;
    request.at = clock.wall();
    return request;
  }
  // The verdict at once; else it comes to `late`.
  std::optional<domain::ChargeVerdict> reserve(const domain::ChargeRequest& asked) {
    return port.reserve(asked, where, [this](domain::ChargeVerdict verdict) { late.push_back(verdict); });
  }
  std::optional<domain::ChargeVerdict> extend(const domain::ChargeRequest& asked, const domain::Hold& hold) {
    return port.extend(asked, hold, where,
                       [this](domain::ChargeVerdict verdict) { late.push_back(verdict); });
  }
  // At once, or when everybody had a turn.
  domain::ChargeVerdict verdict_of(std::optional<domain::ChargeVerdict> verdict) {
    if (verdict) return *verdict;
    turn();
    return take_late();
  }
  domain::ChargeVerdict take_late() {
    if (late.empty()) return {domain::Reason::NotReady, {}, "no verdict came"};
    const auto first = late.front();
    late.erase(late.begin());
    return first;
  }
  void turn() {
    for (int i = 0; i < 4; ++i) {
      control.run();
      io.restart();
      io.poll();
      where.run();
    }
  }
  void pass(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= std::chrono::milliseconds(50)) {
      clock.advance(std::chrono::milliseconds(50));
      port.settle_due();
      steward.tick();
      turn();
    }
  }
  charging::LeaseBook::State state() const {
    return book.state(customer).value_or(charging::LeaseBook::State{});
  }
  domain::CallRecord record() const {
    domain::CallRecord made;
    made.customer = customer;
    made.dni_e164 = "442079460123";
    made.setup_at = made.ended_at = clock.wall();
    return made;
  }
  template <class T>
  void run(boost::asio::awaitable<T> task) {
    tasks.spawn("test", std::move(task));
    turn();
  }

  ManualClock clock;
  SeededIdSource ids{7};
  metrics::Registry metrics;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  boost::asio::io_context io;
  net::TaskGroup tasks{io.get_executor(), [](std::string_view task, std::exception_ptr) {
                         ADD_FAILURE() << "a task was lost: " << task;
                       }};
  ManualExecutor where, control;
  const CustomerId customer{Uuid{{9}}};
  FakeBank bank;
  FakeAccounts accounts;
  charging::LeaseBook book{clock};
  charging::Steward steward{book, bank, clock, ids, {}, metrics, log};
  charging::SpendWatch watch;
  charging::Charging port{book, steward, watch, accounts, clock, control, {}, metrics};
  std::vector<domain::ChargeVerdict> late;
};

}  // namespace warp::test
