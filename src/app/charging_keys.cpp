#include "warp/base/money.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {

std::vector<Key> charging_keys(Config& c) {
  using enum Applies;
  constexpr std::uint64_t kHour = 3'600'000;
  auto& charging = c.charging;
  return {
      text_key("charging.node", charging.node, Restart,
               "name of this node: whose money for calls in the database is ours after a restart. Never two "
               "processes with the same one; empty: messaging.node"),
      duration_key("charging.reserve", charging.reserve, {1'000, kHour}, Restart,
                   "how much of a call is paid for ahead, at a time"),
      duration_key("charging.renew_before", charging.renew_before, {1'000, 600'000}, Restart,
                   "how long before the end of what was reserved for a call more is"),
      duration_key(
          "charging.warn_before", charging.warn_before, {0, 600'000}, Restart,
          "how long before a call is cut off for want of money the event calls.credit_ends tells of it; "
          "0: with the refused renewal"),
      duration_key("charging.grant_timeout", charging.grant_timeout, {50, 10'000}, Restart,
                   "how long a call may wait for the database when this process has no money of its account"),
      text_key("charging.least_lease", charging.least_lease, Restart,
               "what is set aside of an account for this process at once, in the account's currency"),
      duration_key("charging.give_back_interval", charging.give_back_interval, {100, kHour}, Restart,
                   "how often what is set aside and idle goes back"),
      duration_key("charging.dead_node_grace", charging.dead_node_grace, {60'000, 24 * kHour}, Restart,
                   "what a node has set aside goes back when it was not heard of for this long"),
  };
}

void check_charging(const Config& config, const std::string& file, std::vector<ConfigFault>& faults) {
  const auto least = Money::parse(config.charging.least_lease);
  if (!least || *least <= Money{})
    faults.push_back({file, 0, "charging.least_lease", "is no amount above zero",
                      "write a decimal number of the account's currency: 1.00"});
  if (config.charging.node.size() > 128)
    faults.push_back({file, 0, "charging.node", "is longer than 128 characters",
                      "give each node a short name of its own"});
}

}  // namespace warp::app
