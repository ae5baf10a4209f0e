// SessionState and its sides: what a worker knows of a session. Plain members belong to the worker from the
// Attach command to the Detach command; the atomics are written by it alone and read by anyone.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "warp/domain/media_port.h"
#include "warp/media/source_guard.h"
#include "warp/rtp/round_trip.h"
#include "warp/rtp/statistics.h"

#include "kernel/flow_watch.h"
#include "quality/quality_watch.h"
#include "side_counter.h"
#include "socket.h"

namespace warp::media {

struct SideCounters {
  SideCounter packets_received, octets_received, packets_sent, octets_sent;
  SideCounter lost, jitter_us;
  SideCounter missing, duplicates, out_of_order, late;
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  SideCounter rtt_us, remote_loss_percent;

  SideCounters() {
    rtt_us.set(kUnknown);
    remote_loss_percent.set(kUnknown);
  }
};

// An address that the worker tells everybody now and then.
class SharedAddress {
 public:
  void set(const domain::SocketAddress& address) {
    std::lock_guard guard(mutex_);
    address_ = address;
  }
  domain::SocketAddress get() const {
    std::lock_guard guard(mutex_);
    return address_;
  }

 private:
  mutable std::mutex mutex_;
  domain::SocketAddress address_;
};

class SharedSrtp {
 public:
  void set(domain::SrtpMemory memory) {
    std::lock_guard guard(mutex_);
    memory_ = std::move(memory);
  }
  domain::SrtpMemory get() const {
    std::lock_guard guard(mutex_);
    return memory_;
  }

 private:
  mutable std::mutex mutex_;
  domain::SrtpMemory memory_;
};

struct SessionState;
class Treatment;

// One side of one stream.
struct Side {
  SessionState* session = nullptr;
  Side* peer = nullptr;
  PortPair* ports = nullptr;
  Treatment* treatment = nullptr;  // of the stream; null: the plain relay
  bool symmetric = false;
  std::uint8_t network = 0;

  SourceGuard guard;
  Destination to_rtp, to_rtcp;
  // Whether ports->fast leads to to_rtp.
  enum class Fast : std::uint8_t { No, Yes, Impossible };
  Fast fast = Fast::No;
  domain::SocketAddress signalled_rtcp;
  bool rtcp_learned = false;
  bool rtcp_mux = false;
  bool in_use = false;  // the signalled address has a port
  bool held = false;    // in use, but with an address that takes nothing
  bool expect_rtp = false;
  bool opaque = false;          // what comes is not RTP
  domain::IpAddress opaque_ip;  // besides the signalled one: where RTP came from
  SharedAddress learned;        // guard.destination() once learned
  SharedSrtp srtp;              // as the worker told it last
  std::shared_ptr<const domain::ClockRates> clock_rates;

  rtp::ReceiveStatistics received;
  rtp::RoundTrip round_trip;
  Monotonic last_rtp{};
  std::uint64_t packets_at_sweep = 0;
  SideCounters counters;
  QualityWatch quality;  // of a session's first stream alone, but for what its peer says
  FlowWatch flow;
};

// Carries the timeout from the worker to its handler's thread, and keeps it from coming after the session has
// gone. Any thread.
class TimeoutGate {
 public:
  TimeoutGate(Executor& where, std::function<void()> handler)
      : where_(&where), handler_(std::move(handler)) {}

  static void strike(const std::shared_ptr<TimeoutGate>& gate);
  // Afterwards nothing is posted or called, and the handler is destroyed (here, not on the worker).
  void close();

 private:
  std::mutex mutex_;
  Executor* where_;
  std::function<void()> handler_;
};

// Carries events from the worker to their observer's thread. Any thread; in order.
class EventGate {
 public:
  explicit EventGate(Executor& where) : where_(&where) {}

  void observe(std::function<void(const domain::MediaEvent&)> handler);
  static void post(const std::shared_ptr<EventGate>& gate, const domain::MediaEvent& event);
  // Afterwards nothing is posted or called.
  void close();

 private:
  using Handler = std::function<void(const domain::MediaEvent&)>;
  std::mutex mutex_;
  Executor* where_;
  // Shared with a call of it that runs while another one takes its place.
  std::shared_ptr<const Handler> handler_;
};

// Both sides of each stream. A stream's place in memory is its own, so that more may be added while the
// worker uses those that are there.
class StreamSides {
 public:
  std::array<Side, 2>& operator[](std::size_t stream) { return *streams_[stream]; }
  const std::array<Side, 2>& operator[](std::size_t stream) const { return *streams_[stream]; }
  std::array<Side, 2>& make(std::size_t stream) {
    streams_[stream] = std::make_unique<std::array<Side, 2>>();
    return *streams_[stream];
  }
  void drop(std::size_t stream) { streams_[stream].reset(); }

 private:
  std::array<std::unique_ptr<std::array<Side, 2>>, domain::MediaSession::kMaxStreams> streams_;
};

struct SessionState {
  SessionState();
  ~SessionState();

  std::uint8_t streams = 1;
  StreamSides sides;

  std::chrono::seconds timeout{0};
  Monotonic quiet_from{};  // silence before this does not count
  bool timeout_struck = false;
  std::array<std::optional<domain::VoiceCodec>, 2> codecs;  // MediaSession::judge()
  Monotonic judged_from{};                                  // 0: not yet
  std::shared_ptr<TimeoutGate> gate;
  std::shared_ptr<EventGate> events;

  std::array<std::unique_ptr<Treatment>, domain::MediaSession::kMaxStreams> treatments;
  std::vector<std::shared_ptr<domain::MediaTap>> taps;  // shared with those who take them away

  std::size_t place = 0;  // in the worker's list
};

}  // namespace warp::media
