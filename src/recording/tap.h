// Between media workers and the writer: the ring, what is to be done, and the tap of one recording.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "warp/base/metrics.h"
#include "warp/domain/media_port.h"
#include "warp/recording/recorder.h"

#include "ring.h"

namespace warp::recording {

// What a tap and the writer both see of one recording.
struct Subject {
  explicit Subject(std::uint64_t number) : key(number) {}
  const std::uint64_t key;
  std::atomic<bool> open{true};
  std::atomic<std::uint64_t> lost{0};  // packets
};

struct Begin {
  std::shared_ptr<Subject> subject;
  Request request;
  Monotonic at{};
};
struct Agreed {
  std::uint64_t key = 0;
  domain::MediaSide side{};
  std::size_t stream = 0;
  std::shared_ptr<const domain::MediaTerms> terms;
};
struct End {
  Uuid id;
  StopCause cause{};
  Monotonic at{};
};
using Command = std::variant<Begin, Agreed, End>;

// In front of a datagram in the ring.
struct RingHead {
  std::uint64_t key = 0;
  Monotonic at{};
  domain::TapOrigin origin;
  domain::MediaSide from{};
  std::uint8_t stream = 0;
};
static_assert(std::is_trivially_copyable_v<RingHead>);

// Shared by the recorder and its taps, which may outlive it.
struct Inlet {
  Inlet(std::size_t ring_octets, metrics::Counter& dropped_packets)
      : ring(ring_octets), dropped(dropped_packets) {}
  void tell(Command command);

  Ring ring;
  metrics::Counter& dropped;
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<Command> commands;  // under `mutex`
  bool closing = false;           // under `mutex`
};

class Tap final : public domain::MediaTap {
 public:
  Tap(std::shared_ptr<Inlet> inlet, std::shared_ptr<Subject> subject)
      : inlet_(std::move(inlet)), subject_(std::move(subject)) {}
  void packet(domain::MediaSide from, std::size_t stream, std::span<const std::byte> datagram,
              const domain::TapOrigin& origin, Monotonic at) noexcept override;
  void terms(domain::MediaSide of, std::size_t stream,
             const std::shared_ptr<const domain::MediaTerms>& terms) noexcept override;

 private:
  std::shared_ptr<Inlet> inlet_;
  std::shared_ptr<Subject> subject_;
};

}  // namespace warp::recording
