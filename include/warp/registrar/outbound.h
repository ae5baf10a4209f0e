// OutboundRegistrations: our own registrations at providers (RFC 3261 §10.2), as the snapshot asks for them:
// REGISTER, refreshed between 80 and 90 % of what the registrar grants, with backoff when it fails, answers
// to its challenges, Min-Expires, and the end when we go. On one shard's thread, but for states().
//
// Metrics: warp_registrar_outbound_registered, warp_registrar_outbound_answers_total{outcome}.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/net/timer_wheel.h"
#include "warp/routing/snapshot.h"
#include "warp/sip/transaction/transaction_layer.h"

namespace warp::registrar {

enum class OutboundState : std::uint8_t {
  Idle,         // not asked yet
  Registering,  // asked, and no answer yet
  Registered,
  Rejected,      // the registrar says no; tried again later
  Unreachable,   // it says nothing; the same
  Unregistered,  // we are going
};
std::string_view to_string(OutboundState state);  // idle, registering, …

struct OutboundView {
  ProviderId provider;
  Uuid credential;
  OutboundState state = OutboundState::Idle;
  std::string registrar, contact;
  std::uint16_t last_status = 0;
  std::uint32_t failures = 0;
  std::optional<WallTime> registered_at, expires_at;
};

class OutboundRegistrations final : public sip::TransactionUser {
 public:
  // All outlive it; it dies on its shard's thread, or when that runs no more.
  struct Dependencies {
    sip::TransactionLayer& transactions;
    sip::MessageSender& sender;
    net::TimerWheel& wheel;
    const Clock& clock;
    IdSource& ids;
    const routing::SnapshotHolder& snapshots;
    log::Logger& log;
    metrics::Registry& metrics;
    unsigned shard = 0;  // that Call-IDs name
    std::string server = "WARP";
  };
  explicit OutboundRegistrations(const Dependencies& dependencies);
  ~OutboundRegistrations() override;

  // Starts what the snapshot in force asks for, ends what it asks for no more. When the snapshot changed.
  void follow();
  // Unregisters everywhere and starts nothing more.
  void leave();
  std::vector<OutboundView> states() const;  // any thread

  void on_response(sip::TransactionId id, const sip::Message& response, const sip::Flow& from) override;
  void on_timeout(sip::TransactionId id) override;
  void on_transport_error(sip::TransactionId id) override;
  void on_request(sip::TransactionId, const sip::Message&, const sip::Flow&) override {}
  void on_cancel(sip::TransactionId, const sip::Message&) override {}
  void on_ack(const sip::Message&, const sip::Flow&) override {}
  void on_stray_response(const sip::Message&, const sip::Flow&) override {}

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::registrar
