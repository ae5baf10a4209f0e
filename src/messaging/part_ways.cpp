#include "part_ways.h"

#include "warp/base/text.h"
#include "warp/smpp/pdu/segments.h"

namespace warp::messaging {
namespace {
constexpr std::chrono::minutes kPatience{10};
constexpr std::size_t kMost = 100'000;
}  // namespace

std::optional<std::uint64_t> PartWays::key_of(const domain::Message& message) {
  if (message.udh.empty()) return std::nullopt;
  const auto part = smpp::read_part(smpp::kEsmUdhi, message.udh, {});
  if (!part || !part->concat || part->concat->total < 2) return std::nullopt;
  std::string name(message.customer.value.bytes.begin(), message.customer.value.bytes.end());
  name.append(message.from.digits).append("/").append(message.to.digits).append("/");
  name.append(std::to_string(part->concat->reference)).append("/");
  name.append(std::to_string(part->concat->total)).append(part->concat->wide ? "w" : "");
  return stable_hash(name);
}

std::optional<ConnectorId> PartWays::find(std::uint64_t key, Monotonic now) const {
  const auto found = ways_.find(key);
  if (found == ways_.end() || now - found->second.since > kPatience) return std::nullopt;
  return found->second.connector;
}

void PartWays::keep(std::uint64_t key, ConnectorId connector, Monotonic now) {
  ways_[key] = {connector, now};
  order_.emplace_back(now, key);
  while (order_.size() > kMost || (!order_.empty() && now - order_.front().first > kPatience)) {
    const auto found = ways_.find(order_.front().second);
    if (found != ways_.end() && found->second.since <= order_.front().first) ways_.erase(found);
    order_.pop_front();
  }
}

}  // namespace warp::messaging
