// QuietBook: when messages may not reach people, on their own clocks (the IANA time zone database of the
// machine). A number whose prefix lies in several zones is quiet while it is in any of them; one of an
// unknown prefix lives by UTC. A customer's own quiet hours hide everybody's.
//
// The clock's jumps: an end that a clock skips is the moment of the jump; one that it shows twice is the
// later.
#pragma once

#include <cctz/time_zone.h>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/messaging_catalogue.h"

#include "prefix_table.h"

namespace warp::messaging {

class QuietBook {
 public:
  explicit QuietBook(const domain::MessagingCatalogue& catalogue);
  bool empty() const { return everybodys_.empty() && own_.empty(); }

  // nullopt: what comes then does not disturb. Otherwise the first moment from `when` on that does not;
  // WallTime::max() when there is none within two days.
  std::optional<WallTime> quiet_until(CustomerId customer, std::string_view recipient, WallTime when) const;

 private:
  struct Hours {
    int from = 0, to = 0;  // minutes of the day
    bool holds(int minute) const;
  };
  using Clocks = std::vector<std::size_t>;  // of zones_
  void load_zones(const domain::MessagingCatalogue& catalogue);
  const Hours* hours_of(CustomerId customer, std::string_view recipient) const;
  static WallTime end_of(const Hours& hours, const cctz::time_zone& zone, WallTime when);

  PrefixTable<Hours> everybodys_;
  std::unordered_map<CustomerId, PrefixTable<Hours>> own_;
  std::vector<cctz::time_zone> zones_;  // the first is UTC
  PrefixTable<Clocks> clocks_;
};

}  // namespace warp::messaging
