#include "app/imports_unit.h"

#include <atomic>
#include <filesystem>
#include <functional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/api/deck_mapping.h"
#include "warp/net/quietly.h"
#include "warp/store/deck_imports.h"
#include "warp/store/fx.h"
#include "warp/store/jobs.h"
#include "warp/store/rate_plans.h"
#include "warp/store/schedules.h"

#include "app/deck_loading.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::milliseconds kImportsEvery{500};
constexpr std::chrono::seconds kBeat{1};
constexpr std::uint32_t kMostRates = 10'000;

// How far a job is; written by the pool's strand, read by the beat.
struct Progress {
  std::atomic<std::uint64_t> done{0}, total{0};
  std::atomic<bool> over{false}, cancelled{false};
};

asio::awaitable<void> call(std::function<void()> work) {
  work();
  co_return;
}

store::Actor ourselves() {
  store::Actor actor;
  actor.who = "warpd";
  return actor;
}

// What the file is refused for, when it is not the file's own faults.
rating::DeckCsvError one_fault(std::string problem, std::string cure) {
  rating::DeckCsvError faults;
  faults.total = 1;
  rating::DeckCsvIssue issue;
  issue.problem = std::move(problem);
  issue.cure = std::move(cure);
  faults.issues.push_back(std::move(issue));
  return faults;
}

domain::RatePlan terms_of(const store::RatePlan& plan) {
  domain::RatePlan out;
  out.id = plan.id;
  out.name = plan.name;
  out.kind = plan.kind;
  out.currency = plan.currency;
  return out;
}

}  // namespace

struct ImportsUnit::Impl {
  Impl(const Config& config, const UnitNeeds& given)
      : needs(given),
        folder(config.rating.import_folder),
        node(config.messaging.node),
        kind("deck_import@" + node),
        base(Currency::parse(config.rating.base_currency).value_or(Currency{})),
        imports(given.pool),
        jobs(given.pool),
        plans(given.pool),
        schedules(given.pool),
        rates(given.pool),
        due(given.control.context()) {}

  void prepare_folder();
  asio::awaitable<void> work();
  asio::awaitable<void> beat(Uuid job, std::shared_ptr<Progress> progress);
  asio::awaitable<void> load(store::Job job);
  // Nothing: done, or to be tried again after the job's lease. Else what the file is refused for.
  store::Task<std::optional<rating::DeckCsvError>> take_in(store::DeckImport import,
                                                           std::shared_ptr<Progress> progress);
  store::Task<LoadedDeck> read(store::DeckImport import, rating::DeckMapping mapping);
  store::Task<std::string> compare(store::DeckImport import, store::DeckLines lines);
  asio::awaitable<void> on_worker(std::function<void()> job);
  std::string path_of(const Uuid& import) const { return folder + '/' + import.to_string() + ".csv"; }

  UnitNeeds needs;
  const std::string folder, node, kind;
  const Currency base;
  store::DeckImportRepository imports;
  store::JobRepository jobs;
  store::RatePlanRepository plans;
  store::ScheduleRepository schedules;
  store::FxRepository rates;
  asio::steady_timer due;
  bool stopping = false;
  net::TaskGroup* tasks = nullptr;
  asio::thread_pool worker{1};
};

// What uploads of an earlier process left half-way.
void ImportsUnit::Impl::prepare_folder() {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().filename().string().starts_with("upload-")) std::filesystem::remove(entry.path(), error);
  if (error)
    needs.log.warning("imports.folder", {{"folder", folder},
                                         {"error", error.message()},
                                         {"effect", "decks are taken in by POST …/rates alone"}});
}

asio::awaitable<void> ImportsUnit::Impl::on_worker(std::function<void()> job) {
  auto task = call(std::move(job));
  co_await asio::co_spawn(worker.get_executor(), std::move(task), asio::use_awaitable);
}

asio::awaitable<void> ImportsUnit::Impl::work() {
  while (!stopping) {
    auto job = co_await jobs.take(kind, node);
    if (job && *job) {
      co_await load(std::move(**job));
      continue;
    }
    due.expires_after(kImportsEvery);
    const auto [error] = co_await due.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

asio::awaitable<void> ImportsUnit::Impl::beat(Uuid job, std::shared_ptr<Progress> progress) {
  asio::steady_timer timer(needs.control.context());
  while (!progress->over && !stopping) {
    const auto going = co_await jobs.progress(job, progress->done, progress->total);
    if (going && !*going) progress->cancelled = true;
    timer.expires_after(kBeat);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    static_cast<void>(error);
  }
}

asio::awaitable<void> ImportsUnit::Impl::load(store::Job job) {
  const auto request = api::parse_json(job.request).value_or(api::Json::object());
  const auto id = Uuid::parse(request.value("import", std::string())).value_or(Uuid{});
  const auto import = co_await imports.get(ourselves(), id);
  if (!import || import->state != "loading") {
    const auto ended = co_await jobs.finish(job.id, "{}", "the import is not waiting for its file");
    static_cast<void>(ended);
    co_return;
  }
  const auto progress = std::make_shared<Progress>();
  tasks->spawn("imports.beat", beat(job.id, progress));
  const auto taken = co_await take_in(*import, progress);
  progress->over = true;
  if (!taken) {
    // The job's lease runs out, and it is taken again.
    needs.log.warning("imports.failed", {{"import", id.to_string()}, {"error", taken.error().message}});
    co_return;
  }
  std::string error;
  if (*taken) {
    error = std::to_string((*taken)->total) + " faults in the file; nothing was changed";
    const auto refused = co_await imports.refuse(id, faults_json(**taken));
    if (!refused) co_return;
  }
  const auto ended = co_await jobs.finish(job.id, job.request, error);
  static_cast<void>(ended);
  std::error_code ignored;
  std::filesystem::remove(path_of(id), ignored);
}

store::Task<LoadedDeck> ImportsUnit::Impl::read(store::DeckImport import, rating::DeckMapping mapping) {
  const auto known = co_await schedules.list(ourselves());
  if (!known) co_return known.error();
  rating::DeckCsvSettings settings;
  settings.mapping = std::move(mapping);
  for (const auto& schedule : *known)
    settings.schedules.emplace(schedule.row.name, schedule.row.id);
  AreaTable prefixes;
  LoadedDeck deck;
  const auto path = path_of(import.id);
  std::function<void()> once = [&] { deck = read_deck(path, settings, prefixes); };
  co_await on_worker(once);
  if (deck.areas.empty()) co_return std::move(deck);
  for (const auto& area : deck.areas) {
    auto found = co_await imports.prefixes_of(area.state, area.lata, area.ocn, area.rate_centre);
    if (!found) co_return found.error();
    prefixes.emplace(key_of(area), std::move(*found));
  }
  co_await on_worker(once);
  co_return std::move(deck);
}

store::Task<std::string> ImportsUnit::Impl::compare(store::DeckImport import, store::DeckLines lines) {
  DeckComparison with;
  with.at = needs.clock.wall();
  with.before = std::make_shared<const std::vector<domain::Rate>>();
  const auto plan = co_await plans.get(ourselves(), import.plan);
  if (!plan) co_return plan.error();
  with.plan = terms_of(*plan);
  if (plan->deck) {
    auto before = co_await plans.lines_of(ourselves(), *plan->deck);
    if (!before) co_return before.error();
    with.before = std::move(*before);
  }
  store::Page page;
  page.per_page = kMostRates;
  const auto all = co_await plans.list(ourselves(), page);
  if (!all) co_return all.error();
  for (const auto& one : all->items)
    with.plans.push_back(terms_of(one));
  const auto fx = co_await rates.list(ourselves(), page);
  if (!fx) co_return fx.error();
  std::vector<domain::FxRow> rows;
  for (const auto& rate : fx->items)
    rows.push_back(rate.row);
  with.fx = rating::FxTable(std::move(rows), base);
  with.snapshot = needs.snapshots.current();
  std::string text;
  std::function<void()> work = [&] { text = compare_json(with, *lines); };
  co_await on_worker(work);
  co_return text;
}

store::Task<std::optional<rating::DeckCsvError>> ImportsUnit::Impl::take_in(
    store::DeckImport import, std::shared_ptr<Progress> progress) {
  using Faults = std::optional<rating::DeckCsvError>;
  const auto given = api::parse_json(import.mapping).value_or(api::Json::object());
  auto mapping = api::read_deck_mapping(given);
  if (!mapping)
    co_return Faults(
        one_fault("the mapping is not sound: " + mapping.error(), "put it again and upload again"));
  auto deck = co_await read(import, std::move(*mapping));
  if (!deck) co_return deck.error();
  if (!deck->lines) co_return Faults(std::move(deck->faults));
  const auto lines = std::make_shared<const std::vector<domain::Rate>>(std::move(*deck->lines));
  progress->total = lines->size();
  const auto diff = co_await compare(import, lines);
  if (!diff) co_return diff.error();
  std::function<bool(domain::Rate&)> next = [lines, progress,
                                             at = std::size_t{0}](domain::Rate& out) mutable {
    if (at == lines->size()) return false;
    out = (*lines)[at++];
    progress->done.store(at, std::memory_order_relaxed);
    return true;
  };
  const auto loaded = co_await plans.load(ourselves(), import.plan, std::move(next), import.source);
  if (!loaded) {
    const auto& error = loaded.error();
    const bool lasting = error.kind == store::ErrorKind::Duplicate || error.kind == store::ErrorKind::Invalid;
    if (!lasting) co_return error;
    co_return Faults(
        one_fault("the database refuses a line: " + error.constraint, "look for extreme values"));
  }
  if (progress->cancelled) co_return Faults(one_fault("the job was cancelled", "upload it again"));
  const auto ready = co_await imports.ready(import.id, *loaded, lines->size(), *diff);
  if (!ready) co_return ready.error();
  co_return Faults();
}

ImportsUnit::ImportsUnit(const Config& config, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, needs)) {}

ImportsUnit::~ImportsUnit() {
  impl_->worker.join();
}

void ImportsUnit::start(net::TaskGroup& tasks) {
  if (impl_->folder.empty()) return;
  impl_->tasks = &tasks;
  impl_->prepare_folder();
  tasks.spawn("imports", impl_->work());
}

boost::asio::awaitable<void> ImportsUnit::stop() {
  impl_->stopping = true;
  impl_->due.cancel();
  co_return;
}

}  // namespace warp::app
