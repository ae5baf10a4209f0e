#include "app/identity_unit.h"

#include <algorithm>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/api/bearer_tokens.h"
#include "warp/http/client.h"
#include "warp/pg/listener.h"
#include "warp/store/sessions.h"

#include "app/smtp_mailer.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr const char* kChannel = "warp_identity";
constexpr std::chrono::minutes kFirstPurge{5}, kBetweenPurges{60};

std::unique_ptr<http::Client> make_client(const IdentityConfig& config) {
  const auto& providers = config.oidc.providers;
  http::ClientSettings settings;
  settings.plain = std::any_of(providers.begin(), providers.end(),
                               [](const auto& provider) { return provider.allow_http; });
  settings.private_targets = true;  // the operator names the providers, no customer does
  settings.ca_file = config.oidc.ca_file;
  settings.timeout = std::chrono::seconds(5);
  settings.body_octets = 256 * 1024;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto client = http::Client::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see identity.oidc.ca_file");
  return std::move(*client);
}

api::BearerSettings bearer_settings(const IdentityConfig& config) {
  api::BearerSettings settings;
  settings.providers = config.oidc.providers;
  settings.max_stale = config.oidc.max_stale;
  return settings;
}

pg::ListenerSettings listening(const std::string& conninfo) {
  pg::ListenerSettings settings;
  settings.conninfo = conninfo;
  settings.channels = {kChannel};
  return settings;
}

}  // namespace

struct IdentityUnit::Impl {
  Impl(const Config& config, const std::string& conninfo, asio::any_io_executor executor, pg::Pool& pool,
       redis::Client* redis, const Clock& clock, log::Logger& to, metrics::Registry& metrics)
      : log(to),
        client(make_client(config.identity)),
        fetcher(*client, log),
        tokens(pool, redis, fetcher, bearer_settings(config.identity), clock, log),
        sessions(pool),
        listener(executor, listening(conninfo), handlers(), metrics, log),
        purging(executor) {
    register_mail_metrics(metrics);
    if (!config.identity.mail.host.empty())
      mailer = std::make_unique<SmtpMailer>(config.identity, clock, log, metrics);
  }

  pg::Listener::Handlers handlers() {
    pg::Listener::Handlers out;
    out.on_notify = [this](std::string_view, std::string_view what) { tokens.dropped(what); };
    out.on_connect = [this] { tokens.forget(); };  // what was said meanwhile was not heard
    return out;
  }
  asio::awaitable<void> keep_purging();

  log::Logger& log;
  std::unique_ptr<http::Client> client;
  identity::HttpFetcher fetcher;
  api::BearerTokens tokens;
  store::SessionRepository sessions;
  pg::Listener listener;
  asio::steady_timer purging;
  bool stopping = false;
  std::unique_ptr<SmtpMailer> mailer;  // null: no mail can be sent
};

asio::awaitable<void> IdentityUnit::Impl::keep_purging() {
  for (std::chrono::minutes wait = kFirstPurge; !stopping; wait = kBetweenPurges) {
    purging.expires_after(wait);
    const auto [error] = co_await purging.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error || stopping) co_return;
    const auto gone = co_await sessions.purge();
    if (!gone) log.warning("identity.purge_failed", {{"error", gone.error().message}});
  }
}

IdentityUnit::IdentityUnit(const Config& config, const std::string& conninfo, asio::any_io_executor executor,
                           pg::Pool& pool, redis::Client* redis, const Clock& clock, log::Logger& log,
                           metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(config, conninfo, executor, pool, redis, clock, log, metrics)) {}

IdentityUnit::~IdentityUnit() = default;

api::Mailer* IdentityUnit::mail() {
  return impl_->mailer.get();
}

api::TokenVerifier* IdentityUnit::tokens() {
  return &impl_->tokens;
}

void IdentityUnit::start(net::TaskGroup& tasks) {
  impl_->listener.start();
  if (impl_->mailer) impl_->mailer->run();
  tasks.spawn("identity.purge", impl_->keep_purging());
}

asio::awaitable<void> IdentityUnit::stop() {
  impl_->stopping = true;
  impl_->purging.cancel();
  impl_->listener.stop();
  if (!impl_->mailer) co_return;
  auto stopping = impl_->mailer->stop();
  co_await std::move(stopping);
}

}  // namespace warp::app
