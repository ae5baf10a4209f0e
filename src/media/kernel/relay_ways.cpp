// RelayPath's part that knows interfaces and routes.
#include <algorithm>
#include <array>
#include <map>

#include "relay_path.h"

namespace warp::media {

bool RelayPath::attach_all(std::string& why) {
  std::optional<domain::IpAddress> missing;
  const auto links = links_of(addresses_, missing);
  if (missing) {
    why = missing->to_string() + " is on no interface";
    return false;
  }
  for (const auto& link : links)
    if (!program_->attach(link.index, why)) {
      why = link.name + ": " + why;
      return false;
    }
  std::vector<domain::IpAddress> looped;
  for (const auto& ip : addresses_) {
    const auto of_one = links_of({ip}, missing);
    if (!of_one.empty() && of_one.front().loopback) looped.push_back(ip);
  }
  std::lock_guard guard(mutex_);
  on_loopback_ = std::move(looped);
  return true;
}

bool RelayPath::has_loopback(const domain::IpAddress& ip) const {
  std::lock_guard guard(mutex_);
  return std::find(on_loopback_.begin(), on_loopback_.end(), ip) != on_loopback_.end();
}

Result<Route, KernelPath::Refused> RelayPath::way_of(const KernelFlow& flow) {
  for (const auto* address : {&flow.source, &flow.from, &flow.destination})
    if (address->ip.v6 != flow.local.ip.v6 || address->port == 0) return Refused::Family;
  const auto way = routes_.find(flow.destination.ip, flow.from.ip);
  if (!way) return Refused::NoRoute;
  // A local peer's packets come by `lo`, and only from there may one be delivered here.
  const auto back = routes_.find(flow.source.ip, flow.local.ip);
  const bool source_local = back && back->local;
  if (way->local != source_local || (source_local && !has_loopback(flow.local.ip))) return Refused::Local;
  return *way;
}

void RelayPath::routes_changed() {
  std::string why;
  if (!attach_all(why) && why != filter_trouble_)
    log_.warning("media.kernel_filter_missing", {{"reason", why}});
  filter_trouble_ = why;
  std::vector<std::pair<FlowId, KernelFlow>> all;
  {
    std::lock_guard guard(mutex_);
    for (const auto& [id, record] : records_)
      all.emplace_back(id, record.flow);
  }
  // Many flows lead to few peers.
  using Ends = std::array<domain::IpAddress, 4>;
  std::map<Ends, Result<Route, Refused>> ways;
  std::size_t lost = 0, moved = 0;
  for (const auto& [id, flow] : all) {
    const Ends ends{flow.local.ip, flow.source.ip, flow.from.ip, flow.destination.ip};
    auto known = ways.find(ends);
    if (known == ways.end()) known = ways.emplace(ends, way_of(flow)).first;
    const auto& way = known->second;
    std::lock_guard guard(mutex_);
    const auto there = records_.find(id);
    if (there == records_.end() || there->second.flow != flow || there->second.paused) continue;
    Record& record = there->second;
    if (!way) {
      erase(record);
      lost += record.installed ? 1u : 0u;
      record.installed = false;
    } else if (!record.installed || record.route != *way) {
      record.route = *way;
      write(id, record);
      ++moved;
    }
  }
  if (lost + moved != 0) log_.info("media.kernel_routes_changed", {{"moved", moved}, {"without", lost}});
}

}  // namespace warp::media
