// LiveLoads: what the trunks in force carry now, looked at once a second for all who watch. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "warp/api/json.h"
#include "warp/api/live_state.h"

#include "services.h"

namespace warp::api {

struct TrunkStatus {
  TrunkId id;
  CustomerId customer;
  std::string name;
  bool enabled = true;
  std::optional<TrunkLoad> load;  // nullopt: the counters cannot be read
  std::size_t endpoints = 0, endpoints_down = 0;
};
Json to_json(const TrunkStatus& status);

// Of one account or, without a customer, of all.
struct AccountLoad {
  std::uint64_t trunks = 0;
  std::uint64_t cps_inbound = 0, cps_outbound = 0, channels_inbound = 0, channels_outbound = 0;
  bool available = true;  // false: a counter could not be read
};
Json to_json(const AccountLoad& load);

class LiveLoads {
 public:
  explicit LiveLoads(Services& services) : services_(services) {}

  using Trunks = std::vector<TrunkStatus>;
  // Of all customers, in the order of the snapshot.
  std::shared_ptr<const Trunks> trunks();  // shared with those who still read the one before
  AccountLoad account(std::optional<CustomerId> customer);

 private:
  std::shared_ptr<const Trunks> look() const;

  Services& services_;
  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Trunks> trunks_;
  Monotonic looked_at_{};
};

}  // namespace warp::api
