// Engine: the RTP relay in user space; implements domain::MediaPort.
//
// Threads: `workers` threads own the sockets and relay; one more binds ports ahead. Sessions may be opened,
// changed, read and destroyed from any thread; changes reach the owning worker through a queue that it
// empties before it looks at packets, so a packet sent after set_remote() returned meets the new address. A
// session may outlive the engine, and then does nothing.
//
// Which source is believed is written in source_guard.h. RTCP is passed end to end on port + 1, on the RTP
// port when either peer sends it there, and is read on the way for RTT and loss. Octets in statistics are UDP
// payload of RTP packets; RTCP is not counted there.
//
// Timeout: strikes when both sides' addresses are known, at least one is expected to send, and none of those
// that are has sent a believed RTP packet for the time given. Held streams (expect_rtp false) do not count.
#pragma once

#include <memory>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/media_port.h"
#include "warp/media/settings.h"

namespace warp::media {

enum class StartError : std::uint8_t {
  NoInterface,
  BadPortRange,
  CannotBind,    // no pair of the range can be bound on a configured address
  OutOfHandles,  // epoll, eventfd or thread
  NoKernelPath   // Settings::kernel asks for it; the log says why
};
std::string_view to_string(StartError error);

struct PortUsage {
  std::size_t in_use = 0;   // held by sessions
  std::size_t resting = 0;  // released, not yet to be reused
  std::size_t ready = 0;    // bound and free
  std::size_t unbound = 0;  // the rest of the range
};

class Engine final : public domain::MediaPort {
 public:
  // `clock`, `registry` and `log` outlive the engine and its sessions. Without a log there is no kernel path.
  static Result<std::unique_ptr<Engine>, StartError> start(const Settings& settings, const Clock& clock,
                                                           metrics::Registry& registry,
                                                           log::Logger* log = nullptr);
  ~Engine() override;  // joins the threads

  Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> open(
      const domain::MediaSessionRequest& request, Executor& where, std::function<void()> on_timeout) override;
  Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> reopen(
      const domain::MediaMemory& memory, Executor& where, std::function<void()> on_timeout) override;
  domain::MediaFingerprint fingerprint() const override;
  // What Settings::reserved kept and nobody reopened is for everybody, and what the kernel still forwards of
  // an earlier process is forwarded no more. Any thread.
  void free_reserved();

  void refuse_new();  // open() answers Stopping from now on; what runs goes on
  std::size_t sessions() const;
  PortUsage ports(bool v6, unsigned network = 0) const;

 private:
  struct Core;
  class Session;
  explicit Engine(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;
};

}  // namespace warp::media
