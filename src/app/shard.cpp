#include "app/shard.h"

#include <stdexcept>

namespace warp::app {
namespace {

std::unique_ptr<sip::UdpTransport> open_transport(net::Loop& loop, unsigned index,
                                                  const sip::UdpTransportSettings& settings,
                                                  metrics::Registry& metrics) {
  auto opened = sip::UdpTransport::open(loop, index, settings, metrics);
  if (!opened) {
    const auto& failed = opened.error();
    throw std::runtime_error("cannot listen for SIP on " +
                             settings.listeners[failed.listener].bind.to_string() + ": " +
                             failed.error.message() + "; see sip.listeners");
  }
  return std::move(*opened);
}

calls::Settings call_settings(const Config& config) {
  calls::Settings settings;
  settings.server = config.sip.server_name;
  settings.max_calls_per_shard = max_calls_of_a_shard(config);
  settings.t1 = config.sip.t1;
  settings.realm = config.sip.auth.realm;
  return settings;
}

sip::TransactionTimers timers(const Config& config) {
  sip::TransactionTimers timers;
  timers.t1 = config.sip.t1;
  return timers;
}

}  // namespace

std::size_t max_calls_of_a_shard(const Config& config) {
  return (config.sip.max_calls + config.sip.shards - 1) / config.sip.shards;
}

Shard::Shard(unsigned index, const Config& config, const sip::UdpTransportSettings& listeners,
             const ShardNeeds& needs)
    : log_(needs.log),
      loop_("sip-" + std::to_string(index), needs.clock, needs.metrics),
      transport_(open_transport(loop_, index, listeners, needs.metrics)) {
  transactions_ = std::make_unique<sip::TransactionLayer>(*transport_, loop_.wheel(), ids_, timers(config),
                                                          needs.metrics);
  engine_ = std::make_unique<calls::CallEngine>(
      calls::CallEngine::Dependencies{*transactions_, *transport_, loop_.wheel(), loop_, needs.clock, ids_,
                                      needs.snapshots, needs.media, needs.records, needs.limits, needs.log,
                                      needs.metrics, needs.digest, needs.bindings, needs.credential_calls},
      index, call_settings(config));
}

Shard::~Shard() {
  stop();
}

void Shard::start(std::span<sip::UdpTransport* const> shards) {
  transport_->start(*this, shards);
}

void Shard::run() {
  thread_ = std::thread([this] { loop_.run(); });
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { transport_->stop(); });
  loop_.stop();
  thread_.join();
}

void Shard::on_message(sip::Message message, const sip::Flow& from) {
  transactions_->receive(std::move(message), from);
}

void Shard::on_malformed(const sip::ParseError& error, const sip::Flow& from) {
  log_.debug(
      "sip.malformed",
      {{"source", from.remote.to_string()}, {"code", to_string(error.code)}, {"offset", error.offset}});
}

}  // namespace warp::app
