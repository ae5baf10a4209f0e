#include "app/campaign_unit.h"

#include <stdexcept>

namespace warp::app {
namespace {

constexpr std::size_t kEventOctets = 64 * 1024;
constexpr std::uint64_t kAnswerOctets = 1024 * 1024;

std::unique_ptr<http::Client> make_client(const Config::Integrations::Tcr& tcr) {
  http::ClientSettings settings;
  settings.plain = tcr.url.starts_with("http://");  // the configuration allows it on this machine alone
  settings.private_targets = true;                  // the operator names the target, no customer does
  settings.ca_file = tcr.ca_file;
  settings.timeout = tcr.timeout;
  settings.body_octets = kAnswerOctets;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto client = http::Client::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see integrations.tcr.ca_file");
  return std::move(*client);
}

integrations::TcrSettings client_settings(const Config::Integrations::Tcr& tcr) {
  integrations::TcrSettings settings;
  settings.url = tcr.url;
  while (settings.url.ends_with('/'))
    settings.url.pop_back();
  settings.key = tcr.key.value;
  settings.secret = tcr.secret.value;
  return settings;
}

integrations::CampaignSyncSettings sync_settings(const Config::Integrations::Tcr& tcr) {
  integrations::CampaignSyncSettings settings;
  settings.interval = tcr.poll_interval;
  settings.webhook_url = tcr.webhook_url;
  settings.webhook_secret = tcr.webhook_secret.value.empty() ? tcr.secret.value : tcr.webhook_secret.value;
  return settings;
}

}  // namespace

CampaignUnit::CampaignUnit(const Config& config, boost::asio::any_io_executor executor, pg::Pool& pool,
                           const Clock& clock, log::Logger& log, metrics::Registry& metrics)
    : settings_(config.integrations.tcr),
      log_(log),
      client_(make_client(settings_), client_settings(settings_), clock, log, metrics),
      tcr_(client_, executor, log),
      local_(std::make_unique<SecureIdSource>()),
      sync_(tcr_, pool, executor, sync_settings(settings_), log, metrics) {}

domain::CampaignRegistry& CampaignUnit::registry() {
  if (settings_.key.value.empty()) return local_;
  return tcr_;
}

void CampaignUnit::add_routes(http::Router& router) {
  if (settings_.key.value.empty() || settings_.webhook_url.empty()) return;
  http::Route route;
  route.method = http::Method::Post;
  route.pattern = "/callbacks/tcr";
  route.body_limit = kEventOctets;
  route.handler = [this](http::Request request) { return sync_.receive(std::move(request)); };
  router.add(std::move(route));
}

void CampaignUnit::start(net::TaskGroup& tasks) {
  if (settings_.key.value.empty()) return;
  tasks.spawn("campaigns.sync", sync_.run());
  if (settings_.webhook_url.empty()) return;
  tcr_.subscribe(settings_.webhook_url, [this](domain::RegistryResult<domain::RegistryAnswer> result) {
    if (result) return log_.info("integrations.tcr_subscribed");
    log_.warning("integrations.tcr_not_subscribed",
                 {{"error", result.error().message + " " + result.error().internal},
                  {"effect", "decisions are found by polling; subscribed again at the next start"}});
  });
}

boost::asio::awaitable<void> CampaignUnit::stop() {
  sync_.stop();
  auto closing = tcr_.close();
  co_await std::move(closing);
}

}  // namespace warp::app
