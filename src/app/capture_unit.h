// CaptureUnit: capture joined together: the sender with its thread, one tap a shard. Without a target nothing
// is captured; each shard has a tap all the same, for traces of single calls.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/base/log.h"
#include "warp/integrations/capture_sender.h"
#include "warp/integrations/capture_tap.h"

#include "app/call_traces.h"
#include "app/config.h"

namespace warp::app {

// capture.targets; nullopt when one of them is none.
std::optional<std::vector<integrations::CaptureTarget>> capture_targets(std::string_view text);

class CaptureUnit {
 public:
  struct Needs {
    const Clock& clock;
    const routing::SnapshotHolder& snapshots;
    log::Logger& log;
    metrics::Registry& metrics;
  };
  // Throws std::runtime_error with a sentence for people.
  CaptureUnit(const Config& config, const Needs& needs);

  TraceTap* tap(unsigned shard) { return trace_taps_[shard].get(); }
  CallTraces& traces() { return traces_; }
  void run();
  void stop();  // after the shards

 private:
  void make_trace_taps(unsigned shards);

  std::unique_ptr<integrations::CaptureSender> sender_;
  std::vector<std::unique_ptr<integrations::CaptureTap>> taps_;
  CallTraces traces_;
  std::vector<std::unique_ptr<TraceTap>> trace_taps_;
};

}  // namespace warp::app
