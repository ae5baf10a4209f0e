#include "app/porting_unit.h"

#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/integrations/embedded_porting.h"
#include "warp/integrations/telique.h"
#include "warp/integrations/tincomply_checks.h"
#include "warp/integrations/tniq_client.h"
#include "warp/net/completion.h"
#include "warp/net/quietly.h"
#include "warp/store/ports.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kLease{60}, kCooldown{15 * 60};
constexpr std::uint32_t kPortsAtOnce = 32, kPortTries = 5;
constexpr std::chrono::milliseconds kLookupTimeout{5'000};

std::unique_ptr<http::PooledClient> make_client(const PortingConfig::Provider& provider, const char* key) {
  http::PooledClientSettings settings;
  settings.url = provider.url;
  settings.ca_file = provider.ca_file;
  settings.timeout = provider.timeout;
  settings.body_octets = 8 * 1024 * 1024;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto client = http::PooledClient::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see " + key);
  return std::move(*client);
}

integrations::EmbeddedPortingSettings embedded(const PortingConfig& config) {
  integrations::EmbeddedPortingSettings settings;
  settings.own_spid = config.own_spid;
  settings.automatic = config.embedded.automatic;
  settings.step = config.embedded.step;
  settings.business_days = config.embedded.business_days;
  return settings;
}

// Who serves a number now, asked at leisure: beside the look-ups of calls, with a ceiling of its own.
struct Lookups {
  Lookups(const Config::Numbers::Telique& telique, asio::any_io_executor executor, const Clock& clock,
          log::Logger& log, metrics::Registry& metrics)
      : client(make_http(telique), settings_of(telique), clock, log, metrics),
        lookup(client, settings_of(telique), std::move(executor), clock, log, metrics) {}

  static std::unique_ptr<http::PooledClient> make_http(const Config::Numbers::Telique& telique) {
    http::PooledClientSettings settings;
    settings.url = telique.url;
    settings.ca_file = telique.ca_file;
    settings.timeout = kLookupTimeout;
    settings.user_agent = std::string("WARP/") + WARP_VERSION;
    auto client = http::PooledClient::make(std::move(settings));
    if (!client) throw std::runtime_error(client.error() + "; see numbers.telique");
    return std::move(*client);
  }
  static integrations::TeliqueSettings settings_of(const Config::Numbers::Telique& telique) {
    integrations::TeliqueSettings settings;
    settings.token = telique.token.value;
    settings.calls_per_second = telique.calls_per_second;
    settings.timeout = kLookupTimeout;
    settings.cache_entries = 4'096;
    return settings;
  }

  integrations::TeliqueClient client;
  integrations::TeliqueLookup lookup;
};

store::Actor daemon() {
  store::Actor actor;
  actor.who = "warpd";
  return actor;
}

}  // namespace

struct PortingUnit::Impl {
  Impl(const PortingConfig& config, const Config::Numbers::Telique& telique, asio::any_io_executor executor,
       pg::Pool& database, const Clock& clock, log::Logger& logger, metrics::Registry& metrics)
      : interval(config.interval),
        log(logger),
        repository(database),
        timer(executor),
        failures(metrics.counter("warp_porting_failures_total",
                                 "Looks at port requests, and activations by policy, that failed.")),
        lookups(telique.url.empty() ? nullptr
                                    : std::make_unique<Lookups>(telique, executor, clock, logger, metrics)),
        own(database, lookups ? &lookups->lookup : nullptr, executor, embedded(config), clock, logger),
        own_stock(database, executor, logger),
        own_checks(database, executor, logger) {
    if (!config.tniq.url.empty()) {
      tniq = std::make_unique<integrations::TniqClient>(make_client(config.tniq, "porting.tniq"), "tniq",
                                                        config.tniq.token.value, executor, logger, metrics);
      outside = std::make_unique<integrations::TniqPorting>(*tniq, config.poll_interval, clock);
      outside_stock = std::make_unique<integrations::TniqStock>(*tniq);
    }
    if (!config.tincomply.url.empty()) {
      tincomply = std::make_unique<integrations::TniqClient>(
          make_client(config.tincomply, "porting.tincomply"), "tincomply", config.tincomply.token.value,
          executor, logger, metrics);
      outside_checks = std::make_unique<integrations::TincomplyChecks>(*tincomply);
    }
  }

  domain::PortingPort& port() { return outside ? static_cast<domain::PortingPort&>(*outside) : own; }
  asio::awaitable<void> run();
  asio::awaitable<void> look();
  // False: the provider or the database did not do it.
  asio::awaitable<bool> apply(Uuid id, domain::PortAction action, std::string word);

  const std::chrono::milliseconds interval;
  log::Logger& log;
  store::PortRepository repository;
  asio::steady_timer timer;
  bool ended = false;
  metrics::Counter& failures;
  std::unique_ptr<Lookups> lookups;  // null: the holder of a number's block is taken
  integrations::EmbeddedPorting own;
  integrations::EmbeddedStock own_stock;
  integrations::EmbeddedChecks own_checks;
  std::unique_ptr<integrations::TniqClient> tniq, tincomply;
  std::unique_ptr<integrations::TniqPorting> outside;
  std::unique_ptr<integrations::TniqStock> outside_stock;
  std::unique_ptr<integrations::TincomplyChecks> outside_checks;
};

asio::awaitable<bool> PortingUnit::Impl::apply(Uuid id, domain::PortAction action, std::string word) {
  using Numbers = std::vector<domain::PortNumber>;
  const auto view = co_await repository.view(daemon(), id);
  if (!view) co_return view.error().kind == store::ErrorKind::NotFound;
  if (view->request.provider != port().name()) co_return true;  // of a provider that was configured before
  auto start = [this, project = view->project(),
                action](std::unique_ptr<net::Completion<domain::PortResult<Numbers>>> completion) {
    std::shared_ptr<net::Completion<domain::PortResult<Numbers>>> kept = std::move(completion);
    port().act(project, action, domain::PortWish{},
               [kept](domain::PortResult<Numbers> result) { kept->complete(std::move(result)); });
  };
  auto asking = net::suspend<domain::PortResult<Numbers>>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) {
    log.info("porting.provider_failed",
             {{"request", id.to_string()}, {"error", said.error().message + " " + said.error().internal}});
    co_return false;
  }
  std::vector<store::PortMerge> merges;
  for (auto& number : *said)
    for (const auto& known : view->numbers)
      if (known.number.e164 == number.e164) {
        store::PortMerge merge;
        merge.was = known.number.state;
        merge.number = std::move(number);
        merges.push_back(std::move(merge));
        break;
      }
  if (merges.empty()) co_return true;
  store::PortDeed deed;
  deed.action = std::move(word);
  const auto merged = co_await repository.merge(daemon(), id, std::move(merges), std::move(deed));
  if (!merged)
    log.warning("porting.not_stored", {{"request", id.to_string()}, {"error", merged.error().message}});
  co_return merged.has_value();
}

asio::awaitable<void> PortingUnit::Impl::look() {
  const auto due = co_await repository.due(kPortsAtOnce, kLease);
  if (due)
    for (const auto& id : *due) {
      auto applying = apply(id, domain::PortAction::Look, "moved");
      const bool done = co_await std::move(applying);
      if (!done) failures.add();
    }
  const auto ready = co_await repository.to_activate(kPortsAtOnce, kCooldown, kPortTries);
  if (!ready) co_return;
  for (const auto& id : *ready) {
    auto applying = apply(id, domain::PortAction::Activate, "activated_by_policy");
    const bool done = co_await std::move(applying);
    if (!done) failures.add();
    const auto noted = co_await repository.activation_ended(id, !done);
    if (!noted)
      log.warning("porting.not_stored", {{"request", id.to_string()}, {"error", noted.error().message}});
  }
}

asio::awaitable<void> PortingUnit::Impl::run() {
  while (!ended) {
    auto looking = look();
    co_await std::move(looking);
    if (ended) break;
    timer.expires_after(interval);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error && ended) break;
  }
}

PortingUnit::PortingUnit(const Config& config, asio::any_io_executor executor, pg::Pool& pool,
                         const Clock& clock, log::Logger& log, metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(config.porting, config.numbers.telique, std::move(executor), pool, clock,
                                   log, metrics)) {}

PortingUnit::~PortingUnit() = default;

domain::PortingPort* PortingUnit::porting() {
  return &impl_->port();
}

domain::EntityChecks* PortingUnit::entities() {
  if (impl_->outside_checks) return impl_->outside_checks.get();
  return &impl_->own_checks;
}

domain::NumberStock* PortingUnit::stock() {
  if (impl_->outside_stock) return impl_->outside_stock.get();
  return &impl_->own_stock;
}

void PortingUnit::start(net::TaskGroup& tasks) {
  tasks.spawn("porting.look", impl_->run());
}

asio::awaitable<void> PortingUnit::stop() {
  impl_->ended = true;
  impl_->timer.cancel();
  if (impl_->lookups) co_await impl_->lookups->lookup.close();
  co_await impl_->own.close();
  co_await impl_->own_stock.close();
  co_await impl_->own_checks.close();
  if (impl_->tniq) co_await impl_->tniq->close();
  if (impl_->tincomply) co_await impl_->tincomply->close();
}

}  // namespace warp::app
