#include "app/shard.h"

#include <algorithm>
#include <stdexcept>

#include "app/emergency_settings.h"
#include "app/media_settings.h"

namespace warp::app {
namespace {

std::unique_ptr<sip::SipTransports> open_transports(net::Loop& loop, unsigned index,
                                                    const sip::SipTransportsSettings& settings,
                                                    const ShardNeeds& needs) {
  auto opened = sip::SipTransports::open(loop, index, settings, needs.streams, needs.log, needs.metrics);
  if (!opened) throw std::runtime_error("cannot listen for SIP on " + opened.error() + "; see sip.listeners");
  return std::move(*opened);
}

calls::Settings call_settings(const Config& config) {
  calls::Settings settings;
  settings.server = config.sip.server_name;
  settings.max_calls_per_shard = max_calls_of_a_shard(config);
  settings.refusal_clips_per_shard =
      (config.media.refusal_clips_at_once + config.sip.shards - 1) / config.sip.shards;
  settings.t1 = config.sip.t1;
  settings.realm = config.sip.auth.realm;
  settings.overload = config.sip.overload;
  settings.recovery_window = config.calls.recovery_window;
  settings.renew_before = std::max(config.charging.renew_before, config.charging.warn_before);
  settings.name_timeout = config.dns.call_wait;
  settings.recorders = config.recordings.siprec;
  settings.media_networks = networks_of_listeners(config);
  if (auto emergency = emergency_settings(config)) settings.emergency = std::move(*emergency);
  return settings;
}

sip::TransactionTimers timers(const Config& config) {
  sip::TransactionTimers timers;
  timers.t1 = config.sip.t1;
  return timers;
}

// Of all else the far end is a machine that does not wait.
bool belongs_to_a_call(sip::Method method) {
  return method != sip::Method::Register && method != sip::Method::Options &&
         method != sip::Method::Subscribe;
}

}  // namespace

std::size_t max_calls_of_a_shard(const Config& config) {
  return (config.sip.max_calls + config.sip.shards - 1) / config.sip.shards;
}

Shard::Shard(unsigned index, const Config& config, const sip::SipTransportsSettings& transports,
             const ShardNeeds& needs)
    : log_(needs.log),
      guard_(needs.guard),
      bindings_(needs.bindings),
      loop_("sip-" + std::to_string(index), needs.clock, needs.metrics),
      transports_(open_transports(loop_, index, transports, needs)) {
  loop_.coalesce({std::chrono::microseconds(config.sip.coalesce_calls_us),
                  std::chrono::microseconds(config.sip.coalesce_others_us)});
  transactions_ = std::make_unique<sip::TransactionLayer>(*transports_, loop_.wheel(), ids_, timers(config),
                                                          needs.metrics);
  calls::CallEngine::Dependencies dependencies{*transactions_, *transports_, loop_.wheel(),   loop_,
                                               needs.clock,    ids_,         needs.snapshots, needs.media,
                                               needs.records,  needs.limits, needs.log,       needs.metrics};
  dependencies.guard = &needs.guard;
  TraceTap* tap = needs.capture != nullptr ? needs.capture->tap(index) : nullptr;
  transports_->set_tap(tap);
  dependencies.locator = needs.locator;
  dependencies.health = needs.health;
  dependencies.authenticity = needs.authenticity;
  dependencies.capture = tap;
  dependencies.digest = needs.digest;
  dependencies.bindings = needs.bindings;
  dependencies.credential_calls = needs.credential_calls;
  dependencies.neighbours = needs.neighbours;
  dependencies.lookup = needs.lookup;
  dependencies.charging = needs.charging;
  dependencies.places = needs.places;
  dependencies.quality = needs.quality;
  dependencies.clips = needs.clips;
  dependencies.recordings = needs.recordings;
  engine_ = std::make_unique<calls::CallEngine>(dependencies, index, call_settings(config));
}

Shard::~Shard() {
  stop();
}

void Shard::start(std::span<sip::SipTransports* const> shards) {
  transports_->start(*this, shards);
}

void Shard::run() {
  thread_ = std::thread([this] { loop_.run(); });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { transports_->stop(); });
  loop_.stop();
  thread_.join();
}

void Shard::on_message(sip::Message message, const sip::Flow& from) {
  if (belongs_to_a_call(message.method())) loop_.hurry();
  if (engine_->passes(message, from)) transactions_->receive(std::move(message), from);
}

bool Shard::admits(const domain::SocketAddress& source) {
  return guard_.admits(source.ip);
}

bool Shard::wants(std::string_view bytes, const sip::Flow& from) {
  return engine_->wants(bytes, from);
}

void Shard::on_queue_delay(std::chrono::nanoseconds delay) {
  engine_->on_queue_delay(delay);
}

void Shard::on_connection_lost(const sip::Flow& flow) {
  transactions_->connection_lost(flow);
  if (bindings_ != nullptr && flow.connection != 0) bindings_->drop_connection(flow.connection);
}

void Shard::on_malformed(const sip::ParseError& error, const sip::Flow& from) {
  guard_.offend(from.remote.ip, calls::Offence::Malformed);
  log_.debug(
      "sip.malformed",
      {{"source", from.remote.to_string()}, {"code", to_string(error.code)}, {"offset", error.offset}});
}

}  // namespace warp::app
