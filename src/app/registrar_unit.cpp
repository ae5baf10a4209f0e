#include "app/registrar_unit.h"

#include <sstream>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/shard.h"

namespace warp::app {
namespace {

// Without a key of the site one is made up: nonces are then good on this node, in this life of it.
std::string nonce_key(const Config& config, log::Logger& log) {
  if (!config.sip.auth.nonce_key.value.empty()) return config.sip.auth.nonce_key.value;
  log.info("registrar.own_nonce_key", {{"effect", "nonces are good on this node, until it restarts"},
                                       {"cure", "set sip.auth.nonce_key to the same on every node"}});
  SecureIdSource ids;
  return ids.hex(16) + ids.hex(16);
}

sip::DigestServerSettings digest_settings(const Config& config, log::Logger& log) {
  sip::DigestServerSettings settings;
  settings.key = nonce_key(config, log);
  settings.nonce_lifetime = config.sip.auth.nonce_lifetime;
  settings.algorithms.clear();
  std::istringstream words(config.sip.auth.algorithms);
  for (std::string word; words >> word;)
    if (const auto algorithm = sip::digest_algorithm_from(word)) settings.algorithms.push_back(*algorithm);
  return settings;
}

registrar::Settings registrar_settings(const Config& config) {
  registrar::Settings settings;
  settings.realm = config.sip.auth.realm;
  settings.server = config.sip.server_name;
  settings.expiry = config.registrar.expiry;
  settings.flow_timer = config.registrar.flow_timer;
  return settings;
}

}  // namespace

RegistrarUnit::RegistrarUnit(const Config& config, const Needs& needs)
    : config_(config),
      needs_(needs),
      realm_(config.sip.auth.realm),
      digest_(digest_settings(config, needs.log), needs.clock.wall()),
      bindings_(config.messaging.node, needs.clock, needs.metrics) {
  bindings_.on_change([this](registrar::Change change) {
    if (exchange_) exchange_->note(std::move(change));
  });
}

RegistrarUnit::~RegistrarUnit() = default;

void RegistrarUnit::join(std::vector<std::unique_ptr<Shard>>& shards) {
  first_ = shards.front().get();
  outbound_ =
      std::make_unique<registrar::OutboundRegistrations>(registrar::OutboundRegistrations::Dependencies{
          first_->transactions(), first_->sender(), first_->loop().wheel(), needs_.clock, first_->ids(),
          needs_.snapshots, needs_.log, needs_.metrics, 0, config_.sip.server_name});
  if (!config_.registrar.enabled) return;
  for (auto& shard : shards)
    registrars_.push_back(std::make_unique<registrar::Registrar>(
        registrar::Registrar::Dependencies{
            shard->transactions(), needs_.clock, shard->ids(), needs_.snapshots, digest_, bindings_,
            needs_.log, needs_.metrics,
            [guard = &needs_.guard](const sip::Flow& from) {
              guard->offend(from.remote.ip, calls::Offence::AuthFailure);
            },
            [guard = &needs_.guard](const sip::Flow& from) { guard->welcome(from.remote.ip); }},
        registrar_settings(config_)));
}

void RegistrarUnit::start(net::TaskGroup& tasks, redis::Client* redis) {
  if (redis != nullptr) {
    exchange_ = std::make_unique<BindingExchange>(*redis, bindings_, needs_.clock);
    tasks.spawn("registrar.exchange", exchange_->run());
  }
  tasks.spawn("registrar.keep", keep());
}

void RegistrarUnit::leave() {
  first_->loop().post([this] { outbound_->leave(); });
}

void RegistrarUnit::part() {
  outbound_.reset();
  registrars_.clear();
}

// Credentials that are gone, switched off or have a new password take their bindings along.
void RegistrarUnit::follow(const routing::Snapshot& snapshot) {
  bindings_.sweep([&snapshot](TrunkId id, const domain::Binding& binding) {
    const auto* trunk = snapshot.trunk(id);
    const auto* known = snapshot.credential(binding.credential);
    return trunk != nullptr && trunk->enabled && known != nullptr &&
           known->version == binding.credential_version;
  });
  first_->loop().post([this] {
    if (outbound_) outbound_->follow();
  });
}

boost::asio::awaitable<void> RegistrarUnit::keep() {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  std::shared_ptr<const routing::Snapshot> followed;
  for (;;) {
    bindings_.expire();
    auto snapshot = needs_.snapshots.current();
    if (snapshot && snapshot != followed) {
      follow(*snapshot);
      followed = std::move(snapshot);
    }
    timer.expires_after(std::chrono::milliseconds(500));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

std::vector<domain::Binding> RegistrarUnit::of(TrunkId trunk, std::string_view user) const {
  return bindings_.of({trunk, std::string(user)});
}

bool RegistrarUnit::evict(TrunkId trunk, std::string_view user, std::string_view id) {
  return bindings_.evict({trunk, std::string(user)}, id);
}

std::vector<api::CredentialCall> RegistrarUnit::calls(const Uuid& credential) const {
  std::vector<api::CredentialCall> found;
  for (const auto& entry : credential_calls_.of(credential))
    found.push_back({entry.call, entry.started_at});
  return found;
}

std::vector<api::OutboundRegistration> RegistrarUnit::outbound(ProviderId provider) const {
  std::vector<api::OutboundRegistration> found;
  for (auto& view : outbound_->states()) {
    if (view.provider != provider) continue;
    found.push_back({view.credential, std::string(registrar::to_string(view.state)),
                     std::move(view.registrar), std::move(view.contact), view.last_status, view.failures,
                     view.registered_at, view.expires_at});
  }
  return found;
}

}  // namespace warp::app
