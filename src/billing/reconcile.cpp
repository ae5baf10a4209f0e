#include "warp/billing/reconcile.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "sum.h"

namespace warp::billing {
namespace {

constexpr std::array kVerdicts{Verdict::Matched, Verdict::NotOurs, Verdict::Duration, Verdict::Rate,
                               Verdict::Twice};
constexpr std::int64_t kWholeTolerance = 1'000'000'000;

struct Pair {
  std::chrono::microseconds apart;
  std::int64_t longer;  // difference of durations
  std::size_t ours, theirs;
};

std::int64_t distance(std::int64_t a, std::int64_t b) {
  return a > b ? a - b : b - a;
}

// Indexes of the calls to one number, by time.
using ByNumber = std::map<std::string_view, std::vector<std::size_t>>;
template <class Calls>
ByNumber by_number(const Calls& calls) {
  ByNumber out;
  for (std::size_t i = 0; i < calls.size(); ++i)
    out[calls[i].dni].push_back(i);
  for (auto& [dni, list] : out)
    std::stable_sort(list.begin(), list.end(),
                     [&](std::size_t a, std::size_t b) { return calls[a].started_at < calls[b].started_at; });
  return out;
}

class Matcher {
 public:
  Matcher(const std::vector<OurCall>& ours, const std::vector<VendorCall>& theirs, const Tolerance& tolerance)
      : ours_(ours), theirs_(theirs), tolerance_(tolerance), ours_used_(ours.size()), found_(theirs.size()) {}

  void match();
  Judged judge(std::size_t theirs) const;
  bool used(std::size_t ours) const { return ours_used_[ours]; }
  // Of ours that their record is paired with, or repeats.
  struct Found {
    std::optional<std::size_t> ours;
    bool twice = false;
  };
  const Found& found(std::size_t theirs) const { return found_[theirs]; }

 private:
  void pairs_of(const std::vector<std::size_t>& ours, const std::vector<std::size_t>& theirs);
  bool rate_differs(Money theirs, Money ours) const;

  const std::vector<OurCall>& ours_;
  const std::vector<VendorCall>& theirs_;
  const Tolerance& tolerance_;
  std::vector<char> ours_used_;
  std::vector<Found> found_;
  std::vector<Pair> pairs_;
};

void Matcher::pairs_of(const std::vector<std::size_t>& ours, const std::vector<std::size_t>& theirs) {
  std::size_t first = 0;
  for (const auto t : theirs) {
    const auto at = theirs_[t].started_at;
    while (first < ours.size() && ours_[ours[first]].started_at < at - tolerance_.start)
      ++first;
    for (auto i = first; i < ours.size() && ours_[ours[i]].started_at <= at + tolerance_.start; ++i) {
      const auto& our = ours_[ours[i]];
      pairs_.push_back({our.started_at > at ? our.started_at - at : at - our.started_at,
                        distance(our.seconds, theirs_[t].seconds), ours[i], t});
    }
  }
}

void Matcher::match() {
  const auto numbers = by_number(ours_);
  for (const auto& [dni, theirs] : by_number(theirs_)) {
    const auto ours = numbers.find(dni);
    if (ours == numbers.end()) continue;
    pairs_.clear();
    pairs_of(ours->second, theirs);
    std::sort(pairs_.begin(), pairs_.end(), [](const Pair& a, const Pair& b) {
      return std::tie(a.apart, a.longer, a.theirs, a.ours) < std::tie(b.apart, b.longer, b.theirs, b.ours);
    });
    for (const auto& pair : pairs_) {
      if (ours_used_[pair.ours] || found_[pair.theirs].ours) continue;
      ours_used_[pair.ours] = 1;
      found_[pair.theirs].ours = pair.ours;
    }
    // What found no call left is near one that is taken.
    for (const auto& pair : pairs_)
      if (!found_[pair.theirs].ours) found_[pair.theirs] = {pair.ours, true};
  }
}

bool Matcher::rate_differs(Money theirs, Money ours) const {
  const auto allowed =
      Money::scale(ours < Money() ? -ours : ours, tolerance_.amount_e9, kWholeTolerance, Rounding::Up);
  const auto apart = Money::subtract(theirs, ours);
  if (!allowed || !apart) return true;
  return (*apart < Money() ? -*apart : *apart) > *allowed;
}

Judged Matcher::judge(std::size_t index) const {
  const auto& call = theirs_[index];
  const auto& found = found_[index];
  Judged out{call.line, Verdict::NotOurs, std::nullopt};
  if (!found.ours) return out;
  const auto& our = ours_[*found.ours];
  out.record = our.record;
  if (found.twice)
    out.verdict = Verdict::Twice;
  else if (distance(call.seconds, our.seconds) > tolerance_.seconds)
    out.verdict = Verdict::Duration;
  else if (rate_differs(call.amount, our.cost))
    out.verdict = Verdict::Rate;
  else
    out.verdict = Verdict::Matched;
  return out;
}

void note(Reconciliation::Count& count, Verdict verdict) {
  switch (verdict) {
    case Verdict::Matched:
      ++count.matched;
      return;
    case Verdict::NotOurs:
      ++count.not_ours;
      return;
    case Verdict::Duration:
      ++count.duration;
      return;
    case Verdict::Rate:
      ++count.rate;
      return;
    case Verdict::Twice:
      ++count.twice;
      return;
  }
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Matched:
      return "MATCHED";
    case Verdict::NotOurs:
      return "NOT_OURS";
    case Verdict::Duration:
      return "DURATION";
    case Verdict::Rate:
      return "RATE";
    case Verdict::Twice:
      return "TWICE";
  }
  return "";
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  for (const auto verdict : kVerdicts)
    if (to_string(verdict) == text) return verdict;
  return std::nullopt;
}

std::optional<Reconciliation> reconcile(const std::vector<OurCall>& ours,
                                        const std::vector<VendorCall>& theirs, const Tolerance& tolerance) {
  Matcher matcher(ours, theirs, tolerance);
  matcher.match();
  Reconciliation out;
  Sum claimed, expected, missing, disputed;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const auto judged = out.judged.emplace_back(matcher.judge(i));
    note(out.count, judged.verdict);
    claimed.add(theirs[i].amount);
    if (judged.verdict == Verdict::Matched) continue;
    disputed.add(theirs[i].amount);
    const auto& found = matcher.found(i);
    if (found.ours && !found.twice) disputed.add(-ours[*found.ours].cost);
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    expected.add(ours[i].cost);
    if (matcher.used(i)) continue;
    out.missing.push_back(ours[i].record);
    missing.add(ours[i].cost);
  }
  const auto totals = {std::pair(&out.claimed, claimed.total()), std::pair(&out.expected, expected.total()),
                       std::pair(&out.missing_cost, missing.total()),
                       std::pair(&out.disputed, disputed.total())};
  for (const auto& [field, total] : totals) {
    if (!total) return std::nullopt;
    *field = *total;
  }
  return out;
}

}  // namespace warp::billing
