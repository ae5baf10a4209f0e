#include "warp/media/engine.h"

#include "engine_core.h"
#include "engine_session.h"

namespace warp::media {
namespace {

// What an earlier process knew of dynamic payload types is in the terms; the static ones are RFC 3551's.
std::shared_ptr<const domain::ClockRates> assumed_rates(const domain::MediaTerms* terms) {
  static const auto fixed = [] {
    auto rates = std::make_shared<domain::ClockRates>();
    for (const std::size_t type : {0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18})
      (*rates)[type] = 8000;
    return std::shared_ptr<const domain::ClockRates>(std::move(rates));
  }();
  if (terms == nullptr || terms->formats.empty()) return fixed;
  auto rates = std::make_shared<domain::ClockRates>(*fixed);
  for (const auto& format : terms->formats)
    (*rates)[format.payload_type & 0x7f] = format.clock_rate;
  if (terms->events) (*rates)[*terms->events & 0x7f] = terms->events_clock;
  return rates;
}

}  // namespace

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

Result<std::unique_ptr<Engine>, StartError> Engine::start(const Settings& settings, const Clock& clock,
                                                          metrics::Registry& registry, log::Logger* log) {
  if (!settings.v4 && !settings.v6) return StartError::NoInterface;
  if (settings.port_low == 0 || settings.port_low + settings.port_low % 2u + 1u > settings.port_high)
    return StartError::BadPortRange;
  auto core = std::make_shared<Core>(settings, clock, registry);
  if (log != nullptr)
    if (const auto error = core->start_kernel(registry, *log)) return *error;
  if (const auto error = core->start()) return *error;
  core->prioritise(log);
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
  auto state = make_session_state(request, where, std::move(on_timeout));
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
  auto state = make_session_state(request, where, std::move(on_timeout));
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
      session->remember(side, stream, kept.srtp[i]);
      session->set_remote(side, stream, kept.remotes[i], assumed_rates(kept.remotes[i].terms.get()));
      if (kept.learned[i].port != 0) session->assume(side, stream, kept.learned[i]);
    }
  return std::unique_ptr<domain::MediaSession>(std::move(session));
}

domain::MediaFingerprint Engine::fingerprint() const {
  return core_->identity != nullptr ? core_->identity->fingerprint() : domain::MediaFingerprint{};
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
