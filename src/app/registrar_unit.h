// RegistrarUnit: who may call and register, and where devices are: the digest server, the bindings and their
// exchange through Redis, a registrar on every shard, and our own registrations at providers on the first.
//
// Made before the shards, which get digest() and bindings(); join() makes what lives on them, before they
// run; it is destroyed after they have stopped, and before they go.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "warp/api/registrations.h"
#include "warp/calls/credential_calls.h"
#include "warp/calls/guard.h"
#include "warp/net/task_group.h"
#include "warp/registrar/binding_store.h"
#include "warp/registrar/outbound.h"
#include "warp/registrar/registrar.h"
#include "warp/sip/auth/digest_server.h"

#include "app/binding_exchange.h"
#include "app/config.h"

namespace warp::app {

class Shard;

class RegistrarUnit final : public api::Registrations {
 public:
  struct Needs {
    const Clock& clock;
    const routing::SnapshotHolder& snapshots;
    log::Logger& log;
    metrics::Registry& metrics;
    calls::Guard& guard;
  };
  RegistrarUnit(const Config& config, const Needs& needs);
  ~RegistrarUnit() override;

  sip::DigestServer& digest() { return digest_; }
  registrar::BindingStore& bindings() { return bindings_; }
  calls::CredentialCalls& credential_calls() { return credential_calls_; }

  void join(std::vector<std::unique_ptr<Shard>>& shards);
  void start(net::TaskGroup& tasks, redis::Client* redis);  // on the control loop; null: no exchange
  void leave();                                             // drain: our registrations end
  void part();                                              // the shards have stopped

  const std::string& realm() const override { return realm_; }
  std::vector<domain::Binding> of(TrunkId trunk, std::string_view user) const override;
  bool evict(TrunkId trunk, std::string_view user, std::string_view id) override;
  std::vector<api::CredentialCall> calls(const Uuid& credential) const override;
  std::vector<api::OutboundRegistration> outbound(ProviderId provider) const override;

 private:
  boost::asio::awaitable<void> keep();
  void follow(const routing::Snapshot& snapshot);

  const Config& config_;
  const Needs needs_;
  const std::string realm_;
  sip::DigestServer digest_;
  registrar::BindingStore bindings_;
  calls::CredentialCalls credential_calls_;
  std::unique_ptr<BindingExchange> exchange_;  // null: without Redis
  std::vector<std::unique_ptr<registrar::Registrar>> registrars_;
  std::unique_ptr<registrar::OutboundRegistrations> outbound_;
  Shard* first_ = nullptr;  // where outbound_ lives
};

}  // namespace warp::app
