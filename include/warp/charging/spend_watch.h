// SpendWatch: limits of spending and the rules against fraud: what accounts used in the hour, the day and the
// month, by prefix and trunk, of all nodes together when they share it. Pure and thread-safe.
//
// Windows are those of UTC. A call counts when it is admitted, its seconds and its charge when it ends.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "warp/charging/accounts.h"
#include "warp/charging/cover.h"
#include "warp/domain/charging.h"

namespace warp::charging {

struct Usage {
  std::int64_t calls = 0, seconds = 0, nanos = 0;

  Usage& operator+=(const Usage& more) {
    calls += more.calls;
    seconds += more.seconds;
    nanos += more.nanos;
    return *this;
  }
  friend bool operator==(const Usage&, const Usage&) = default;
};

class SpendWatch {
 public:
  struct Verdict {
    domain::Reason refusal = domain::Reason::NormalClearing;
    std::string note;  // the limit that was reached
  };
  using Limits = std::span<const domain::SpendLimit>;

  // Counts the call when it is not refused.
  Verdict admit(Limits limits, const domain::ChargeRequest& request, const Accounts& accounts);
  // How long the call may last, at most `most`, by its limits a call.
  std::chrono::seconds longest(Limits limits, const domain::ChargeRequest& request, const Exchange& exchange,
                               std::chrono::seconds most, const Accounts& accounts) const;
  void ended(Limits limits, const domain::CallRecord& record, Money charged, const Accounts& accounts);

  // Limits that were reached since the last call, each once a window.
  struct Alarm {
    CustomerId customer;
    Uuid limit;
    std::string window, action;
    WallTime since{};  // of the window
    Usage used;
  };
  std::vector<Alarm> alarms();

  // Sharing. What was used here and the others do not know: on its way until told() or failed().
  struct Share {
    Uuid limit;
    std::string window;
    WallTime since{};
    Usage more;
  };
  std::vector<Share> shares(WallTime now);
  void told(const Share& share, const Usage& total);  // of all, with what was told
  void failed(const Share& share);
  // What is known of a window from before this process; ignored once others have told.
  void seed(const Uuid& limit, const std::string& window, WallTime now, const Usage& used);
  // Calls that the present hour has in the mean, for limits with a factor.
  void expect(const Uuid& limit, std::int64_t calls);

  // Begin of the window that `when` is in.
  static WallTime since(std::string_view window, WallTime when);
  // Below so many calls an hour nothing is sudden.
  static constexpr std::int64_t kFewCalls = 20;

 private:
  struct Counter {
    CustomerId customer;
    std::string window;
    WallTime since{};
    Usage shared, sending, unsent;
    std::int64_t usual_calls = -1;  // not known
    bool alarmed = false, told = false;
    std::int64_t second = 0;
    std::uint32_t in_second = 0;
    Usage total() const;
  };
  struct Subject {
    const TrunkId& trunk;
    std::string_view dni;
    WallTime at;
  };

  static bool holds(const domain::SpendLimit& limit, const Subject& subject, const Accounts& accounts);
  Counter& counter(const domain::SpendLimit& limit, CustomerId customer, WallTime at);
  static bool reached(const domain::SpendLimit& limit, const Counter& counter);
  void alarm(const domain::SpendLimit& limit, Counter& counter);
  bool passes(const domain::SpendLimit& limit, Counter& counter, WallTime at);

  mutable std::mutex mutex_;  // guards all below; taken by calls of accounts with limits alone
  std::unordered_map<Uuid, Counter> counters_;
  std::vector<Alarm> alarms_;
};

}  // namespace warp::charging
