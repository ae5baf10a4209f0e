#include "engine_core.h"

#include <algorithm>
#include <system_error>

namespace warp::media {
namespace {

constexpr std::chrono::milliseconds kKeeperTick{200};

Settings sane(Settings settings) {
  settings.workers = std::max(settings.workers, 1u);
  return settings;
}

std::shared_ptr<const DtlsIdentity> identity_of(const Settings& settings, const Clock& clock) {
  return settings.identity_file.empty() ? DtlsIdentity::make()
                                        : DtlsIdentity::kept_in(settings.identity_file, clock.wall());
}

}  // namespace

Engine::Core::Core(const Settings& given, const Clock& with_clock, metrics::Registry& registry)
    : settings(sane(given)), clock(with_clock), metrics(registry), identity(identity_of(settings, clock)) {
  for (unsigned i = 0; i < settings.workers; ++i)
    workers.push_back(std::make_unique<Worker>(settings, i, clock, registry, *this));
  make_pools();
}

ControlTools Engine::Core::tools() {
  std::lock_guard guard(random_mutex_);
  return {identity, random_.next64(), clock.now()};
}

void Engine::Core::make_pools() {
  const auto place = [&](const std::optional<Interface>& interface) {
    return interface ? Place{&*interface, pool_at(interface->bind)} : Place{};
  };
  places_.push_back({place(settings.v4), place(settings.v6)});
  for (const Network& network : settings.further)
    places_.push_back({place(network.v4), place(network.v6)});
}

PortPool* Engine::Core::pool_at(const domain::IpAddress& address) {
  for (const auto& pool : pools)
    if (pool->address() == address) return pool.get();
  const auto watch = [this](PortPair& pair) { return workers[pair.worker]->watch(pair); };
  pools.push_back(std::make_unique<PortPool>(settings, address, reserved_at(address), clock,
                                             metrics.bind_failures, watch));
  return pools.back().get();
}

std::vector<std::uint16_t> Engine::Core::reserved_at(const domain::IpAddress& address) const {
  std::vector<std::uint16_t> ports;
  const Network first{settings.v4, settings.v6};
  for (const auto& reserved : settings.reserved) {
    if (reserved.network > settings.further.size()) continue;
    const Network& network = reserved.network == 0 ? first : settings.further[reserved.network - 1u];
    const auto& interface = reserved.v6 ? network.v6 : network.v4;
    if (interface && interface->bind == address) ports.push_back(reserved.port);
  }
  return ports;
}

bool Engine::Core::has_places(const domain::MediaSessionRequest& request) const {
  return std::all_of(request.sides.begin(), request.sides.end(),
                     [this](const auto& side) { return pool(side.network, side.v6) != nullptr; });
}

Engine::Core::~Core() {
  stop();
}

std::optional<StartError> Engine::Core::start() {
  for (auto& worker : workers)
    if (!worker->start()) return StartError::OutOfHandles;
  for (const auto& pool : pools)
    if (!pool->refill()) return StartError::CannotBind;
  try {
    keeper_ = std::thread([this] { keep_ports(); });
  } catch (const std::system_error&) {
    return StartError::OutOfHandles;
  }
  return std::nullopt;
}

std::optional<StartError> Engine::Core::start_kernel(metrics::Registry& registry, log::Logger& log) {
  std::vector<domain::IpAddress> addresses;
  for (const auto& pool : pools)
    addresses.push_back(pool->address());
  std::string why;
  kernel = KernelPath::start(settings.kernel, addresses, log, registry, why);
  if (kernel) {
    log.info("media.kernel_running", {{"flows_left", kernel->flows()}});
    for (auto& worker : workers)
      worker->offload_to(*kernel);
  } else if (settings.kernel.mode != KernelSettings::Mode::Off) {
    log.warning("media.kernel_unavailable", {{"reason", why}});
    if (settings.kernel.mode == KernelSettings::Mode::Required) return StartError::NoKernelPath;
  }
  return std::nullopt;
}

void Engine::Core::prioritise(log::Logger* log) {
  if (settings.realtime_priority == 0) return;
  int refused = 0;
  for (auto& worker : workers)
    if (const auto error = worker->run_before_others(settings.realtime_priority)) refused = error;
  if (refused != 0 && log != nullptr)
    log->warning("media.realtime_refused", {{"priority", settings.realtime_priority},
                                            {"reason", std::generic_category().message(refused)}});
}

void Engine::Core::free_orphans() {
  if (!kernel) return;
  behind.store(workers.size());
  for (auto& worker : workers) {
    Command command;
    command.what = Command::What::TellCaughtUp;
    worker->post(std::move(command));
  }
}

void Engine::Core::caught_up() {
  if (behind.fetch_sub(1) == 1) kernel->free_orphans();
}

void Engine::Core::stop() {
  refusing.store(true);
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  wake_keeper_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  for (auto& worker : workers)
    worker->stop();
}

void Engine::Core::keep_ports() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_keeper_.wait_for(lock, kKeeperTick, [this] { return stopping_ || nudged_; });
    if (stopping_) return;
    nudged_ = false;
    lock.unlock();
    for (const auto& pool : pools)
      pool->refill();
    lock.lock();
  }
}

void Engine::Core::nudge_keeper() {
  {
    std::lock_guard guard(mutex_);
    nudged_ = true;
  }
  wake_keeper_.notify_one();
}

Result<Worker*, domain::MediaError> Engine::Core::take_ports(const domain::MediaSessionRequest& request,
                                                             SessionState& session) {
  if (!has_places(request)) return domain::MediaError::NoAddressOfFamily;
  // The least loaded first; a session's ports all belong to one worker.
  std::size_t first = 0;
  for (std::size_t i = 1; i < workers.size(); ++i)
    if (workers[i]->load.load(std::memory_order_relaxed) <
        workers[first]->load.load(std::memory_order_relaxed))
      first = i;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const auto index = (first + i) % workers.size();
    if (!take_from(*workers[index], static_cast<unsigned>(index), request, session)) continue;
    for (const auto& side : request.sides)
      if (pool(side.network, side.v6)->wants_refill()) nudge_keeper();
    return workers[index].get();
  }
  // Ports of sessions that have just ended may lie in the queues: the next caller shall find them.
  for (auto& worker : workers)
    worker->wake();
  return domain::MediaError::PortsExhausted;
}

bool Engine::Core::take_from(Worker& worker, unsigned index, const domain::MediaSessionRequest& request,
                             SessionState& session) {
  for (std::size_t stream = 0; stream < session.streams; ++stream) {
    for (std::size_t i = 0; i < 2; ++i) {
      auto& side = session.sides[stream][i];
      side.ports = pool(request.sides[i].network, request.sides[i].v6)->take(index);
      if (side.ports != nullptr) continue;
      put_back(session, session.streams);
      return false;
    }
  }
  worker.load.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Engine::Core::put_back(SessionState& session, std::size_t streams) {
  for (std::size_t taken = 0; taken < streams; ++taken)
    for (auto& given : session.sides[taken]) {
      if (given.ports != nullptr) given.ports->pool->put_back(given.ports);
      given.ports = nullptr;
    }
}

Result<Worker*, domain::MediaError> Engine::Core::take_ports(const domain::MediaMemory& memory,
                                                             SessionState& session) {
  if (!has_places(memory.request)) return domain::MediaError::NoAddressOfFamily;
  std::size_t index = 0;
  for (std::size_t i = 1; i < workers.size(); ++i)
    if (workers[i]->load.load(std::memory_order_relaxed) <
        workers[index]->load.load(std::memory_order_relaxed))
      index = i;
  for (std::size_t stream = 0; stream < session.streams; ++stream)
    for (std::size_t i = 0; i < 2; ++i) {
      auto& side = session.sides[stream][i];
      side.ports = pool(memory.request.sides[i].network, memory.request.sides[i].v6)
                       ->take_exact(static_cast<unsigned>(index), memory.streams[stream].ports[i]);
      if (side.ports != nullptr) continue;
      put_back(session, session.streams);
      return domain::MediaError::PortsExhausted;
    }
  workers[index]->load.fetch_add(1, std::memory_order_relaxed);
  return workers[index].get();
}

bool Engine::Core::take_stream(SessionState& session, std::size_t stream) {
  auto& sides = session.sides[stream];
  for (std::size_t i = 0; i < 2; ++i) {
    const PortPair& first = *session.sides[0][i].ports;
    sides[i].ports = first.pool->take(first.worker);
    if (sides[i].ports != nullptr) continue;
    if (sides[0].ports != nullptr) sides[0].ports->pool->put_back(sides[0].ports);
    sides[0].ports = nullptr;
    return false;
  }
  return true;
}

void Engine::Core::ports_released(SessionState& session) {
  for (std::size_t stream = 0; stream < session.streams; ++stream)
    for (auto& side : session.sides[stream])
      side.ports->pool->release(side.ports);
}

void Engine::Core::timeout_struck(SessionState& session) {
  metrics.timeouts.add();
  TimeoutGate::strike(session.gate);
}

}  // namespace warp::media
