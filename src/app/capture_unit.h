// CaptureUnit: capture joined together: the sender with its thread, one tap a shard. Without a target there
// are none, and the shards' taps are null.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "warp/base/log.h"
#include "warp/integrations/capture_sender.h"
#include "warp/integrations/capture_tap.h"

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

  integrations::CaptureTap* tap(unsigned shard) { return taps_.empty() ? nullptr : taps_[shard].get(); }
  void run();
  void stop();  // after the shards

 private:
  std::unique_ptr<integrations::CaptureSender> sender_;
  std::vector<std::unique_ptr<integrations::CaptureTap>> taps_;
};

}  // namespace warp::app
