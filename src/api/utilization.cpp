// Configured totals of a customer's trunks beside what they carry now.
#include "warp/api/live_state.h"
#include "warp/store/trunks.h"

#include "services.h"

namespace warp::api {
namespace {

using Limit = std::optional<std::uint32_t>;

struct UsedSlot {
  const char* name;
  Limit store::Trunk::*capacity;
  Limit TrunkLoad::*load;
};
constexpr std::array kUsedSlots{
    UsedSlot{"cps_inbound", &store::Trunk::cps_inbound, &TrunkLoad::cps_inbound},
    UsedSlot{"cps_outbound", &store::Trunk::cps_outbound, &TrunkLoad::cps_outbound},
    UsedSlot{"channels_inbound", &store::Trunk::channels_inbound, &TrunkLoad::channels_inbound},
    UsedSlot{"channels_outbound", &store::Trunk::channels_outbound, &TrunkLoad::channels_outbound},
};

// Null as soon as one part is: an unlimited capacity, or a counter that cannot be read.
template <class Part>
void add_part(Json& sum, const std::optional<Part>& part) {
  if (sum.is_null()) return;
  sum = part ? Json(sum.get<std::uint64_t>() + *part) : Json();
}

Answer utilization(Services& services, Call call) {
  const auto trunks = co_await services.trunks.list(call.actor(), *call.customer());
  if (!trunks) co_return from_store(trunks.error(), "trunk");
  Reply reply;
  auto& data = reply.data;
  bool available = true;
  for (const auto& slot : kUsedSlots) {
    data["capacity_" + std::string(slot.name)] = 0;
    data["current_" + std::string(slot.name)] = 0;
  }
  for (const auto& trunk : *trunks) {
    const auto load = services.live.trunk(trunk.id);
    available = available && load;
    for (const auto& slot : kUsedSlots) {
      add_part(data["capacity_" + std::string(slot.name)], trunk.*slot.capacity);
      add_part(data["current_" + std::string(slot.name)], load ? (*load).*slot.load : Limit());
    }
  }
  data["counters_available"] = available;
  co_return reply;
}

}  // namespace

void add_utilization(EndpointTable& table, Services& services) {
  Schema answer{"CustomerUtilization", {}};
  for (const char* prefix : {"capacity_", "current_"})
    for (const auto& slot : kUsedSlots)
      answer.fields.push_back(integer(prefix + std::string(slot.name)).or_null());
  answer.fields.push_back(boolean("counters_available"));
  table.push_back({.path = "/customers/me/utilization",
                   .summary = "Configured totals and live counters; null is unlimited or unknown",
                   .tag = "Customers",
                   .action = act(services, utilization),
                   .scope = "account:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer = answer,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
