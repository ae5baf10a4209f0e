// RelayPath: KernelPath over the kernel program's maps.
//
// mutex_ guards the records, the free places and every change of the map of flows; routes are asked for
// outside it, so that a change of routes holds nobody up. What the metrics read at a scrape lives on in
// `tally_`.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "path.h"
#include "program.h"
#include "routes.h"

namespace warp::media {

class RelayPath final : public KernelPath {
 public:
  RelayPath(std::unique_ptr<KernelProgram> program, std::vector<domain::IpAddress> addresses,
            log::Logger& log, metrics::Registry& registry);
  ~RelayPath() override;

  // The filter is on every interface that has one of the addresses; false with `why`. Then what was left
  // behind is read, and routes are followed.
  bool begin(std::string& why);

  Result<FlowId, Refused> install(const KernelFlow& flow) override;
  Result<FlowId, Refused> adopt(const KernelFlow& flow) override;
  std::optional<KernelFlow> left_behind(const domain::SocketAddress& local) const override;
  KernelCounters remove(FlowId id) override;
  void pause(FlowId id) override;
  KernelCounters counters(FlowId id) const override;
  void free_orphans() override;
  std::size_t flows() const override;

 private:
  struct Record {
    KernelFlow flow;
    Route route;
    bool orphan = false;
    bool paused = false;
    bool installed = false;  // false: there is no route at the moment
  };
  struct Tally;

  Result<Route, Refused> way_of(const KernelFlow& flow);
  Result<FlowId, Refused> put(const KernelFlow& flow);
  bool write(FlowId id, Record& record);
  void erase(const Record& record);
  void routes_changed();  // the watch's thread
  bool attach_all(std::string& why);
  void read_left_behind();
  bool has_loopback(const domain::IpAddress& ip) const;
  KernelCounters retire(FlowId id);

  const std::unique_ptr<KernelProgram> program_;
  const std::vector<domain::IpAddress> addresses_;
  log::Logger& log_;
  Routes routes_;

  mutable std::mutex mutex_;
  std::unordered_map<FlowId, Record> records_;
  std::unordered_map<domain::SocketAddress, FlowId> by_local_;
  std::deque<FlowId> free_;  // the longest free first: a packet on its way may still count for its old flow
  std::vector<domain::IpAddress> on_loopback_;
  std::atomic<std::size_t> orphans_{0};

  std::shared_ptr<Tally> tally_;  // shared with the registry's callback, which may come when this has gone
  std::string filter_trouble_;    // the watch's own
  std::unique_ptr<RouteWatch> watch_;
};

}  // namespace warp::media
