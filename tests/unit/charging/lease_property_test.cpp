// Three processes spend one account; requests are lost, late, doubled, processes are killed. Whatever
// happens, nobody spends what is not there, and in the end everything is back.
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "warp/charging/lease_book.h"

#include "support/manual_clock.h"
#include "unit/charging/ledger_model.h"

namespace warp::charging {
namespace {

using test::money;
using Take = LeaseBook::Take;
using domain::LeaseId;

constexpr int kSteps = 25'000;
constexpr std::size_t kProcesses = 3;

struct HeldCall {
  LeaseId lease;
  std::int64_t reserved = 0;
};

struct Debt {
  LeaseId lease;
  std::int64_t amount = 0;
};

struct Process {
  std::unique_ptr<LeaseBook> book;
  int number = 0;  // of all processes that ever were
  std::int64_t turn = 0;
  std::vector<HeldCall> calls;
  std::deque<Debt> journal;  // outlives the process
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed) {
    ledger_.balance = paid_ = 50'000;
    for (Process& process : processes_)
      restart(process);
  }

  void step() {
    Process& process = processes_[pick(kProcesses)];
    switch (pick(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return begin(process);
      case 4:
      case 5:
        return extend(process);
      case 6:
      case 7:
      case 8:
        return end(process, true);
      case 9:
        return end(process, false);
      case 10:
      case 11:
        return ship(process, 1 + pick(4));
      case 12:
        return give_back(process);
      case 13:
        return deliver();
      case 14:
        return recover(process);
      default:
        clock_.advance(std::chrono::milliseconds(pick(400)));
        if (pick(40) == 0) pay();
        if (pick(60) == 0) crash(process);
    }
  }

  void check() const {
    ASSERT_GE(ledger_.available(), 0);
    ASSERT_GE(ledger_.balance, 0);
    ASSERT_EQ(ledger_.held, ledger_.in_leases());
    ASSERT_EQ(ledger_.unreserved, 0) << "a call cost what nobody held for it";
    for (const Process& process : processes_) {
      ASSERT_EQ(process.book->defects(), 0u);
      const auto state = process.book->state(customer_);
      if (!state || state->lease.is_nil()) continue;
      ASSERT_LE(state->reserved.nanos() + state->spent.nanos(), state->granted.nanos());
      const auto lease = ledger_.leases.find(state->lease);
      const auto granted = lease == ledger_.leases.end() ? 0 : lease->second.granted;
      ASSERT_LE(state->granted.nanos(), granted) << "the process believes in money that it does not have";
      std::int64_t reserved = 0;
      for (const HeldCall& call : process.calls)
        if (call.lease == state->lease) reserved += call.reserved;
      ASSERT_EQ(state->reserved.nanos(), reserved);
    }
  }

  void wind_up() {
    while (!late_.empty())
      deliver();
    for (Process& process : processes_) {
      while (!process.calls.empty())
        end(process, true);
      ship(process, process.journal.size());
      for (auto& [id, lease] : ledger_.leases)
        if (lease.open && processes_of_.at(lease.process) == &process) ledger_.close(id);
    }
    EXPECT_EQ(ledger_.held, 0);
    EXPECT_EQ(ledger_.balance, paid_ - ledger_.charged);
    EXPECT_GT(ledger_.charged, 40'000) << "it did next to nothing";
    EXPECT_GT(crashes_, 0);
    EXPECT_GT(refusals_, 0) << "the money never ended";
  }

 private:
  std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random_() % below); }
  LeaseId fresh() {
    LeaseId id;
    const std::uint64_t number = ++leases_;
    for (std::size_t i = 0; i < 8; ++i)
      id.value.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return id;
  }
  void restart(Process& process) {
    process.book = std::make_unique<LeaseBook>(clock_);
    process.number = ++started_;
    process.turn = 0;
    processes_of_[process.number] = &process;
  }

  // Done, lost before or after, done twice, or done at some later time.
  template <class Request>
  bool send(Request request) {
    switch (pick(8)) {
      case 0:
        return false;
      case 1:
        request();
        return false;
      case 2:
        request();
        request();
        return true;
      case 3:
        late_.push_back(request);
        return false;
      default:
        request();
        return true;
    }
  }
  void deliver() {
    if (late_.empty()) return;
    const auto place = static_cast<std::ptrdiff_t>(pick(late_.size()));
    const auto request = std::move(late_[static_cast<std::size_t>(place)]);
    late_.erase(late_.begin() + place);
    request();
  }

  void ask(Process& process, std::int64_t more) {
    auto state = process.book->state(customer_);
    if (!state || state->lease.is_nil()) {
      process.book->open(customer_, fresh());
      state = process.book->state(customer_);
    }
    const auto lease = state->lease;
    const auto wanted = process.book->wanted(customer_, money(more), money(500), std::chrono::seconds(2));
    const auto turn = ++process.turn;
    std::optional<test::LedgerModel::Answer> answer;
    const bool heard = send([this, lease, number = process.number, wanted, turn] {
      last_ = ledger_.grant(lease, number, wanted.nanos(), turn);
    });
    if (!heard) return;
    answer = last_;
    if (!answer) return process.book->lost(customer_, lease);
    process.book->granted(customer_, lease, money(answer->granted), money(answer->available), clock_.wall());
  }

  void begin(Process& process) {
    const auto least = static_cast<std::int64_t>(1 + pick(50));
    const auto most = least + static_cast<std::int64_t>(pick(300));
    auto taken = process.book->reserve(customer_, money(least), money(most));
    if (taken.take == Take::NeedsGrant) {
      ask(process, most);
      taken = process.book->reserve(customer_, money(least), money(most));
    }
    if (taken.take == Take::Refused) ++refusals_;
    if (taken.take != Take::Taken) return;
    ASSERT_GE(taken.reserved.nanos(), least);
    ASSERT_LE(taken.reserved.nanos(), most);
    process.calls.push_back({taken.lease, taken.reserved.nanos()});
  }

  void extend(Process& process) {
    if (process.calls.empty()) return;
    HeldCall& call = process.calls[pick(process.calls.size())];
    const auto least = call.reserved + 1;
    const auto most = least + static_cast<std::int64_t>(pick(200));
    auto taken = process.book->grow(customer_, call.lease, money(call.reserved), money(least), money(most));
    if (taken.take == Take::NeedsGrant) {
      ask(process, most);
      taken = process.book->grow(customer_, call.lease, money(call.reserved), money(least), money(most));
    }
    if (taken.take != Take::Taken) return;
    if (taken.lease != call.lease) process.book->release(customer_, call.lease, money(call.reserved));
    call = {taken.lease, taken.reserved.nanos()};
  }

  void end(Process& process, bool answered) {
    if (process.calls.empty()) return;
    const std::size_t place = pick(process.calls.size());
    const HeldCall call = process.calls[place];
    process.calls.erase(process.calls.begin() + static_cast<std::ptrdiff_t>(place));
    if (!answered) return process.book->release(customer_, call.lease, money(call.reserved));
    const auto cost = static_cast<std::int64_t>(pick(static_cast<std::size_t>(call.reserved) + 1));
    process.journal.push_back({call.lease, cost});
    process.book->settle(customer_, call.lease, money(call.reserved), money(cost));
  }

  void ship(Process& process, std::size_t most) {
    for (; most > 0 && !process.journal.empty(); --most) {
      ledger_.settle(process.journal.front().lease, process.journal.front().amount);
      process.journal.pop_front();
    }
  }

  void give_back(Process& process) {
    const auto state = process.book->state(customer_);
    if (!state || state->lease.is_nil()) return;
    const auto keep = static_cast<std::int64_t>(pick(3) * 200);
    if (process.book->give_back(customer_, state->lease, money(keep)) == Money{}) return;
    const auto total = process.book->state(customer_)->granted;
    const auto turn = ++process.turn;
    send([this, lease = state->lease, total, turn] { ledger_.shrink(lease, total.nanos(), turn); });
  }

  void pay() {
    const auto amount = static_cast<std::int64_t>(pick(3'000));
    ledger_.balance += amount;
    paid_ += amount;
  }

  void crash(Process& process) {
    ++crashes_;
    std::vector<HeldCall> calls = std::move(process.calls);
    process.calls.clear();
    restart(process);
    for (const HeldCall& call : calls) {
      if (pick(2) == 0) {  // it goes on
        process.book->adopt(customer_, call.lease, money(call.reserved));
        process.calls.push_back(call);
        continue;
      }
      const auto cost = static_cast<std::int64_t>(pick(static_cast<std::size_t>(call.reserved) + 1));
      process.journal.push_back({call.lease, cost});
    }
  }

  // Of earlier processes of this node.
  void recover(Process& process) {
    if (!process.journal.empty()) return;
    auto held = process.book->adopted();
    for (auto& [id, lease] : ledger_.leases) {
      if (!lease.open || lease.process == process.number || processes_of_.at(lease.process) != &process)
        continue;
      if (held[id].calls == 0)
        ledger_.close(id);
      else
        ledger_.trim(id, lease.settled + held[id].reserved);
    }
  }

  std::mt19937_64 random_;
  test::ManualClock clock_;
  test::LedgerModel ledger_;
  std::array<Process, kProcesses> processes_;
  std::map<int, Process*> processes_of_;
  std::vector<std::function<void()>> late_;
  std::optional<test::LedgerModel::Answer> last_;
  const CustomerId customer_{{{1}}};
  std::uint64_t leases_ = 0;
  std::int64_t paid_ = 0;
  int started_ = 0, crashes_ = 0, refusals_ = 0;
};

TEST(LeaseProperty, NobodySpendsWhatIsNotThere) {
  for (const std::uint64_t seed : {1u, 20u, 300u, 4000u}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed);
    for (int step = 0; step < kSteps; ++step) {
      simulation.step();
      simulation.check();
      if (::testing::Test::HasFatalFailure()) FAIL() << "at step " << step;
    }
    simulation.wind_up();
  }
}

}  // namespace
}  // namespace warp::charging
