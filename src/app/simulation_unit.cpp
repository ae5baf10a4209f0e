#include "app/simulation_unit.h"

#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "warp/net/quietly.h"
#include "warp/routing/simulation.h"
#include "warp/store/catalogue_repository.h"
#include "warp/store/jobs.h"
#include "warp/store/simulation.h"

namespace warp::app {

namespace asio = boost::asio;

namespace {

using Json = nlohmann::ordered_json;
using Groups = routing::Simulation::Groups;

constexpr std::chrono::seconds kSimulationsEvery{2};
constexpr std::uint32_t kBatch = 2'000;
constexpr std::string_view kSimulation = "simulation";
// Of each kind of group; the result is kept in one row.
constexpr std::size_t kMostGroups = 1'000;

store::Actor daemon_actor() {
  return {"warpd", "", std::nullopt};
}

std::optional<WallTime> time_of(const Json& request, const char* name) {
  const auto found = request.find(name);
  if (found == request.end() || !found->is_string()) return std::nullopt;
  // "2025-06-15T12:00:00.000000Z"
  const auto text = found->get<std::string>();
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(text.c_str(), "%d-%u-%uT%u:%u:%u", &year, &month, &day, &hour, &minute, &second) != 6)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

template <class Id>
std::optional<Id> id_of(const Json& request, const char* name) {
  const auto found = request.find(name);
  return found != request.end() && found->is_string() ? Id::parse(found->get<std::string>()) : std::nullopt;
}

template <class T>
std::optional<T> value_of(const Json& request, const char* name) {
  const auto found = request.find(name);
  if (found == request.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

std::optional<Money> money_of(const Json& request, const char* name) {
  const auto found = request.find(name);
  if (found == request.end() || found->is_null()) return std::nullopt;
  return Money::parse(found->is_string() ? found->get<std::string>() : found->dump());
}

routing::SimulatedChange change_of(const Json& request) {
  routing::SimulatedChange change;
  change.plan = id_of<RatePlanId>(request, "rate_plan_id");
  change.partition = id_of<PartitionId>(request, "partition_id");
  change.minimum_margin = money_of(request, "minimum_margin");
  change.minimum_margin_e9 = value_of<std::int64_t>(request, "minimum_margin_e9");
  change.route = id_of<RouteId>(request, "route_id");
  change.enabled = value_of<bool>(request, "enabled");
  change.priority = value_of<int>(request, "priority");
  change.weight = value_of<int>(request, "weight");
  return change;
}

Json show(const std::map<std::string, routing::SimulatedMoney>& sums) {
  auto out = Json::object();
  for (const auto& [currency, money] : sums) {
    out[currency]["before"] = money.before.to_string();
    out[currency]["after"] = money.after.to_string();
  }
  return out;
}

Json show(const routing::Simulation::Group& group) {
  Json out;
  out["calls"] = group.calls;
  out["moved"] = group.moved;
  out["refused"] = group.refused;
  out["admitted"] = group.admitted;
  out["price"] = show(group.price);
  out["cost"] = show(group.cost);
  return out;
}

Json show(const Groups& groups) {
  auto out = Json::object();
  for (const auto& [name, group] : groups) {
    if (out.size() == kMostGroups) break;
    out[name] = show(group);
  }
  return out;
}

std::string result_of(const routing::Simulation& simulation) {
  Json out;
  out["total"] = show(simulation.total());
  out["customers"] = show(simulation.customers());
  out["providers"] = show(simulation.providers());
  out["prefixes"] = show(simulation.prefixes());
  out["overflowed"] = simulation.overflowed();
  return out.dump();
}

struct Worlds {
  std::shared_ptr<const routing::Snapshot> before, after;
};

// The lines are let go as soon as they are compiled.
std::optional<Worlds> compile(std::shared_ptr<const domain::Catalogue> catalogue,
                              const routing::SimulatedChange& change, Currency base) {
  Worlds worlds;
  auto changed = *catalogue;
  if (!routing::apply(change, changed)) return std::nullopt;
  const routing::SnapshotLimits limits{.cost_table_octets = std::nullopt, .at = std::nullopt, .base = base};
  worlds.before = routing::Snapshot::compile(*catalogue, nullptr, limits);
  worlds.after = routing::Snapshot::compile(std::move(changed), worlds.before.get(), limits);
  return worlds;
}

void add_calls(routing::Simulation& simulation, const std::vector<store::PastCall>& calls) {
  for (const auto& call : calls) {
    domain::CallNumbers numbers;
    numbers.jurisdiction = call.jurisdiction;
    numbers.routing = call.routing;
    numbers.rated = call.rated;
    routing::SimulatedCall one;
    one.trunk = call.trunk;
    one.ani = call.ani;
    one.dni = call.dni;
    one.numbers = call.known ? &numbers : nullptr;
    one.when = call.setup_at;
    one.duration = std::chrono::microseconds(call.duration_us);
    one.answered = call.answered;
    one.random = std::hash<Uuid>{}(call.id);
    simulation.add(one);
  }
}

}  // namespace

struct SimulationUnit::Impl {
  Impl(const Config& config, const UnitNeeds& given)
      : needs(given),
        node(config.messaging.node),
        base(Currency::parse(config.rating.base_currency).value_or(Currency{})),
        jobs(given.pool),
        repository(given.pool),
        catalogues(given.pool, given.clock),
        timer(given.control.context()) {}

  asio::awaitable<void> work();
  asio::awaitable<void> run(store::Job job);
  // The reason why it could not be made; empty: `result` is there.
  asio::awaitable<std::string> simulate(const store::Job& job, std::string& result);
  asio::awaitable<std::string> replay(Uuid job, const Worlds& worlds, WallTime from, WallTime to,
                                      std::string& result);

  UnitNeeds needs;
  const std::string node;
  const Currency base;  // of the rates of exchange
  store::JobRepository jobs;
  store::SimulationRepository repository;
  store::CatalogueRepository catalogues;
  asio::steady_timer timer;
  asio::thread_pool worker{1};  // calls are decided beside the control loop
  bool stopping = false;
};

asio::awaitable<std::string> SimulationUnit::Impl::replay(Uuid job, const Worlds& worlds, WallTime from,
                                                          WallTime to, std::string& result) {
  const auto total = co_await repository.count(daemon_actor(), from, to);
  if (!total) co_return total.error().message;
  routing::Simulation simulation(*worlds.before, *worlds.after);
  std::uint64_t done = 0;
  WallTime after = from - std::chrono::microseconds(1);
  Uuid after_id{};
  for (;;) {
    const auto calls = co_await repository.calls(daemon_actor(), from, to, after, after_id, kBatch);
    if (!calls) co_return calls.error().message;
    if (calls->empty()) break;
    auto body = [](routing::Simulation& into,
                   const std::vector<store::PastCall>& some) -> asio::awaitable<void> {
      add_calls(into, some);
      co_return;
    };
    auto task = body(simulation, *calls);
    co_await asio::co_spawn(worker.get_executor(), std::move(task), asio::use_awaitable);
    done += calls->size();
    after = calls->back().setup_at;
    after_id = calls->back().id;
    const auto goes_on = co_await jobs.progress(job, done, *total);
    if (!goes_on || !*goes_on || stopping) co_return std::string("it was ended before its last call");
  }
  result = result_of(simulation);
  co_return std::string();
}

asio::awaitable<std::string> SimulationUnit::Impl::simulate(const store::Job& job, std::string& result) {
  const auto request = Json::parse(job.request, nullptr, false);
  if (!request.is_object()) co_return std::string("the request is not to be understood");
  const auto from = time_of(request, "from"), to = time_of(request, "to");
  if (!from || !to) co_return std::string("from and to are needed");
  auto change = change_of(request);
  if (const auto import_id = id_of<StrongId<struct ImportTag>>(request, "deck_import_id")) {
    auto deck = co_await repository.imported(daemon_actor(), import_id->value);
    if (!deck) co_return std::string("there is no such import with lines");
    change.plan = deck->plan;
    change.rates = deck->rates;
  }
  auto catalogue = co_await catalogues.load(nullptr);
  if (!catalogue) co_return catalogue.error().message;
  auto body = [](std::shared_ptr<const domain::Catalogue> rows, routing::SimulatedChange what,
                 Currency in) -> asio::awaitable<std::optional<Worlds>> {
    co_return compile(std::move(rows), what, in);
  };
  auto task = body(std::move(*catalogue), change, base);
  const auto worlds = co_await asio::co_spawn(worker.get_executor(), std::move(task), asio::use_awaitable);
  if (!worlds) co_return std::string("the plan, partition or route is not there");
  co_return co_await replay(job.id, *worlds, *from, *to, result);
}

asio::awaitable<void> SimulationUnit::Impl::run(store::Job job) {
  std::string result = "{}";
  const auto error = co_await simulate(job, result);
  const auto finished = co_await jobs.finish(job.id, result, error);
  if (!finished)
    needs.log.warning("app.simulation_lost",
                      {{"job", job.id.to_string()}, {"error", finished.error().message}});
}

asio::awaitable<void> SimulationUnit::Impl::work() {
  while (!stopping) {
    auto job = co_await jobs.take(std::string(kSimulation), node);
    if (stopping) co_return;
    if (job && *job) {
      co_await run(std::move(**job));
      continue;
    }
    timer.expires_after(kSimulationsEvery);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

SimulationUnit::SimulationUnit(const Config& config, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, needs)) {}

SimulationUnit::~SimulationUnit() = default;

void SimulationUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("simulation", impl_->work());
}

asio::awaitable<void> SimulationUnit::stop() {
  impl_->stopping = true;
  impl_->timer.cancel();
  co_return;
}

}  // namespace warp::app
