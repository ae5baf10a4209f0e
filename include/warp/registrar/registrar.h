// Registrar: REGISTER as one signalling shard takes it (RFC 3261 §10.3, with RFC 3327 Path, RFC 5626 outbound
// and RFC 6140 bulk registration). On the shard's thread; what it learns goes into the BindingStore, which
// all shards share.
//
// Everybody authenticates by digest, whatever the address: a binding takes a trunk's calls away. The address
// of record is the user of the credentials.
//
// Metrics: warp_registrar_registrations_total{outcome}: registered, removed, queried, challenged, refused.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/registrar/binding_store.h"
#include "warp/routing/snapshot.h"
#include "warp/sip/auth/auth_metrics.h"
#include "warp/sip/auth/digest_server.h"
#include "warp/sip/transaction/transaction_layer.h"

namespace warp::registrar {

struct Settings {
  std::string realm = "warp";            // where nothing else says one
  std::string server = "WARP";           // Server header; empty: none
  std::chrono::seconds expiry{600};      // when a device asks for nothing
  std::chrono::seconds flow_timer{120};  // told to devices on streams (RFC 5626 §4.4.1)
};

class Registrar final : public sip::TransactionUser {
 public:
  struct Dependencies {
    sip::TransactionLayer& transactions;
    const Clock& clock;
    IdSource& ids;  // of the shard
    const routing::SnapshotHolder& snapshots;
    sip::DigestServer& digest;
    BindingStore& bindings;
    log::Logger& log;
    metrics::Registry& metrics;
    // Wrong credentials, or right ones, came from there.
    std::function<void(const sip::Flow&)> on_auth_failure = {}, on_auth_success = {};
  };
  // Makes itself the user of REGISTER.
  Registrar(const Dependencies& dependencies, Settings settings);
  ~Registrar() override;

  void on_request(sip::TransactionId id, const sip::Message& request, const sip::Flow& from) override;
  // What comes without credentials is challenged, and nothing is remembered of it.
  bool answers_statelessly(const sip::Message& request, const sip::Flow& from,
                           std::string& response) override;
  // Nothing else comes: no request of ours goes out.
  void on_cancel(sip::TransactionId, const sip::Message&) override {}
  void on_ack(const sip::Message&, const sip::Flow&) override {}
  void on_response(sip::TransactionId, const sip::Message&, const sip::Flow&) override {}
  void on_timeout(sip::TransactionId) override {}
  void on_transport_error(sip::TransactionId) override {}
  void on_stray_response(const sip::Message&, const sip::Flow&) override {}

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::registrar
