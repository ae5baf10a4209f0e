#include "app/numbers_unit.h"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/integrations/telique.h"
#include "warp/net/quietly.h"
#include "warp/numbering/line_kind.h"
#include "warp/pg/listener.h"
#include "warp/store/number_data.h"

#include "app/connection_strings.h"
#include "app/number_sync.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kNumbersSettle{20}, kNumbersRetry{1'000};
constexpr std::chrono::seconds kNumbersEvery{30};

using Places = std::shared_ptr<const numbering::Table>;

domain::LineKind kind_of(const std::string& name) {
  return numbering::parse_kind(name).value_or(domain::LineKind::Unknown);
}

Places compile(store::NumberData data) {
  numbering::Table::Source source;
  source.version = data.version;
  source.blocks.reserve(data.blocks.size());
  for (auto& row : data.blocks)
    source.blocks.push_back({row.npanxx, row.block, std::move(row.state), std::move(row.ocn),
                             std::move(row.rate_centre), row.lata, kind_of(row.kind)});
  data.blocks = {};
  for (auto& row : data.prefixes)
    source.countries.push_back({std::move(row.prefix), std::move(row.country), kind_of(row.kind)});
  for (auto& row : data.areas)
    source.local_pairs.emplace_back(std::move(row.rate_centre), std::move(row.also));
  return numbering::Table::compile(std::move(source));
}

asio::awaitable<Places> compile_on(asio::any_io_executor builder, std::shared_ptr<store::NumberData> data) {
  auto body = [](std::shared_ptr<store::NumberData> from) -> asio::awaitable<Places> {
    co_return compile(std::move(*from));
  };
  auto task = body(std::move(data));
  co_return co_await asio::co_spawn(builder, std::move(task), asio::use_awaitable);
}

std::unique_ptr<http::PooledClient> make_client(const Config::Numbers::Telique& telique) {
  http::PooledClientSettings settings;
  settings.url = telique.url;
  settings.ca_file = telique.ca_file;
  settings.connections = telique.connections;
  settings.timeout = telique.timeout;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto client = http::PooledClient::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see numbers.telique");
  return std::move(*client);
}

integrations::TeliqueSettings settings_of(const Config::Numbers::Telique& telique) {
  integrations::TeliqueSettings settings;
  settings.token = telique.token.value;
  settings.calls_per_second = telique.calls_per_second;
  settings.breaker_failures = telique.breaker_failures;
  settings.breaker_rest = telique.breaker_rest;
  settings.timeout = telique.timeout;
  settings.cache = telique.cache;
  settings.cnam_cache = telique.cnam_cache;
  settings.cache_entries = telique.cache_entries;
  return settings;
}

// What asks the service, when there is one.
struct Telique {
  Telique(const Config& config, const UnitNeeds& needs)
      : client(make_client(config.numbers.telique), settings_of(config.numbers.telique), needs.clock,
               needs.log, needs.metrics),
        lookup(client, settings_of(config.numbers.telique), needs.control.context().get_executor(),
               needs.clock, needs.log, needs.metrics),
        sync(client, needs.pool, config.messaging.node, "telique " + config.numbers.telique.url, needs.clock,
             needs.log) {}
  integrations::TeliqueClient client;
  integrations::TeliqueLookup lookup;
  NumberSync sync;
};

}  // namespace

struct NumbersUnit::Impl {
  Impl(const Config& config, const UnitNeeds& needs)
      : log(needs.log),
        counts(needs.metrics),
        repository(needs.pool),
        due(needs.control.context()),
        listener(needs.control.context().get_executor(),
                 {.conninfo = conninfo(config), .channels = {"warp_catalogue"}},
                 {.on_notify = [this](std::string_view, std::string_view) { wake(); },
                  .on_connect = [this] { wake(); }},
                 needs.metrics, needs.log),
        telique(config.numbers.telique.url.empty() ? nullptr : std::make_unique<Telique>(config, needs)) {}
  ~Impl() {
    builder.stop();
    builder.join();
  }

  void wake() {
    wanted = true;
    due.cancel();
  }
  asio::awaitable<void> pause(std::chrono::milliseconds delay);
  asio::awaitable<void> follow();
  asio::awaitable<bool> refresh();

  log::Logger& log;
  integrations::TeliqueMetrics counts;  // there, though nobody is asked
  store::NumberDataRepository repository;
  numbering::TableHolder places;
  asio::thread_pool builder{1};
  asio::steady_timer due;
  pg::Listener listener;
  const std::unique_ptr<Telique> telique;  // null: nothing is looked up
  bool wanted = true, stopping = false, failing = false;
};

// Until `delay` has passed, or something changed.
asio::awaitable<void> NumbersUnit::Impl::pause(std::chrono::milliseconds delay) {
  due.expires_after(delay);
  const auto [error] = co_await due.async_wait(net::kQuietly);
  static_cast<void>(error);
}

asio::awaitable<void> NumbersUnit::Impl::follow() {
  while (!stopping) {
    if (!wanted) {
      auto idle = pause(kNumbersEvery);
      co_await std::move(idle);
    }
    if (stopping) co_return;
    auto settling = pause(kNumbersSettle);
    co_await std::move(settling);
    wanted = false;
    auto refreshing = refresh();
    const bool done = co_await std::move(refreshing);
    if (done || stopping) continue;
    auto resting = pause(kNumbersRetry);
    co_await std::move(resting);
    wanted = true;
  }
}

asio::awaitable<bool> NumbersUnit::Impl::refresh() {
  auto asking = repository.version();
  const auto version = co_await std::move(asking);
  const auto current = places.current();
  if (version && *version == (current ? current->version() : 0)) co_return true;
  std::string wrong;
  if (!version) {
    wrong = version.error().message;
  } else {
    auto loading = repository.load();
    auto data = co_await std::move(loading);
    if (data) {
      auto shared = std::make_shared<store::NumberData>(std::move(*data));
      const auto rows = shared->blocks.size();
      auto compiling = compile_on(builder.get_executor(), std::move(shared));
      auto table = co_await std::move(compiling);
      places.publish(table);
      failing = false;
      log.info("app.number_table_published",
               {{"version", table->version()}, {"blocks", rows}, {"octets", table->memory_octets()}});
      co_return true;
    }
    wrong = data.error().message;
  }
  // Once an outage: the retries would fill the log.
  if (!std::exchange(failing, true))
    log.warning("app.number_table_not_loaded",
                {{"error", wrong}, {"effect", "calls go on with the last one"}});
  co_return false;
}

NumbersUnit::NumbersUnit(const Config& config, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, needs)) {}

NumbersUnit::~NumbersUnit() = default;

domain::NumberLookup* NumbersUnit::lookup() {
  return impl_->telique ? &impl_->telique->lookup : nullptr;
}

const numbering::TableHolder& NumbersUnit::places() const {
  return impl_->places;
}

void NumbersUnit::start(net::TaskGroup& tasks) {
  impl_->listener.start();
  tasks.spawn("numbers.table", impl_->follow());
  if (impl_->telique) tasks.spawn("numbers.sync", impl_->telique->sync.run());
}

asio::awaitable<void> NumbersUnit::stop() {
  impl_->stopping = true;
  impl_->listener.stop();
  impl_->due.cancel();
  if (!impl_->telique) co_return;
  auto closing = impl_->telique->lookup.close();
  co_await std::move(closing);
  impl_->telique->client.close_idle();
}

}  // namespace warp::app
