// Shard: one signalling thread with all that lives on it: loop, transports, transactions, call engine.
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
#include "warp/registrar/binding_store.h"
#include "warp/sip/transaction/transaction_layer.h"
#include "warp/sip/transport/message_handler.h"
#include "warp/sip/transport/transports.h"

#include "app/capture_unit.h"
#include "app/config.h"

namespace warp::app {

// What all shards share.
struct ShardNeeds {
  const Clock& clock;
  sip::StreamCommons& streams;
  const routing::SnapshotHolder& snapshots;
  domain::MediaPort& media;
  domain::RecordSink& records;
  calls::Limits& limits;
  log::Logger& log;
  metrics::Registry& metrics;
  calls::Guard& guard;
  sip::Locator* locator = nullptr;
  domain::TargetHealth* health = nullptr;
  domain::CallAuthenticity* authenticity = nullptr;
  CaptureUnit* capture = nullptr;
  sip::DigestServer* digest = nullptr;
  registrar::BindingStore* bindings = nullptr;
  calls::CredentialCalls* credential_calls = nullptr;
  calls::Neighbours* neighbours = nullptr;
  domain::NumberLookup* lookup = nullptr;
  domain::ChargingPort* charging = nullptr;
  const numbering::TableHolder* places = nullptr;
  const routing::QualityHolder* quality = nullptr;
  domain::ClipLibrary* clips = nullptr;
  domain::RecordingPort* recordings = nullptr;
};

// A shard's part of sip.max_calls.
std::size_t max_calls_of_a_shard(const Config& config);

class Shard final : private sip::MessageHandler {
 public:
  // Throws std::runtime_error with a sentence for people when a listener cannot be opened.
  Shard(unsigned index, const Config& config, const sip::SipTransportsSettings& transports,
        const ShardNeeds& needs);
  ~Shard() override;

  // The listeners with their real ports, for the shards that follow and for the API.
  std::vector<sip::SipListener> listeners() const { return transports_->listeners(); }
  sip::SipTransports* transports() { return transports_.get(); }
  void start(std::span<sip::SipTransports* const> shards);
  void run();   // makes the thread
  void stop();  // ends the loop and joins

  net::Loop& loop() { return loop_; }
  calls::CallEngine& engine() { return *engine_; }
  sip::TransactionLayer& transactions() { return *transactions_; }
  sip::MessageSender& sender() { return *transports_; }
  IdSource& ids() { return ids_; }  // the shard's thread alone

 private:
  void on_message(sip::Message message, const sip::Flow& from) override;
  void on_malformed(const sip::ParseError& error, const sip::Flow& from) override;
  bool admits(const domain::SocketAddress& source) override;
  bool wants(std::string_view bytes, const sip::Flow& from) override;
  void on_queue_delay(std::chrono::nanoseconds delay) override;
  void on_connection_lost(const sip::Flow& flow) override;

  log::Logger& log_;
  calls::Guard& guard_;
  registrar::BindingStore* const bindings_;
  net::Loop loop_;
  SecureIdSource ids_;
  std::unique_ptr<sip::SipTransports> transports_;
  std::unique_ptr<sip::TransactionLayer> transactions_;
  std::unique_ptr<calls::CallEngine> engine_;
  std::thread thread_;
};

}  // namespace warp::app
