#include "live_loads.h"

#include <algorithm>

#include "warp/api/health_view.h"
#include "warp/routing/snapshot.h"

namespace warp::api {
namespace {

Json number(const std::optional<std::uint32_t>& value) {
  return value ? Json(*value) : Json();
}

// None of its addresses takes calls.
bool is_down(Services& services, const domain::Endpoint& endpoint) {
  if (!services.health) return false;
  const auto rows = services.health->of(endpoint.id);
  return !rows.empty() && std::all_of(rows.begin(), rows.end(), [](const HealthRow& row) {
    return row.health == domain::Health::Down || row.health == domain::Health::Open;
  });
}

}  // namespace

Json to_json(const TrunkStatus& status) {
  const auto load = status.load.value_or(TrunkLoad{});
  Json out;
  out["trunk_id"] = status.id.to_string();
  out["customer_id"] = status.customer.to_string();
  out["name"] = status.name;
  out["enabled"] = status.enabled;
  out["cps_inbound"] = number(load.cps_inbound);
  out["cps_outbound"] = number(load.cps_outbound);
  out["channels_inbound"] = number(load.channels_inbound);
  out["channels_outbound"] = number(load.channels_outbound);
  out["endpoints"] = status.endpoints;
  out["endpoints_down"] = status.endpoints_down;
  return out;
}

Json to_json(const AccountLoad& load) {
  const auto known = [&](std::uint64_t value) { return load.available ? Json(value) : Json(); };
  Json out;
  out["trunks"] = load.trunks;
  out["cps_inbound"] = known(load.cps_inbound);
  out["cps_outbound"] = known(load.cps_outbound);
  out["channels_inbound"] = known(load.channels_inbound);
  out["channels_outbound"] = known(load.channels_outbound);
  out["counters_available"] = load.available;
  return out;
}

std::shared_ptr<const LiveLoads::Trunks> LiveLoads::look() const {
  auto out = std::make_shared<Trunks>();
  const auto snapshot = services_.snapshots.current();
  if (!snapshot) return out;
  for (const auto& trunk : snapshot->trunks()) {
    TrunkStatus status;
    status.id = trunk.id;
    status.customer = trunk.customer;
    status.name = trunk.name;
    status.enabled = trunk.enabled;
    status.load = services_.live.trunk(trunk.id);
    status.endpoints = trunk.endpoints.size();
    for (const auto& endpoint : trunk.endpoints)
      if (is_down(services_, endpoint)) ++status.endpoints_down;
    out->push_back(std::move(status));
  }
  return out;
}

std::shared_ptr<const LiveLoads::Trunks> LiveLoads::trunks() {
  const std::lock_guard lock(mutex_);
  const auto now = services_.clock.now();
  // A little less than the tick, so that each tick sees a new one.
  if (!trunks_ || now - looked_at_ >= services_.settings.live.tick - services_.settings.live.tick / 10) {
    trunks_ = look();
    looked_at_ = now;
  }
  return trunks_;
}

AccountLoad LiveLoads::account(std::optional<CustomerId> customer) {
  AccountLoad sum;
  for (const auto& trunk : *trunks()) {
    if (customer && trunk.customer != *customer) continue;
    ++sum.trunks;
    const auto add = [&](std::uint64_t& to, const std::optional<std::uint32_t>& part) {
      if (part)
        to += *part;
      else
        sum.available = false;
    };
    const auto load = trunk.load.value_or(TrunkLoad{});
    add(sum.cps_inbound, load.cps_inbound);
    add(sum.cps_outbound, load.cps_outbound);
    add(sum.channels_inbound, load.channels_inbound);
    add(sum.channels_outbound, load.channels_outbound);
  }
  return sum;
}

}  // namespace warp::api
