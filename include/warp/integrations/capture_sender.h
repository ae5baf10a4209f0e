// CaptureSender: takes packets out of the shards' rings and sends them to the capture servers, on a thread of
// its own. A server that is away is tried again with backoff; what does not fit meanwhile is counted and
// gone.
//
// Life: construct → taps use ring(i) and wake() → run() → stop() → the taps' users are gone → destroy.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/integrations/capture_ring.h"
#include "warp/integrations/capture_settings.h"
#include "warp/net/loop.h"

namespace warp::integrations {

// One capture server. On the sender's loop.
class CaptureOutlet {
 public:
  virtual ~CaptureOutlet() = default;
  virtual void start() = 0;
  virtual void take(std::string_view packet) = 0;
  virtual void flush() = 0;  // what was taken may leave
};

class CaptureSender {
 public:
  // The error is a sentence for people.
  static Result<std::unique_ptr<CaptureSender>, std::string> make(const CaptureSettings& settings,
                                                                  unsigned shards, const Clock& clock,
                                                                  log::Logger& log,
                                                                  metrics::Registry& metrics);
  ~CaptureSender();

  CaptureRing& ring(unsigned shard) { return *rings_[shard]; }
  void wake();  // any thread
  void run();   // makes the thread
  void stop();  // what waits may leave, the thread ends

 private:
  CaptureSender(const CaptureSettings& settings, unsigned shards, const Clock& clock,
                metrics::Registry& metrics);
  void drain();

  std::vector<std::unique_ptr<CaptureRing>> rings_;
  net::Loop loop_;
  boost::asio::steady_timer timer_;
  std::vector<std::unique_ptr<CaptureOutlet>> outlets_;
  std::atomic<bool> woken_{false};
  std::thread thread_;
};

}  // namespace warp::integrations
