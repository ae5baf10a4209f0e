#include "relay_path.h"

#include <bpf/bpf.h>

#include "flow_codec.h"
#include "kernel_metrics.h"

namespace warp::media {

// What a scrape reads. Its mutex keeps the path from going while it does.
struct RelayPath::Tally {
  std::mutex mutex;
  const RelayPath* path = nullptr;  // null: it has gone
  KernelMetrics metrics;
  KernelTotals gone;  // of flows that were removed; guarded by RelayPath::mutex_

  explicit Tally(metrics::Registry& registry) : metrics(registry) {}

  void refresh() {
    std::lock_guard guard(mutex);
    if (path == nullptr) return;
    KernelTotals now;
    {
      std::lock_guard inner(path->mutex_);
      now = gone;
      now.flows = path->records_.size();
      for (const auto& [id, record] : path->records_) {
        const auto counters = path->counters(id);
        now.packets += counters.packets;
        now.octets += counters.octets;
      }
    }
    metrics.show(now, path->program_->passes());
  }
};

std::string_view to_string(KernelPath::Refused refused) {
  switch (refused) {
    case KernelPath::Refused::NoRoute:
      return "no_route";
    case KernelPath::Refused::Local:
      return "local";
    case KernelPath::Refused::Family:
      return "family";
    case KernelPath::Refused::Full:
      return "full";
    case KernelPath::Refused::Failed:
      return "failed";
  }
  return "unknown";
}

RelayPath::RelayPath(std::unique_ptr<KernelProgram> program, std::vector<domain::IpAddress> addresses,
                     log::Logger& log, metrics::Registry& registry)
    : program_(std::move(program)),
      addresses_(std::move(addresses)),
      log_(log),
      tally_(std::make_shared<Tally>(registry)) {
  tally_->path = this;
  registry.on_scrape([weak = std::weak_ptr(tally_)] {
    if (const auto tally = weak.lock()) tally->refresh();
  });
}

RelayPath::~RelayPath() {
  watch_.reset();
  {
    std::lock_guard guard(tally_->mutex);
    tally_->path = nullptr;
  }
  if (records_.empty()) program_->withdraw();
}

bool RelayPath::begin(std::string& why) {
  read_left_behind();
  if (!attach_all(why)) return false;
  watch_ = std::make_unique<RouteWatch>([this] { routes_changed(); });
  if (!watch_->works()) {
    why = "changes of routes cannot be followed";
    return false;
  }
  return true;
}

void RelayPath::read_left_behind() {
  std::lock_guard guard(mutex_);
  std::vector<bool> taken(program_->most_flows());
  std::vector<relay_key> unusable;
  relay_key key{};
  for (const relay_key* before = nullptr; bpf_map_get_next_key(program_->flows(), before, &key) == 0;
       before = &key) {
    relay_flow value{};
    if (bpf_map_lookup_elem(program_->flows(), &key, &value) != 0) continue;
    if (value.counter >= taken.size() || taken[value.counter]) {
      unusable.push_back(key);
      continue;
    }
    taken[value.counter] = true;
    const auto flow = flow_of(key, value);
    records_[value.counter] = {flow, {}, true, false, true};
    ++orphans_;
    by_local_[flow.local] = value.counter;
  }
  for (const auto& one : unusable)
    bpf_map_delete_elem(program_->flows(), &one);
  for (FlowId id = 0; id < taken.size(); ++id)
    if (!taken[id]) free_.push_back(id);
}

Result<KernelPath::FlowId, KernelPath::Refused> RelayPath::install(const KernelFlow& flow) {
  auto put_there = put(flow);
  if (!put_there) tally_->metrics.refused(put_there.error());
  return put_there;
}

Result<KernelPath::FlowId, KernelPath::Refused> RelayPath::put(const KernelFlow& flow) {
  const auto route = way_of(flow);
  if (!route) return route.error();
  std::lock_guard guard(mutex_);
  if (const auto there = by_local_.find(flow.local); there != by_local_.end()) retire(there->second);
  if (free_.empty()) return Refused::Full;
  const FlowId id = free_.front();
  Record record{flow, *route};
  program_->count(id) = {};
  if (!write(id, record)) return Refused::Failed;
  free_.pop_front();
  records_[id] = record;
  by_local_[flow.local] = id;
  return id;
}

Result<KernelPath::FlowId, KernelPath::Refused> RelayPath::adopt(const KernelFlow& flow) {
  {
    std::lock_guard guard(mutex_);
    const auto there = by_local_.find(flow.local);
    if (there != by_local_.end()) {
      Record& record = records_[there->second];
      if (record.orphan && record.flow == flow) {
        record.orphan = false;
        --orphans_;
        return there->second;
      }
    }
  }
  return install(flow);
}

std::optional<KernelFlow> RelayPath::left_behind(const domain::SocketAddress& local) const {
  if (orphans_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  std::lock_guard guard(mutex_);
  const auto there = by_local_.find(local);
  if (there == by_local_.end()) return std::nullopt;
  const Record& record = records_.at(there->second);
  return record.orphan ? std::optional(record.flow) : std::nullopt;
}

bool RelayPath::write(FlowId id, Record& record) {
  const auto key = key_of(record.flow.local);
  const auto value = value_of(record.flow, record.route, id);
  record.installed = bpf_map_update_elem(program_->flows(), &key, &value, BPF_ANY) == 0;
  return record.installed;
}

void RelayPath::erase(const Record& record) {
  const auto key = key_of(record.flow.local);
  if (record.installed) bpf_map_delete_elem(program_->flows(), &key);
}

// With the mutex held.
KernelCounters RelayPath::retire(FlowId id) {
  const auto there = records_.find(id);
  if (there == records_.end()) return {};
  erase(there->second);
  const auto last = counters(id);
  tally_->gone.packets += last.packets;
  tally_->gone.octets += last.octets;
  if (there->second.orphan) --orphans_;
  by_local_.erase(there->second.flow.local);
  records_.erase(there);
  free_.push_back(id);
  return last;
}

KernelCounters RelayPath::remove(FlowId id) {
  std::lock_guard guard(mutex_);
  return retire(id);
}

void RelayPath::pause(FlowId id) {
  std::lock_guard guard(mutex_);
  const auto there = records_.find(id);
  if (there == records_.end()) return;
  erase(there->second);
  there->second.installed = false;
  there->second.paused = true;
}

KernelCounters RelayPath::counters(FlowId id) const {
  return id < program_->most_flows() ? counters_of(program_->count(id)) : KernelCounters{};
}

void RelayPath::free_orphans() {
  std::lock_guard guard(mutex_);
  std::vector<FlowId> orphans;
  for (const auto& [id, record] : records_)
    if (record.orphan) orphans.push_back(id);
  for (const auto id : orphans)
    retire(id);
  if (!orphans.empty()) log_.info("media.kernel_orphans_freed", {{"flows", orphans.size()}});
}

std::size_t RelayPath::flows() const {
  std::lock_guard guard(mutex_);
  return records_.size();
}

}  // namespace warp::media
