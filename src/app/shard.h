// Shard: one signalling thread with all that lives on it: loop, UDP transport, transactions, call engine.
//
// Life: construct (opens sockets) → start(peers) on all → run() makes the thread → stop_reading() → stop()
// joins → destroy. Member order is teardown order turned round: the engine goes first, the loop last.
#pragma once

#include <memory>
#include <span>
#include <thread>

#include "warp/base/random.h"
#include "warp/calls/call_engine.h"
#include "warp/net/loop.h"
#include "warp/sip/transaction/transaction_layer.h"
#include "warp/sip/transport/message_handler.h"
#include "warp/sip/transport/udp_transport.h"

#include "app/config.h"

namespace warp::app {

// What all shards share.
struct ShardNeeds {
  const Clock& clock;
  const routing::SnapshotHolder& snapshots;
  domain::MediaPort& media;
  domain::RecordSink& records;
  calls::Limits& limits;
  log::Logger& log;
  metrics::Registry& metrics;
  sip::DigestServer* digest = nullptr;
  const domain::Bindings* bindings = nullptr;
  calls::CredentialCalls* credential_calls = nullptr;
};

// A shard's part of sip.max_calls.
std::size_t max_calls_of_a_shard(const Config& config);

class Shard final : private sip::MessageHandler {
 public:
  // Throws std::runtime_error with a sentence for people when a listener cannot be opened.
  Shard(unsigned index, const Config& config, const sip::UdpTransportSettings& listeners,
        const ShardNeeds& needs);
  ~Shard() override;

  // The listeners with their real ports, for the shards that follow and for the API.
  std::vector<sip::UdpListener> listeners() const { return transport_->listeners(); }
  sip::UdpTransport* transport() { return transport_.get(); }
  void start(std::span<sip::UdpTransport* const> shards);
  void run();   // makes the thread
  void stop();  // ends the loop and joins

  net::Loop& loop() { return loop_; }
  calls::CallEngine& engine() { return *engine_; }
  // For what else lives on this shard.
  sip::TransactionLayer& transactions() { return *transactions_; }
  sip::MessageSender& sender() { return *transport_; }
  IdSource& ids() { return ids_; }

 private:
  void on_message(sip::Message message, const sip::Flow& from) override;
  void on_malformed(const sip::ParseError& error, const sip::Flow& from) override;

  log::Logger& log_;
  net::Loop loop_;
  SecureIdSource ids_;
  std::unique_ptr<sip::UdpTransport> transport_;
  std::unique_ptr<sip::TransactionLayer> transactions_;
  std::unique_ptr<calls::CallEngine> engine_;
  std::thread thread_;
};

}  // namespace warp::app
