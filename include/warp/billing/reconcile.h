// reconcile(): a vendor's records against ours. Pure. Of one called number the nearest in time are paired
// first; each record is used once, so what a vendor bills twice shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"

namespace warp::billing {

struct OurCall {
  RecordId record;
  WallTime started_at{};
  std::string dni;  // E.164 digits
  std::int64_t seconds = 0;
  Money cost;
};
struct VendorCall {
  std::int64_t line = 0;  // of their file
  WallTime started_at{};
  std::string ani, dni;
  std::int64_t seconds = 0;
  Money amount;
};

struct Tolerance {
  std::chrono::seconds start{30};  // clocks differ
  std::int64_t seconds = 1;        // of duration
  std::int64_t amount_e9 = 0;      // of our cost: 10'000'000 is 1 %
};

// Twice: a record of theirs was paired with the call of ours that this one is nearest to, and no other is
// left.
enum class Verdict : std::uint8_t { Matched, NotOurs, Duration, Rate, Twice };
std::string_view to_string(Verdict verdict);  // MATCHED, NOT_OURS, DURATION, RATE, TWICE
std::optional<Verdict> parse_verdict(std::string_view text);

struct Judged {
  std::int64_t line = 0;
  Verdict verdict = Verdict::NotOurs;
  std::optional<RecordId> record;  // ours that it is or repeats
};
struct Reconciliation {
  std::vector<Judged> judged;     // in the order of `theirs`
  std::vector<RecordId> missing;  // ours that they did not bill
  Money claimed, expected, missing_cost;
  Money disputed;  // what they ask for more than we expect, of the calls that do not match
  struct Count {
    std::uint64_t matched = 0, not_ours = 0, duration = 0, rate = 0, twice = 0;
  } count;
};

// nullopt: the sums are more than money can hold.
std::optional<Reconciliation> reconcile(const std::vector<OurCall>& ours,
                                        const std::vector<VendorCall>& theirs, const Tolerance& tolerance);

}  // namespace warp::billing
