// CallEngine: the back-to-back user agent of one signalling shard.
//
// A call is two legs with dialogs of our own, media between them (or not), one price for the customer, one
// cost for the provider, and exactly one detail record. It lives on this shard's thread from INVITE to
// record: what comes from elsewhere (journal, media) is posted to the shard's Executor and finds the call by
// number, or finds it gone. docs: src/calls/README.md.
//
// Everything here is called on the shard's thread, but for what says "any thread".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/holder.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/calls/credential_calls.h"
#include "warp/calls/guard.h"
#include "warp/calls/limits.h"
#include "warp/calls/live_calls.h"
#include "warp/calls/neighbours.h"
#include "warp/calls/settings.h"
#include "warp/domain/bindings.h"
#include "warp/domain/call_authenticity.h"
#include "warp/domain/call_capture.h"
#include "warp/domain/call_record.h"
#include "warp/domain/charging.h"
#include "warp/domain/clip_library.h"
#include "warp/domain/media_port.h"
#include "warp/domain/number_lookup.h"
#include "warp/domain/record_sink.h"
#include "warp/domain/recording_port.h"
#include "warp/domain/target_health.h"
#include "warp/net/timer_wheel.h"
#include "warp/numbering/table.h"
#include "warp/routing/query.h"
#include "warp/routing/snapshot.h"
#include "warp/sip/auth/digest_server.h"
#include "warp/sip/transaction/transaction_layer.h"
#include "warp/sip/transport/locator.h"
#include "warp/sip/transport/transport.h"

namespace warp::calls {

// An answered call that the process before this one left behind, as the journal gives it back.
struct Orphan {
  domain::CallRecord draft;  // as given to RecordSink::answered
  std::string state;         // as given to RecordSink::answered
  WallTime last_alive{};     // the last moment at which the old process is known to have lived
};

class CallEngine final : public sip::TransactionUser {
 public:
  // All outlive the engine.
  struct Dependencies {
    sip::TransactionLayer& transactions;
    sip::MessageSender& sender;
    net::TimerWheel& wheel;
    Executor& executor;  // of this shard
    const Clock& clock;
    IdSource& ids;  // of this shard
    const routing::SnapshotHolder& snapshots;
    domain::MediaPort& media;
    domain::RecordSink& records;
    Limits& limits;  // shared by all shards
    log::Logger& log;
    metrics::Registry& metrics;
    // May be null.
    sip::Locator* locator = nullptr;                   // of endpoints that are names
    domain::TargetHealth* health = nullptr;            // shared by all shards
    domain::CallAuthenticity* authenticity = nullptr;  // null: nothing is verified or signed
    domain::CallCapture* capture = nullptr;            // of this shard
    Guard* guard = nullptr;  // shared by all shards; null: strangers are not watched
    // Who calls: null, and credentials open nothing.
    sip::DigestServer* digest = nullptr;
    const domain::Bindings* bindings = nullptr;
    CredentialCalls* credential_calls = nullptr;
    Neighbours* neighbours = nullptr;
    // Numbers, routes and money; each shared by all shards.
    domain::NumberLookup* lookup = nullptr;           // null: nothing is asked about numbers
    domain::ChargingPort* charging = nullptr;         // null: no money is held
    const numbering::TableHolder* places = nullptr;   // null: no number has a place
    const routing::QualityHolder* quality = nullptr;  // null: no route has a quality
    domain::ClipLibrary* clips = nullptr;             // shared by all shards; null: nothing is played
    domain::RecordingPort* recordings = nullptr;      // shared by all shards; null: nothing is recorded
  };

  // Makes itself the user of the transaction layer.
  CallEngine(const Dependencies& dependencies, unsigned shard, Settings settings);
  ~CallEngine() override;

  void on_request(sip::TransactionId id, const sip::Message& request, const sip::Flow& from) override;
  void on_cancel(sip::TransactionId invite, const sip::Message& cancel) override;
  void on_ack(const sip::Message& ack, const sip::Flow& from) override;
  void on_response(sip::TransactionId id, const sip::Message& response, const sip::Flow& from) override;
  void on_timeout(sip::TransactionId id) override;
  void on_transport_error(sip::TransactionId id) override;
  void on_stray_response(const sip::Message& response, const sip::Flow& from) override;

  // What comes in passes here first: before it is parsed, and before the transaction layer. False: it was
  // answered without state, or dropped.
  bool wants(std::string_view bytes, const sip::Flow& from);
  bool passes(const sip::Message& message, const sip::Flow& from);
  // The oldest datagram of a batch has waited so long.
  void on_queue_delay(std::chrono::nanoseconds delay);

  void set_admission(Admission admission);        // any thread
  Admission admission() const;                    // any thread
  void set_max_calls(std::size_t of_this_shard);  // any thread; instead of Settings::max_calls_per_shard
  std::size_t active_calls() const;               // any thread; calls without their record yet

  // Ends every call: BYE to both sides of those that are up, a refusal to the callers of the rest.
  void end_all(domain::Reason reason);
  // False when this shard has no such call.
  bool end(CallId call, domain::Reason reason);
  // Begins to record a call that is up, or stops that.
  RecordingBegun record(CallId call, const RecordingWish& wish);
  RecordingAnswer stop_recording(CallId call);
  std::vector<LiveCall> live(const LiveFilter& filter) const;
  // Counts anew what this shard's calls hold of the limits, and puts right what the counters say. How many
  // were wrong: a defect, logged and counted (warp_limits_drift_total).
  std::size_t audit_limits();

  // Goes on with the call when it is recent (Settings::recovery_window) and its state and ports are to be
  // had. Else BYEs what may still hang at the far ends and finishes the record: the call counts until
  // last_alive. Any shard may do it; the one that sip::shard_of() names for draft.sip_call_id is the natural
  // one.
  void recover(Orphan orphan);

  // What another shard posted (neighbours.h).
  void run(const std::function<void(Context&)>& work);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::calls
