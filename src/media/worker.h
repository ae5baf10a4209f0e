// Worker: one thread with its epoll, its sockets and its sessions. Commands from other threads wait in a
// queue that is emptied after every wait and before any packet is looked at, so they need no wake-up of their
// own; the sweep (kTick) bounds how long one may lie when no packet comes. Streams that are made rather than
// passed are ticked between the batches.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <sys/epoll.h>
#include <thread>
#include <vector>

#include "warp/media/settings.h"

#include "engine_metrics.h"
#include "kernel/offload.h"
#include "packet_io.h"
#include "session_state.h"
#include "socket_wire.h"
#include "treat/control.h"
#include "treat/ticker.h"

namespace warp::media {

struct Command {
  enum class What : std::uint8_t { Attach, Grow, SetRemote, Learned, Treat, Judge, Detach, TellCaughtUp };
  What what{};
  SessionState* session = nullptr;
  std::unique_ptr<SessionState> farewell;  // Detach: the state itself
  std::uint8_t side = 0, stream = 0;       // Grow: `stream` is the new number of streams
  domain::MediaStreamRemote remote;        // Learned: remote.rtp
  std::shared_ptr<const domain::ClockRates> clock_rates;
  std::array<std::optional<domain::VoiceCodec>, 2> codecs;  // Judge
  std::unique_ptr<Order> order;                             // Treat; SetRemote: null when the stream is plain
};

class Worker {
 public:
  static constexpr std::chrono::milliseconds kTick{50};
  static constexpr std::chrono::milliseconds kRest{1000};  // without a session, unless a command comes

  // What a worker asks of the rest of the engine; called on its thread.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void ports_released(SessionState& session) = 0;
    virtual void timeout_struck(SessionState& session) = 0;
    virtual void caught_up() = 0;  // with all commands before TellCaughtUp
  };

  Worker(const Settings& settings, unsigned index, const Clock& clock, metrics::Registry& registry,
         Owner& owner);
  ~Worker();

  // Before start(); outlives the worker.
  void offload_to(KernelPath& path) { offload_ = Offload(&path, settings_.dscp); }
  bool start();  // false: no epoll, no eventfd or no thread
  // After start(): 0, or why its priority stays what it is (errno).
  int run_before_others(unsigned realtime_priority);
  void stop();  // joins; commands that still wait are forgotten

  bool watch(PortPair& pair);  // any thread
  void post(Command command);  // any thread
  void wake();                 // any thread: look at the queue now
  // Sessions given to this worker and not yet taken back: for the choice of a worker.
  std::atomic<std::size_t> load{0};

 private:
  void run();
  void serve(int ready, bool drain);
  int wait();
  void run_commands();
  void execute(Command& command);
  void obey(SessionState& session, std::size_t stream, Order& order);
  Treatment* treatment_for(SessionState& session, std::size_t stream, Order& order);
  void sweep_treatment(SessionState& session, std::size_t stream);
  void consider_both(Side& side);
  static void give_ports(SessionState& session, std::size_t first);
  void detach(std::unique_ptr<SessionState> session);
  void sweep();
  void settle(Side& side);
  void read_clock();
  bool should_coalesce();
  void flush_counts();

  const Settings& settings_;
  const Clock& clock_;
  Owner& owner_;
  WorkerMetrics metrics_;
  TreatMetrics treat_metrics_;  // outlives the commands and their treatments
  BatchCounts counts_;
  PacketIo io_;
  SocketWire wire_{counts_};
  Ticker ticker_;
  Offload offload_{nullptr, 0};

  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};
  std::thread thread_;

  std::mutex mutex_;  // guards the two below
  std::vector<Command> queue_;
  bool resting_ = false;  // a command must wake it
  std::atomic<bool> commands_wait_{false};

  // The thread's own.
  std::vector<Command> batch_;
  std::vector<SessionState*> sessions_;
  std::array<epoll_event, 512> events_{};
  Arrival now_{};
  Monotonic swept_at_{};
  std::size_t sweep_cursor_ = 0;
  Monotonic rate_since_{};
  std::uint64_t rate_packets_ = 0;
  bool coalescing_ = false;
};

}  // namespace warp::media
