#include "worker.h"

#include <algorithm>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <system_error>
#include <time.h>
#include <unistd.h>
#include <utility>

#include "quality/look.h"

namespace warp::media {
namespace {

// Coalescing pays from this many packets in one interval on.
constexpr std::uint64_t kCoalesceFrom = 2;
constexpr std::chrono::milliseconds kRateWindow{20};
// A queue this long is worth a wake-up.
constexpr std::size_t kQueueWake = 256;
// A session is looked at in one tick of so many.
constexpr std::size_t kSweepSlices = 8;
constexpr int kPasses = 4;
// Packets between two looks of the sweep that make a stream one that runs.
constexpr std::uint64_t kRunning = 10;

}  // namespace

Worker::Worker(const Settings& settings, unsigned index, const Clock& clock, metrics::Registry& registry,
               Owner& owner)
    : settings_(settings),
      clock_(clock),
      owner_(owner),
      metrics_(registry, index),
      treat_metrics_(registry) {}

Worker::~Worker() {
  stop();
  if (epoll_ >= 0) ::close(epoll_);
  if (wake_ >= 0) ::close(wake_);
}

bool Worker::start() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (epoll_ < 0 || wake_ < 0) return false;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) return false;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

int Worker::run_before_others(unsigned realtime_priority) {
  sched_param parameters{};
  parameters.sched_priority = static_cast<int>(realtime_priority);
  return pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &parameters);
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  wake();
  thread_.join();
}

bool Worker::watch(PortPair& pair) {
  for (Socket* socket : {&pair.rtp, &pair.rtcp, &pair.fast}) {
    if (socket->fd < 0) continue;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = socket;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket->fd, &event) != 0) return false;
  }
  return true;
}

void Worker::post(Command command) {
  bool call;
  {
    std::lock_guard guard(mutex_);
    queue_.push_back(std::move(command));
    call = queue_.size() == kQueueWake || std::exchange(resting_, false) || offload_.works();
    commands_wait_.store(true, std::memory_order_release);
  }
  if (call) wake();
}

void Worker::wake() {
  eventfd_write(wake_, 1);
}

void Worker::run() {
  // The coalescing sleep should last what it says, not 50 us more.
  prctl(PR_SET_TIMERSLACK, 1000);
  const auto pause = std::chrono::duration_cast<std::chrono::nanoseconds>(settings_.coalesce).count();
  const timespec sleep{static_cast<time_t>(pause / 1'000'000'000), static_cast<long>(pause % 1'000'000'000)};
  read_clock();
  swept_at_ = rate_since_ = now_.at;
  while (!stopping_.load(std::memory_order_acquire)) {
    int ready = wait();
    read_clock();
    run_commands();
    serve(ready, ticker_.behind(now_.at));
    ticker_.run(now_.at);
    if (should_coalesce()) {
      // What is still readable now fills faster than once a visit: take all of it.
      for (int pass = 1; pass < kPasses && ready > 0; ++pass) {
        ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
        serve(ready, true);
        if (ready < static_cast<int>(events_.size())) break;
      }
      flush_counts();
      clock_nanosleep(CLOCK_MONOTONIC, 0, &sleep, nullptr);
    } else {
      flush_counts();
    }
    sweep();
  }
}

void Worker::serve(int ready, bool drain) {
  for (int i = 0; i < ready; ++i) {
    auto* socket = static_cast<Socket*>(events_[static_cast<std::size_t>(i)].data.ptr);
    if (socket == nullptr) {
      eventfd_t ignored;
      eventfd_read(wake_, &ignored);
    } else if (drain) {
      io_.relay_all(*socket, now_, counts_);
    } else {
      io_.relay_one(*socket, now_, counts_);
    }
  }
}

void Worker::read_clock() {
  now_.at = clock_.now();
  now_.since_epoch = std::chrono::duration_cast<std::chrono::microseconds>(now_.at.time_since_epoch());
}

bool Worker::should_coalesce() {
  if (settings_.coalesce.count() == 0) return false;
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now_.at - rate_since_);
  if (passed >= kRateWindow) {
    coalescing_ = rate_packets_ * static_cast<std::uint64_t>(settings_.coalesce.count()) >=
                  kCoalesceFrom * static_cast<std::uint64_t>(passed.count());
    rate_packets_ = 0;
    rate_since_ = now_.at;
  }
  return coalescing_;
}

void Worker::flush_counts() {
  rate_packets_ += counts_.packets_received;
  counts_.flush(metrics_);
}

int Worker::wait() {
  const auto wait_for = [this](std::chrono::milliseconds longest) {
    return epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                      static_cast<int>(longest.count()));
  };
  if (!ticker_.empty())
    return wait_for(std::chrono::ceil<std::chrono::milliseconds>(ticker_.until_next(clock_.now())));
  if (!sessions_.empty()) return wait_for(kTick);
  {
    std::lock_guard guard(mutex_);
    resting_ = queue_.empty();
    if (!resting_) return wait_for(std::chrono::milliseconds(0));
  }
  const int ready = wait_for(kRest);
  std::lock_guard guard(mutex_);
  resting_ = false;
  return ready;
}

void Worker::run_commands() {
  if (!commands_wait_.load(std::memory_order_acquire)) return;
  {
    std::lock_guard guard(mutex_);
    batch_.swap(queue_);
    commands_wait_.store(false, std::memory_order_relaxed);
  }
  for (auto& command : batch_)
    execute(command);
  batch_.clear();
}

void Worker::execute(Command& command) {
  switch (command.what) {
    case Command::What::Attach: {
      auto& session = *command.session;
      session.quiet_from = now_.at;
      session.place = sessions_.size();
      sessions_.push_back(&session);
      give_ports(session, 0);
      return;
    }
    case Command::What::Grow: {
      const std::size_t first = command.session->streams;
      command.session->streams = command.stream;
      give_ports(*command.session, first);
      return;
    }
    case Command::What::Learned:
      offload_.release(command.session->sides[command.stream][command.side]);
      assume_learned(command.session->sides[command.stream][command.side], command.remote.rtp, now_.at);
      consider_both(command.session->sides[command.stream][command.side]);
      return;
    case Command::What::SetRemote:
      offload_.release(command.session->sides[command.stream][command.side]);
      set_remote(command.session->sides[command.stream][command.side], command.remote,
                 std::move(command.clock_rates), now_.at);
      if (command.order != nullptr) obey(*command.session, command.stream, *command.order);
      consider_both(command.session->sides[command.stream][command.side]);
      return;
    case Command::What::Treat:
      obey(*command.session, command.stream, *command.order);
      return;
    case Command::What::Judge:
      command.session->codecs = command.codecs;
      if (command.session->judged_from == Monotonic{}) command.session->judged_from = now_.at;
      return;
    case Command::What::TellCaughtUp:
      owner_.caught_up();
      return;
    case Command::What::Detach:
      detach(std::move(command.farewell));
      return;
  }
}

// What the kernel still forwards of this call from before a restart is taken over as soon as it is known.
void Worker::consider_both(Side& side) {
  offload_.consider(side, now_.at);
  offload_.consider(*side.peer, now_.at);
}

void Worker::give_ports(SessionState& session, std::size_t first) {
  for (std::size_t stream = first; stream < session.streams; ++stream)
    for (auto& side : session.sides[stream])
      side.ports->rtp.side = side.ports->rtcp.side = side.ports->fast.side = &side;
}

void Worker::detach(std::unique_ptr<SessionState> session) {
  sessions_[session->place] = sessions_.back();
  sessions_[session->place]->place = session->place;
  sessions_.pop_back();
  for (std::size_t stream = 0; stream < session->streams; ++stream) {
    if (session->treatments[stream] != nullptr) ticker_.remove(*session->treatments[stream]);
    for (auto& side : session->sides[stream]) {
      offload_.release(side);
      side.ports->rtp.side = side.ports->rtcp.side = side.ports->fast.side = nullptr;
      side.ports->disconnect_fast();
    }
  }
  owner_.ports_released(*session);
}

void Worker::sweep() {
  const auto ticks = (now_.at - swept_at_) / kTick;
  if (ticks <= 0) return;
  swept_at_ = now_.at;
  const auto slices = std::min<std::size_t>(static_cast<std::size_t>(ticks), kSweepSlices);
  auto count = (sessions_.size() * slices + kSweepSlices - 1) / kSweepSlices;
  for (; count > 0; --count) {
    if (sweep_cursor_ >= sessions_.size()) sweep_cursor_ = 0;
    SessionState& session = *sessions_[sweep_cursor_++];
    for (std::size_t stream = 0; stream < session.streams; ++stream)
      for (auto& side : session.sides[stream])
        offload_.refresh(side, now_.at);
    look_at_quality(session, settings_.quality, now_.at);
    if (timeout_strikes(session, now_.at)) owner_.timeout_struck(session);
    for (std::size_t stream = 0; stream < session.streams; ++stream) {
      for (auto& side : session.sides[stream])
        settle(side);
      sweep_treatment(session, stream);
    }
  }
}

// A stream that runs gets its connected socket; short ones and silent ones are not worth the call.
void Worker::settle(Side& side) {
  offload_.consider(side, now_.at);
  const auto packets = side.counters.packets_sent.value();
  const bool runs = packets >= side.packets_at_sweep + kRunning;
  side.packets_at_sweep = packets;
  if (side.fast != Side::Fast::No || !runs || !side.to_rtp || !side.guard.settled(now_.at)) return;
  side.fast = side.ports->connect_fast(side.to_rtp) ? Side::Fast::Yes : Side::Fast::Impossible;
}

}  // namespace warp::media
