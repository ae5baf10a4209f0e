#include "deck_overlaps.h"

#include <algorithm>

#include "warp/rating/digit_index.h"

namespace warp::rating {

using domain::Jurisdictions;

namespace {

struct Lines {
  const std::vector<domain::Rate>& rates;
  const std::vector<std::uint32_t>& numbers;
  const OverlapReport& report;
};

bool conflict(const Lines& lines, std::uint32_t first, std::uint32_t second) {
  const auto& [rates, numbers, report] = lines;
  const auto& a = rates[first];
  const auto& b = rates[second];
  const std::size_t line = std::max(numbers[first], numbers[second]);
  const auto other = std::to_string(std::min(numbers[first], numbers[second]));
  if (a.effective_from == b.effective_from) {
    report(line, "prefix",
           {shown(b.prefix) + " is there already on line " + other + " from the same time on",
            "keep one of the two lines"});
    return true;
  }
  if (!a.effective_to || *a.effective_to <= b.effective_from) return false;
  report(line, "effective_to",
         {shown(b.prefix) + " overlaps in time with line " + other,
          "let the earlier line end when the later one begins, or leave its end out"});
  return true;
}

}  // namespace

void report_overlaps(const std::vector<domain::Rate>& rates, const std::vector<std::uint32_t>& numbers,
                     const OverlapReport& report) {
  struct Place {
    PrefixKey key;
    std::uint32_t at;
  };
  std::vector<Place> lines;
  lines.reserve(rates.size());
  for (std::uint32_t at = 0; at < rates.size(); ++at)
    lines.push_back({*PrefixKey::parse(rates[at].prefix), at});
  const auto earlier = [&rates](const Place& a, const Place& b) {
    if (a.key != b.key) return a.key < b.key;
    const auto& x = rates[a.at];
    const auto& y = rates[b.at];
    if (x.schedule != y.schedule) return x.schedule < y.schedule;
    if (x.effective_from != y.effective_from) return x.effective_from < y.effective_from;
    return a.at < b.at;
  };
  if (!std::is_sorted(lines.begin(), lines.end(), earlier)) std::sort(lines.begin(), lines.end(), earlier);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto& rate = rates[lines[i].at];
    // Back to the lines that were the last for any of its jurisdictions.
    Jurisdictions left = rate.jurisdictions;
    for (std::size_t j = i; left != 0 && j-- > 0;) {
      const auto& other = rates[lines[j].at];
      if (lines[j].key != lines[i].key || other.schedule != rate.schedule) break;
      if ((other.jurisdictions & left) == 0) continue;
      if (conflict({rates, numbers, report}, lines[j].at, lines[i].at)) break;
      left = static_cast<Jurisdictions>(left & ~other.jurisdictions);
    }
  }
}

}  // namespace warp::rating
