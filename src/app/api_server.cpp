#include "app/api_server.h"

#include <sstream>
#include <stdexcept>

#include "warp/base/checked.h"

#include "app/api_settings.h"

namespace warp::app {
namespace {

constexpr std::chrono::milliseconds kGrace{5'000};
constexpr std::chrono::seconds kEndOfApiLookUps{60};  // a name that nobody resolves

net::TaskGroup::ExceptionHandler report_api_tasks(log::Logger& log) {
  return [&log](std::string_view task, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      log.error("api.task_failed", {{"task", task}, {"error", e.what()}});
    }
  };
}

pg::PoolSettings api_pool_settings(const Config& config, const std::string& conninfo) {
  pg::PoolSettings settings;
  settings.conninfo = conninfo;
  settings.name = "api";
  settings.size = config.postgres.pool_size;
  return settings;
}

api::MediaSettings api_media_settings(const Config& config) {
  const auto& given = config.messaging.media;
  api::MediaSettings media;
  media.types.clear();
  std::istringstream types(given.types);
  for (std::string type; types >> type;)
    media.types.push_back(type);
  media.part_octets = given.part_octets;
  media.total_octets = given.total_octets;
  media.parts = given.parts;
  media.link_key = given.link_key.value;
  media.kept = given.kept;
  media.unused_kept = given.unused_kept;
  media.fetch_timeout = given.fetch_timeout;
  media.fetch.plain = config.messaging.webhooks.allow_http;
  media.fetch.private_targets = config.messaging.webhooks.allow_private;
  media.fetch.ca_file = config.messaging.webhooks.ca_file;
  media.fetch.user_agent = std::string("WARP/") + WARP_VERSION;
  return media;
}

api::Settings api_settings(const Config& config, const std::vector<sip::SipListener>& sip_listeners) {
  api::Settings settings;
  settings.version = WARP_VERSION;
  settings.connectivity_partner = config.integrations.tcr.partner;
  settings.bootstrap_key = config.api.bootstrap_key.value;
  settings.import_folder = config.rating.import_folder;
  settings.node = config.messaging.node;
  settings.media = api_media_settings(config);
  settings.branding = config.billing.branding;
  settings.key_rate = {config.api.requests_per_second, config.api.requests_per_second};
  for (const auto& listener : sip_listeners) {
    auto address = listener.advertise.value_or(listener.bind);
    if (address.port == 0) address.port = listener.bind.port;
    api::IngressAddress ingress{std::string(to_string(listener.transport)),
                                address.ip.to_string(),
                                {address.ip.to_string()},
                                address.port};
    if (const auto& name = listener.advertise_name; !name.empty()) {
      const auto colon = name.find(':');
      ingress.host = name.substr(0, colon);
      if (colon != name.npos)
        ingress.port = parse_number<std::uint16_t>(name.substr(colon + 1)).value_or(address.port);
      if (address.ip.is_unspecified()) ingress.ips.clear();  // what the name has is for the DNS to say
    }
    if (!ingress.ips.empty())
      settings.vendor.push_back({address.ip.to_string(), address.ip.v6 ? 128 : 32, "SIP signalling"});
    settings.ingress.push_back(std::move(ingress));
  }
  for (const auto& interface : config.media.interfaces) {
    const auto ip = interface.advertise.value_or(interface.bind);
    settings.vendor.push_back({ip.to_string(), ip.v6 ? 128 : 32, "RTP media"});
  }
  tell_identity(config, settings);
  tell_trail(config, settings);
  tell_requests(config, settings);
  tell_porting(config, settings);
  tell_live(config, settings);
  tell_webhooks(config, settings);
  tell_reference(config, settings);
  return settings;
}

http::ServerSettings api_listener_settings(const Config& config) {
  http::ServerSettings settings;
  settings.name = "api";
  settings.address = config.api.bind.ip.to_string();
  settings.port = config.api.bind.port;
  if (!config.api.tls_certificate_file.empty())
    settings.tls = http::TlsFiles{config.api.tls_certificate_file, config.api.tls_key_file};
  return settings;
}

}  // namespace

ApiServer::ApiServer(const Config& config, const std::string& conninfo,
                     const std::vector<sip::SipListener>& sip_listeners,
                     const routing::SnapshotHolder& snapshots, const api::LiveState& live,
                     api::HealthView& health, domain::MessagePort& messaging,
                     domain::ProviderCallbacks& callbacks, api::Registrations& registrations,
                     const numbering::TableHolder& places, const routing::QualityHolder& quality,
                     api::Ports ports, const Clock& clock, log::Logger& log, metrics::Registry& metrics)
    : loop_("api", clock, metrics),
      tasks_(loop_.context().get_executor(), report_api_tasks(log)),
      pool_(loop_.context().get_executor(), api_pool_settings(config, conninfo), metrics, log),
      campaigns_(config, loop_.context().get_executor(), pool_, clock, log, metrics),
      identity_(config, conninfo, loop_.context().get_executor(), pool_, ports.redis, clock, log, metrics),
      webhook_mails_(loop_.context().get_executor(), pool_,
                     config.webhooks.enabled ? identity_.mail() : nullptr, config.identity.display_name, log),
      porting_(config, loop_.context().get_executor(), pool_, clock, log, metrics),
      api_({pool_, snapshots, live, clock, ids_, log, metrics, nullptr, &messaging, &campaigns_.registry(),
            &callbacks, &health, &registrations, &places, &quality, with_own(ports)},
           api_settings(config, sip_listeners)) {
  campaigns_.add_routes(router_);
  api_.add_routes(router_);
  server_ = std::make_unique<http::Server>(loop_.context().get_executor(), api_listener_settings(config),
                                           router_, api_.hooks(), clock, log, metrics);
}

api::Ports ApiServer::with_own(api::Ports ports) {
  ports.tokens = identity_.tokens();
  ports.mail = identity_.mail();
  ports.porting = porting_.porting();
  ports.entities = porting_.entities();
  ports.stock = porting_.stock();
  return ports;
}

ApiServer::~ApiServer() {
  stop();
}

void ApiServer::listen() {
  if (const auto started = server_->start(); !started)
    throw std::runtime_error(started.error() + "; see api.bind");
}

void ApiServer::run() {
  thread_ = std::thread([this] {
    pool_.start();
    api_.start(loop_.context().get_executor());
    campaigns_.start(tasks_);
    identity_.start(tasks_);
    webhook_mails_.start(tasks_);
    porting_.start(tasks_);
    loop_.run();
  });
}

boost::asio::awaitable<void> ApiServer::finish() {
  co_await server_->stop(kGrace);
  auto ending = campaigns_.stop();
  co_await std::move(ending);
  webhook_mails_.stop();
  co_await identity_.stop();
  co_await porting_.stop();
  co_await api_.stop();
  co_await pool_.close();
}

void ApiServer::stop() {
  if (!thread_.joinable()) return;
  tasks_.spawn("api.finish", finish());
  tasks_.wait(2 * kGrace + kEndOfApiLookUps);
  loop_.stop();
  thread_.join();
}

}  // namespace warp::app
