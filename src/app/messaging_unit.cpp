#include "app/messaging_unit.h"

#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/completion.h"
#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kMessageDaysAhead = 7;
constexpr std::chrono::seconds kStoreEnds{30};
constexpr std::chrono::minutes kFirstMessageArchive{5}, kMessageArchiveEvery{60};
constexpr std::chrono::milliseconds kDrainLook{20};
constexpr std::chrono::minutes kForgetMedia{15};

pg::PoolSettings messaging_pool_settings(const Config& config, const std::string& conninfo) {
  pg::PoolSettings settings;
  settings.conninfo = conninfo;
  settings.name = "messaging";
  settings.size = config.messaging.pool_size;
  return settings;
}

store::MessageStoreSettings store_settings(const Config& config) {
  store::MessageStoreSettings settings;
  settings.node = config.messaging.node;
  return settings;
}

store::MessageArchiveSettings message_archive_settings(const Config& config) {
  using Days = std::chrono::duration<std::uint32_t, std::ratio<24 * 3600>>;
  const auto& given = config.messaging;
  store::MessageArchiveSettings settings;
  settings.folder = given.archive.folder;
  settings.keep = Days(given.retention.days);
  settings.keep_text = Days(given.retention.text_days);
  settings.keep_references = std::chrono::duration_cast<std::chrono::hours>(given.retention.references);
  settings.with_text = given.archive.with_text;
  return settings;
}

http::ClientSettings webhook_settings(const Config& config) {
  const auto& webhooks = config.messaging.webhooks;
  http::ClientSettings settings;
  settings.plain = webhooks.allow_http;
  settings.private_targets = webhooks.allow_private;
  settings.ca_file = webhooks.ca_file;
  settings.timeout = webhooks.timeout;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  return settings;
}

// Providers are the operator's own choice and may be in our network; files that people send are not.
HttpCallerSettings provider_settings(const Config& config) {
  HttpCallerSettings settings{webhook_settings(config), webhook_settings(config)};
  settings.trusted.private_targets = true;
  settings.trusted.plain = config.messaging.rcs.allow_http;
  return settings;
}

smpp::ServerSettings smpp_server_settings(const Config& config) {
  smpp::ServerSettings settings;
  settings.system_id = config.smpp.system_id;
  settings.max_connections = config.smpp.max_connections;
  settings.max_unbound_per_source = config.smpp.max_unbound_per_source;
  settings.session_init = config.smpp.session_init;
  settings.bind_failures = config.smpp.bind_failures;
  settings.bind_failure_refill = config.smpp.bind_failure_refill;
  if (!config.smpp.enabled) return settings;
  for (const auto& listener : config.smpp.listeners) {
    smpp::ServerSettings::Listener wanted{listener.bind, std::nullopt};
    if (!listener.certificate_file.empty())
      wanted.tls = smpp::TlsFiles{listener.certificate_file, listener.key_file, listener.client_ca_file};
    settings.listeners.push_back(std::move(wanted));
  }
  return settings;
}

messaging::Mm4Settings mm4_settings(const Config& config) {
  const auto& mm4 = config.messaging.mm4;
  messaging::Mm4Settings settings;
  settings.server.hostname = mm4.domain;
  settings.server.login = mm4.login;
  settings.server.password = mm4.password.value;
  settings.server.max_octets = mm4.max_mail_octets;
  settings.server.max_connections = mm4.max_connections;
  settings.server.max_connections_per_source = mm4.max_connections_per_source;
  if (!mm4.enabled) return settings;
  for (const auto& listener : mm4.listeners) {
    smtp::ServerSettings::Listener wanted{listener.bind, std::nullopt, false, mm4.require_tls};
    if (!listener.certificate_file.empty()) {
      wanted.tls = smtp::TlsFiles{listener.certificate_file, listener.key_file};
      wanted.implicit = mm4.implicit_tls;
    }
    settings.server.listeners.push_back(std::move(wanted));
  }
  return settings;
}

messaging::Settings service_settings(const Config& config) {
  const auto& given = config.messaging;
  messaging::Settings settings;
  settings.max_messages = given.max_messages;
  settings.default_validity = given.default_validity;
  settings.longest_validity = given.longest_validity;
  settings.receipt_timeout = given.receipt_timeout;
  settings.parked_timeout = given.receipt_timeout;
  settings.reroute_after = given.reroute_after;
  settings.breaker_failures = given.breaker_failures;
  settings.breaker_rest = given.breaker_rest;
  settings.delivery_give_up = given.delivery_give_up;
  settings.owed_in_memory = given.owed_in_memory;
  settings.webhooks_at_once = given.webhooks.at_once;
  settings.stop_reply = given.replies.stop;
  settings.start_reply = given.replies.start;
  settings.help_reply = given.replies.help;
  return settings;
}

std::shared_ptr<const messaging::Directory> nothing_yet() {
  return std::make_shared<const messaging::Directory>(domain::MessagingCatalogue{});
}

}  // namespace

MessagingUnit::MessagingUnit(const Config& config, const std::string& conninfo, const Needs& needs)
    : needs_(needs),
      drain_limit_(config.messaging.drain_timeout),
      pool_(needs.control.context().get_executor(), messaging_pool_settings(config, conninfo), needs.metrics,
            needs.log),
      loop_("messaging", needs.clock, needs.metrics),
      store_(pool_, needs.control.context().get_executor(), loop_, store_settings(config), needs.metrics,
             needs.log),
      archive_(pool_, message_archive_settings(config), needs.metrics, needs.log),
      media_(pool_, needs.control.context().get_executor(), loop_, needs.clock, config.messaging.media.kept,
             needs.log),
      opt_outs_(pool_, needs.tasks, loop_, needs.log),
      webhooks_(webhook_settings(config), loop_, needs.clock, needs.log, needs.metrics),
      providers_(provider_settings(config), loop_, needs.clock, needs.log, needs.metrics),
      links_(config.messaging.media.public_url, config.messaging.media.link_key.value,
             config.messaging.media.link_life),
      fitter_(media_, loop_, needs.metrics),
      gateway_(loop_, ids_, smpp_server_settings(config), needs.log, needs.metrics),
      rcs_(providers_, loop_, links_, needs.clock, {config.messaging.media.part_octets}, needs.log,
           needs.metrics),
      mm4_(loop_, ids_, media_, mm4_settings(config), needs.log, needs.metrics),
      upstreams_(gateway_, &fitter_),
      service_({needs.clock, loop_.wheel(), ids_, store_, upstreams_, gateway_, webhooks_, opt_outs_,
                needs.log, needs.metrics, &media_, &links_},
               service_settings(config), nothing_yet()),
      port_(loop_),
      callbacks_(loop_, rcs_),
      refresher_({needs.control, needs.clock, pool_, needs.log, needs.metrics}, conninfo,
                 config.messaging.reconcile_interval,
                 [this](DirectoryPointer directory) { take(std::move(directory)); }) {
  gateway_.attach(service_);
  rcs_.attach(service_);
  mm4_.attach(service_);
  upstreams_.set(domain::ConnectorProtocol::Rcs, rcs_);
  upstreams_.set(domain::ConnectorProtocol::Mm4, mm4_);
  port_.attach(&service_);
}

MessagingUnit::~MessagingUnit() {
  stop();
}

// Calls go on without messaging: it is wanted, not needed.
void MessagingUnit::watch(Health& health) {
  health.add_part("messaging", false, [this] { return ready() && pool_.healthy(); });
  health.watch("messaging", loop_);
  webhooks_.watch(health);
  providers_.watch(health);
}

void MessagingUnit::listen() {
  if (const auto listening = gateway_.listen(); !listening)
    throw std::runtime_error(listening.error() + "; see smpp.listeners");
  if (const auto listening = mm4_.listen(); !listening)
    throw std::runtime_error(listening.error() + "; see messaging.mm4.listeners");
}

void MessagingUnit::run() {
  pool_.start();
  webhooks_.run();
  providers_.run();
  thread_ = std::thread([this] { loop_.run(); });
  needs_.tasks.spawn("messaging.days", make_days());
  needs_.tasks.spawn("messaging.archive", tend_archive());
  needs_.tasks.spawn("messaging.media", forget_media());
  refresher_.start(needs_.tasks);
}

void MessagingUnit::reload_tls() {
  loop_.post([this] {
    if (const auto reloaded = gateway_.reload_tls(); !reloaded)
      needs_.log.error("app.smpp_tls_not_reloaded",
                       {{"error", reloaded.error()}, {"effect", "the old certificates stay in use"}});
  });
}

// A message's day must have its partition before the message comes.
asio::awaitable<void> MessagingUnit::make_days() {
  asio::steady_timer timer(needs_.control.context());
  for (;;) {
    const auto made = co_await store_.prepare_days(needs_.clock.wall(), kMessageDaysAhead);
    if (made && !std::exchange(days_made_, true)) publish();
    timer.expires_after(made ? std::chrono::seconds(3600) : std::chrono::seconds(5));
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

// Not in the first minutes: a restart under load has other work.
asio::awaitable<void> MessagingUnit::tend_archive() {
  asio::steady_timer timer(needs_.control.context());
  for (auto wait = kFirstMessageArchive;; wait = kMessageArchiveEvery) {
    timer.expires_after(wait);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
    store::MessageArchive::Round done;
    const bool well = co_await archive_.round(needs_.clock.wall(), done);
    if (well && done.days + done.redacted > 0)
      needs_.log.info("app.messages_archived",
                      {{"messages", done.archived}, {"days", done.days}, {"redacted", done.redacted}});
  }
}

// Attachments whose time is up.
asio::awaitable<void> MessagingUnit::forget_media() {
  asio::steady_timer timer(needs_.control.context());
  store::MediaRepository media(pool_);
  for (;;) {
    timer.expires_after(kForgetMedia);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
    const auto gone = co_await media.purge(needs_.clock.wall());
    if (!gone) needs_.log.warning("app.media_not_purged", {{"error", gone.error().message}});
  }
}

void MessagingUnit::take(DirectoryPointer directory) {
  latest_ = std::move(directory);
  publish();
}

void MessagingUnit::publish() {
  if (!latest_ || !days_made_) return;
  loop_.post([this, directory = latest_] { apply(directory); });
}

void MessagingUnit::apply(DirectoryPointer directory) {
  current_ = std::move(directory);
  upstreams_.update(*current_);
  service_.update(current_);
  if (serving_) {
    gateway_.update(current_);
    mm4_.update(current_);
    return rcs_.update(current_);
  }
  if (!std::exchange(begun_, true)) service_.start([this] { serve(); });
}

// Not before what was alive is loaded: a receipt of an upstream must find its message.
void MessagingUnit::serve() {
  if (draining_) return;
  if (const auto started = gateway_.start(current_); !started)
    return needs_.log.error("app.messaging_not_started", {{"error", started.error()}});
  if (const auto started = mm4_.start(current_); !started)
    return needs_.log.error("app.messaging_not_started", {{"error", started.error()}});
  rcs_.update(current_);
  serving_ = true;
  ready_.store(true, std::memory_order_relaxed);
  needs_.log.info("app.messaging_ready", {{"messages", service_.messages()}, {"owed", service_.owed()}});
}

void MessagingUnit::leave(std::function<void()> done) {
  draining_ = true;
  ready_.store(false, std::memory_order_relaxed);
  service_.drain(drain_limit_, std::move(done));
}

asio::awaitable<void> MessagingUnit::drain() {
  using Done = std::shared_ptr<net::Completion<bool>>;
  refresher_.stop();
  auto quiet = net::suspend<bool>(
      [this](Done done) { loop_.post([this, done] { leave([done] { done->complete(true); }); }); });
  co_await std::move(quiet);
  auto unbound = net::suspend<bool>([this](Done done) {
    loop_.post([this, done] { gateway_.drain(drain_limit_, [done] { done->complete(true); }); });
  });
  co_await std::move(unbound);
  auto hung_up = net::suspend<bool>([this](Done done) {
    loop_.post([this, done] { mm4_.drain(drain_limit_, [done] { done->complete(true); }); });
  });
  co_await std::move(hung_up);
  co_await store_.close();
  co_await pool_.close();
  drained_ = true;
  needs_.log.info("app.messaging_drained");
}

// The limits of drain() end it; this one is for the day that they do not.
asio::awaitable<void> MessagingUnit::drained() {
  asio::steady_timer timer(needs_.control.context());
  const auto until = needs_.clock.now() + 3 * drain_limit_ + kStoreEnds;
  while (!drained_ && needs_.clock.now() < until) {
    timer.expires_after(kDrainLook);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return;
  }
  if (!drained_)
    needs_.log.error("app.messaging_not_drained",
                     {{"effect", "what was on the wire is dealt with as after a crash at the next start"}});
}

void MessagingUnit::stop() {
  webhooks_.stop();
  providers_.stop();
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

}  // namespace warp::app
