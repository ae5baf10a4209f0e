// What the engine and its sessions share: pools, workers and the thread that binds ahead.
#pragma once

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "warp/base/random.h"
#include "warp/media/engine.h"

#include "kernel/path.h"
#include "port_pool.h"
#include "worker.h"

namespace warp::media {

struct Engine::Core final : Worker::Owner, std::enable_shared_from_this<Core> {
  Core(const Settings& given, const Clock& with_clock, metrics::Registry& registry);
  ~Core() override;

  std::optional<StartError> start();
  // Before start().
  std::optional<StartError> start_kernel(metrics::Registry& registry, log::Logger& log);
  // After start().
  void prioritise(log::Logger* log);
  void stop();  // joins all threads

  // The pairs for a new session, all of one worker; false: none has enough.
  Result<Worker*, domain::MediaError> take_ports(const domain::MediaSessionRequest& request,
                                                 SessionState& session);
  // The same pairs again that a session of another process had.
  Result<Worker*, domain::MediaError> take_ports(const domain::MediaMemory& memory, SessionState& session);
  // One more stream's pairs, of the worker that has the first.
  bool take_stream(SessionState& session, std::size_t stream);
  void ports_released(SessionState& session) override;
  void timeout_struck(SessionState& session) override;
  void caught_up() override;
  // What the kernel forwards of an earlier process, and no session has taken over, once the workers know all.
  void free_orphans();
  // Null: that network has no address of the family, or there is no such network.
  PortPool* pool(unsigned network, bool v6) const {
    return network < places_.size() ? places_[network][v6].pool : nullptr;
  }
  const domain::IpAddress& advertised(unsigned network, bool v6) const {
    return places_[network][v6].interface->advertised;
  }

  ControlTools tools();

  const Settings settings;
  const Clock& clock;
  EngineMetrics metrics;
  std::shared_ptr<const DtlsIdentity> identity;  // of all sessions' handshakes; null: OpenSSL refused
  std::unique_ptr<KernelPath> kernel;            // null: all in user space
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::unique_ptr<PortPool>> pools;  // one for each address that is bound
  std::atomic<bool> refusing{false};
  std::atomic<std::size_t> open_sessions{0};
  std::atomic<std::size_t> behind{0};  // workers that free_orphans() waits for

 private:
  // Where a network's sides are, of one family; both null: nowhere.
  struct Place {
    const Interface* interface = nullptr;
    PortPool* pool = nullptr;
  };
  void make_pools();
  PortPool* pool_at(const domain::IpAddress& address);
  std::vector<std::uint16_t> reserved_at(const domain::IpAddress& address) const;
  bool has_places(const domain::MediaSessionRequest& request) const;
  void keep_ports();
  void nudge_keeper();
  void put_back(SessionState& session, std::size_t streams);
  bool take_from(Worker& worker, unsigned index, const domain::MediaSessionRequest& request,
                 SessionState& session);

  std::vector<std::array<Place, 2>> places_;  // by network, then family
  std::mutex random_mutex_;                   // guards the next one
  SecureIdSource random_;
  std::mutex mutex_;  // guards the two flags
  std::condition_variable wake_keeper_;
  bool nudged_ = false;
  bool stopping_ = false;
  std::thread keeper_;
};

}  // namespace warp::media
