#include <algorithm>
#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <string>

#include "warp/rating/terms.h"

namespace warp::rating {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using Window = domain::ScheduleRow::Window;

constexpr days kAround{400};
// A book is good for that long after the moment that it was compiled for.
constexpr days kKept{180};
constexpr int kMinutesADay = 1440;

struct Interval {
  WallTime from, to;
};

std::string text_of(const cctz::civil_day& day) {
  return cctz::format("%Y-%m-%d", cctz::convert(cctz::civil_second(day), cctz::utc_time_zone()),
                      cctz::utc_time_zone());
}

unsigned bit_of(const cctz::civil_day& day) {
  return 1u << static_cast<unsigned>(cctz::get_weekday(day));  // Monday is 0
}

bool over_midnight(const Window& window) {
  return window.to_minute <= window.from_minute;
}

// Of one day by its own clock: those that began the day before come into it from its midnight.
template <class Visit>
void windows_of(const domain::ScheduleRow& row, const cctz::civil_day& day, Visit visit) {
  for (const auto& window : row.windows) {
    const bool today = (window.weekdays & bit_of(day)) != 0;
    const bool yesterday = (window.weekdays & bit_of(day - 1)) != 0;
    if (!over_midnight(window)) {
      if (today) visit(int{window.from_minute}, int{window.to_minute});
      continue;
    }
    if (today) visit(int{window.from_minute}, kMinutesADay);
    if (yesterday) visit(0, int{window.to_minute});
  }
}

}  // namespace

struct Schedule::Impl {
  domain::ScheduleRow row;  // its holidays sorted
  cctz::time_zone zone;
  WallTime from{}, to{};        // between these the edges say all
  std::vector<WallTime> edges;  // it opens at the first, closes at the second …

  bool holiday(const cctz::civil_day& day) const {
    return std::binary_search(row.holidays.begin(), row.holidays.end(), text_of(day));
  }

  // By the clock of the zone, without the edges.
  bool shows_open(WallTime when) const {
    const auto civil = cctz::convert(when, zone);
    const cctz::civil_day day(civil);
    if (holiday(day)) return false;
    const int minute = civil.hour() * 60 + civil.minute();
    bool open = false;
    windows_of(row, day, [&](int begin, int end) { open = open || (minute >= begin && minute < end); });
    return open;
  }

  // Between two changes of its offset the zone's clock runs as ours does.
  void add_even(WallTime begin, WallTime end, std::vector<Interval>& out) const {
    const auto civil_begin = cctz::convert(begin, zone);
    const auto offset = std::chrono::seconds(zone.lookup(begin).offset);
    const auto midnight_of = [&](const cctz::civil_day& day) {
      const auto since = day - cctz::civil_day(1970, 1, 1);
      return WallTime(days(since)) - offset;
    };
    for (cctz::civil_day day(civil_begin); midnight_of(day) < end; ++day) {
      if (holiday(day)) continue;
      const auto midnight = midnight_of(day);
      windows_of(row, day, [&](int first, int last) {
        const Interval one{std::max(begin, midnight + minutes(first)),
                           std::min(end, midnight + minutes(last))};
        if (one.from < one.to) out.push_back(one);
      });
    }
  }

  void find_edges() {
    std::vector<Interval> open;
    for (auto begin = from; begin < to;) {
      cctz::time_zone::civil_transition change;
      auto end = to;
      if (zone.next_transition(begin, &change)) {
        const auto at = std::chrono::time_point_cast<WallTime::duration>(zone.lookup(change.to).trans);
        if (at > begin) end = std::min(end, at);
      }
      add_even(begin, end, open);
      begin = end;
    }
    std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) { return a.from < b.from; });
    for (const auto& one : open) {
      if (edges.empty() || one.from > edges.back()) {
        edges.push_back(one.from);
        edges.push_back(one.to);
      } else {
        edges.back() = std::max(edges.back(), one.to);
      }
    }
  }
};

Schedule::Schedule() : impl_(std::make_unique<Impl>()) {}
Schedule::~Schedule() = default;

std::shared_ptr<const Schedule> Schedule::compile(const domain::ScheduleRow& row, WallTime at) {
  std::shared_ptr<Schedule> schedule(new Schedule);
  auto& impl = *schedule->impl_;
  if (!cctz::load_time_zone(row.zone, &impl.zone)) return nullptr;
  impl.row = row;
  std::sort(impl.row.holidays.begin(), impl.row.holidays.end());
  impl.from = at - kAround;
  impl.to = at + kAround;
  impl.find_edges();
  return schedule;
}

bool Schedule::open(WallTime when) const {
  const auto& impl = *impl_;
  if (when < impl.from || when >= impl.to) return impl.shows_open(when);
  const auto after = std::upper_bound(impl.edges.begin(), impl.edges.end(), when);
  return (after - impl.edges.begin()) % 2 == 1;
}

WallTime Schedule::next_edge(WallTime when) const {
  const auto& edges = impl_->edges;
  const auto after = std::upper_bound(edges.begin(), edges.end(), when);
  // The last is where our knowledge ends, if it is no edge.
  return after == edges.end() ? WallTime::max() : *after;
}

WallTime Schedule::last_edge(WallTime when) const {
  const auto& edges = impl_->edges;
  const auto after = std::upper_bound(edges.begin(), edges.end(), when);
  return after == edges.begin() ? WallTime::min() : *std::prev(after);
}

namespace {

bool same_windows(const domain::ScheduleRow& a, const domain::ScheduleRow& b) {
  return std::equal(a.windows.begin(), a.windows.end(), b.windows.begin(), b.windows.end(),
                    [](const Window& x, const Window& y) {
                      return x.weekdays == y.weekdays && x.from_minute == y.from_minute &&
                             x.to_minute == y.to_minute;
                    });
}

bool same(const domain::ScheduleRow& a, const domain::ScheduleRow& b) {
  return a.id == b.id && a.zone == b.zone && a.holidays == b.holidays && same_windows(a, b);
}

}  // namespace

std::shared_ptr<const ScheduleBook> ScheduleBook::compile(std::span<const domain::ScheduleRow> rows,
                                                          WallTime at,
                                                          std::shared_ptr<const ScheduleBook> previous) {
  if (previous && at >= previous->at_ && at - previous->at_ < kKept &&
      std::equal(rows.begin(), rows.end(), previous->rows_.begin(), previous->rows_.end(), same))
    return previous;
  std::shared_ptr<ScheduleBook> book(new ScheduleBook);
  book->rows_.assign(rows.begin(), rows.end());
  book->at_ = at;
  for (const auto& row : rows) {
    if (row.id >= book->by_id_.size()) book->by_id_.resize(row.id + std::size_t{1});
    book->by_id_[row.id] = Schedule::compile(row, at);
  }
  return book;
}

const Schedule* ScheduleBook::find(std::uint16_t id) const {
  return id < by_id_.size() ? by_id_[id].get() : nullptr;
}

bool ScheduleBook::open(std::uint16_t id, WallTime when) const {
  if (id == 0) return true;
  const auto* schedule = find(id);
  return schedule && schedule->open(when);
}

WallTime ScheduleBook::next_edge(WallTime when) const {
  auto next = WallTime::max();
  for (const auto& schedule : by_id_)
    if (schedule) next = std::min(next, schedule->next_edge(when));
  return next;
}

}  // namespace warp::rating
