#include "warp/media/engine.h"

#include <algorithm>

#include "engine_core.h"

namespace warp::media {

std::string_view to_string(StartError error) {
  switch (error) {
    case StartError::NoInterface:
      return "no media interface is configured";
    case StartError::BadPortRange:
      return "the media port range holds no pair";
    case StartError::CannotBind:
      return "no media port can be bound on the configured address";
    case StartError::OutOfHandles:
      return "no more descriptors or threads";
    case StartError::NoKernelPath:
      return "the kernel path is required and cannot be had";
  }
  return "unknown";
}

namespace {

void join_sides(SessionState& state, std::size_t stream, const domain::MediaSessionRequest& request) {
  auto& sides = state.sides.make(stream);
  for (std::size_t i = 0; i < 2; ++i) {
    sides[i].session = &state;
    sides[i].peer = &sides[1 - i];
    sides[i].symmetric = request.sides[i].symmetric_rtp;
    sides[i].network = request.sides[i].network;
  }
}

std::unique_ptr<SessionState> make_state(const domain::MediaSessionRequest& request, Executor& where,
                                         std::function<void()> on_timeout) {
  auto state = std::make_unique<SessionState>();
  state->streams = std::clamp<std::uint8_t>(request.streams, 1, domain::MediaSession::kMaxStreams);
  state->timeout = request.timeout;
  state->gate = std::make_shared<TimeoutGate>(where, std::move(on_timeout));
  for (std::size_t stream = 0; stream < state->streams; ++stream)
    join_sides(*state, stream, request);
  return state;
}

}  // namespace

// `streams_`, `call_` and `remotes_` are this thread's own: the state's number of streams is the worker's.
class Engine::Session final : public domain::MediaSession {
 public:
  Session(std::shared_ptr<Core> core, Worker& worker, CallId call, std::unique_ptr<SessionState> state)
      : core_(std::move(core)),
        worker_(worker),
        call_(call),
        state_(std::move(state)),
        streams_(state_->streams),
        remotes_(streams_) {
    Command attach;
    attach.what = Command::What::Attach;
    attach.session = state_.get();
    worker_.post(std::move(attach));
    core_->open_sessions.fetch_add(1, std::memory_order_relaxed);
  }

  ~Session() override {
    state_->gate->close();
    for (std::size_t stream = 0; stream < streams_; ++stream)
      pause_flows(side(domain::MediaSide::A, stream), core_->kernel.get());
    Command detach;
    detach.what = Command::What::Detach;
    detach.farewell = std::move(state_);
    worker_.load.fetch_sub(1, std::memory_order_relaxed);
    worker_.post(std::move(detach));
    core_->open_sessions.fetch_sub(1, std::memory_order_relaxed);
  }

  domain::MediaStreamLocal local(domain::MediaSide which, std::size_t stream) const override {
    if (stream >= streams_) return {};
    const Side& own = side(which, stream);
    return {{core_->advertised(own.network, own.ports->rtp.v6), own.ports->number}};
  }

  void set_remote(domain::MediaSide which, std::size_t stream, const domain::MediaStreamRemote& remote,
                  std::shared_ptr<const domain::ClockRates> clock_rates) override {
    if (stream >= streams_) return;
    remotes_[stream][static_cast<std::size_t>(which)] = remote;
    pause_flows(side(which, stream), core_->kernel.get());
    Command command = command_for(Command::What::SetRemote, which, stream);
    command.remote = remote;
    command.clock_rates = std::move(clock_rates);
    worker_.post(std::move(command));
  }

  bool grow(std::size_t streams) override {
    if (streams > kMaxStreams) return false;
    const std::size_t before = streams_;
    const auto request = this->request();
    for (std::size_t stream = before; stream < streams; ++stream) {
      join_sides(*state_, stream, request);
      if (core_->take_stream(*state_, stream)) continue;
      state_->sides.drop(stream);
      for (std::size_t taken = before; taken < stream; ++taken) {
        for (auto& side : state_->sides[taken])
          side.ports->pool->put_back(side.ports);
        state_->sides.drop(taken);
      }
      return false;
    }
    if (streams <= before) return true;
    streams_ = streams;
    remotes_.resize(streams);
    Command command;
    command.what = Command::What::Grow;
    command.session = state_.get();
    command.stream = static_cast<std::uint8_t>(streams);
    worker_.post(std::move(command));
    return true;
  }

  // Before anything else is told.
  void assume(domain::MediaSide which, std::size_t stream, const domain::SocketAddress& learned) {
    Command command = command_for(Command::What::Learned, which, stream);
    command.remote.rtp = learned;
    worker_.post(std::move(command));
  }

  domain::MediaStatistics statistics() const override {
    domain::MediaStatistics out;
    for (std::size_t i = 0; i < 2; ++i) {
      auto& leg = out.sides[i];
      for (std::size_t stream = 0; stream < streams_; ++stream) {
        const auto totals = totals_of(state_->sides[stream][i], core_->kernel.get());
        leg.packets_received += totals.packets_received;
        leg.octets_received += totals.octets_received;
        out.sides[1 - i].packets_sent += totals.packets_passed_on;
        out.sides[1 - i].octets_sent += totals.octets_passed_on;
      }
      const auto& first = state_->sides[0][i].counters;
      leg.packets_lost = first.lost.value();
      leg.jitter_us = static_cast<std::uint32_t>(first.jitter_us.value());
      if (const auto rtt = first.rtt_us.value(); rtt != SideCounters::kUnknown)
        leg.rtt_us = static_cast<std::uint32_t>(rtt);
      if (const auto loss = first.remote_loss_percent.value(); loss != SideCounters::kUnknown)
        leg.remote_loss_percent = static_cast<std::uint8_t>(loss);
    }
    return out;
  }

  domain::MediaMemory memory() const override {
    domain::MediaMemory out;
    out.request = request();
    for (std::size_t stream = 0; stream < streams_; ++stream) {
      auto& kept = out.streams.emplace_back();
      for (std::size_t i = 0; i < 2; ++i) {
        const Side& side = state_->sides[stream][i];
        kept.ports[i] = side.ports->number;
        kept.remotes[i] = remotes_[stream][i];
        if (side.symmetric) kept.learned[i] = side.learned.get();
      }
    }
    return out;
  }

 private:
  const Side& side(domain::MediaSide which, std::size_t stream) const {
    return state_->sides[stream][static_cast<std::size_t>(which)];
  }
  Command command_for(Command::What what, domain::MediaSide which, std::size_t stream) const {
    Command command;
    command.what = what;
    command.session = state_.get();
    command.side = static_cast<std::uint8_t>(which);
    command.stream = static_cast<std::uint8_t>(stream);
    return command;
  }
  // As it was asked for, but for the streams that came later. What is read here never changes.
  domain::MediaSessionRequest request() const {
    domain::MediaSessionRequest request;
    request.call = call_;
    request.streams = static_cast<std::uint8_t>(streams_);
    for (std::size_t i = 0; i < 2; ++i) {
      const Side& side = state_->sides[0][i];
      request.sides[i] = {side.ports->rtp.v6, side.symmetric, side.network};
    }
    request.timeout = state_->timeout;
    return request;
  }

  const std::shared_ptr<Core> core_;
  Worker& worker_;
  const CallId call_;
  std::unique_ptr<SessionState> state_;
  std::size_t streams_;
  std::vector<std::array<domain::MediaStreamRemote, 2>> remotes_;
};

Result<std::unique_ptr<Engine>, StartError> Engine::start(const Settings& settings, const Clock& clock,
                                                          metrics::Registry& registry, log::Logger* log) {
  if (!settings.v4 && !settings.v6) return StartError::NoInterface;
  if (settings.port_low == 0 || settings.port_low + settings.port_low % 2u + 1u > settings.port_high)
    return StartError::BadPortRange;
  auto core = std::make_shared<Core>(settings, clock, registry);
  if (log != nullptr)
    if (const auto error = core->start_kernel(registry, *log)) return *error;
  if (const auto error = core->start()) return *error;
  registry.on_scrape([&registry, weak = std::weak_ptr(core)] {
    const auto alive = weak.lock();
    if (!alive) return;
    alive->metrics.sessions.set(static_cast<double>(alive->open_sessions.load(std::memory_order_relaxed)));
    for (const auto& pool : alive->pools) {
      const auto usage = pool->usage();
      const bool v6 = pool->address().v6;
      // The address is said of further networks' alone, so that a plain set-up has one series a state.
      const bool further = pool.get() != alive->pool(0, v6);
      const auto set = [&](const char* state, std::size_t count) {
        metrics::Labels labels{{"family", v6 ? "ipv6" : "ipv4"}, {"state", state}};
        if (further) labels.emplace_back("address", pool->address().to_string());
        registry.gauge("warp_media_port_pairs", "Port pairs of the range, by family and state.", labels)
            .set(static_cast<double>(count));
      };
      set("in_use", usage.in_use);
      set("resting", usage.resting);
      set("ready", usage.ready);
      set("unbound", usage.unbound);
    }
  });
  return std::unique_ptr<Engine>(new Engine(std::move(core)));
}

Engine::Engine(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Engine::~Engine() {
  core_->stop();
}

Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> Engine::open(
    const domain::MediaSessionRequest& request, Executor& where, std::function<void()> on_timeout) {
  if (core_->refusing.load(std::memory_order_relaxed)) {
    core_->metrics.sessions_refused.add();
    return domain::MediaError::Stopping;
  }
  auto state = make_state(request, where, std::move(on_timeout));
  const auto worker = core_->take_ports(request, *state);
  if (!worker) {
    core_->metrics.sessions_refused.add();
    return worker.error();
  }
  core_->metrics.sessions_opened.add();
  return std::unique_ptr<domain::MediaSession>(new Session(core_, **worker, request.call, std::move(state)));
}

Result<std::unique_ptr<domain::MediaSession>, domain::MediaError> Engine::reopen(
    const domain::MediaMemory& memory, Executor& where, std::function<void()> on_timeout) {
  auto request = memory.request;
  request.streams = static_cast<std::uint8_t>(memory.streams.size());
  auto state = make_state(request, where, std::move(on_timeout));
  const auto worker = memory.streams.size() == state->streams
                          ? core_->take_ports(memory, *state)
                          : Result<Worker*, domain::MediaError>(domain::MediaError::PortsExhausted);
  if (!worker) {
    core_->metrics.sessions_refused.add();
    return worker.error();
  }
  core_->metrics.sessions_opened.add();
  auto session = std::make_unique<Session>(core_, **worker, request.call, std::move(state));
  for (std::size_t stream = 0; stream < memory.streams.size(); ++stream)
    for (const auto side : {domain::MediaSide::A, domain::MediaSide::B}) {
      const auto& kept = memory.streams[stream];
      const auto i = static_cast<std::size_t>(side);
      session->set_remote(side, stream, kept.remotes[i], nullptr);
      if (kept.learned[i].port != 0) session->assume(side, stream, kept.learned[i]);
    }
  return std::unique_ptr<domain::MediaSession>(std::move(session));
}

void Engine::free_reserved() {
  for (const auto& pool : core_->pools)
    pool->free_reserved();
  core_->free_orphans();
}

void Engine::refuse_new() {
  core_->refusing.store(true);
}

std::size_t Engine::sessions() const {
  return core_->open_sessions.load(std::memory_order_relaxed);
}

PortUsage Engine::ports(bool v6, unsigned network) const {
  const PortPool* pool = core_->pool(network, v6);
  return pool == nullptr ? PortUsage{} : pool->usage();
}

}  // namespace warp::media
