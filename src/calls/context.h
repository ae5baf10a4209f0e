// Context: what every part of the engine works with. One per shard, owned by the engine, used on its thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "warp/calls/call_engine.h"
#include "warp/calls/settings.h"
#include "warp/sip/auth/auth_metrics.h"

#include "announce/desk.h"
#include "call_metrics.h"
#include "call_table.h"
#include "clock_rates.h"
#include "negotiation/terms.h"
#include "protection/far_load.h"
#include "recording/dialogs.h"
#include "transfer/handover.h"

namespace warp::calls {

struct Context {
  Context(const CallEngine::Dependencies& dependencies, unsigned shard_index, Settings engine_settings)
      : transactions(dependencies.transactions),
        sender(dependencies.sender),
        wheel(dependencies.wheel),
        executor(dependencies.executor),
        clock(dependencies.clock),
        ids(dependencies.ids),
        snapshots(dependencies.snapshots),
        media(dependencies.media),
        records(dependencies.records),
        limits(dependencies.limits),
        authenticity(dependencies.authenticity),
        capture(dependencies.capture),
        guard(dependencies.guard),
        log(dependencies.log),
        locator(dependencies.locator),
        health(dependencies.health),
        digest(dependencies.digest),
        bindings(dependencies.bindings),
        credential_calls(dependencies.credential_calls),
        neighbours(dependencies.neighbours),
        lookup(dependencies.lookup),
        charging(dependencies.charging),
        places(dependencies.places),
        quality(dependencies.quality),
        clips(dependencies.clips),
        recordings(dependencies.recordings),
        settings(std::move(engine_settings)),
        shard(shard_index),
        table(std::min<std::size_t>(settings.max_calls_per_shard, 8192)),
        metrics(dependencies.metrics),
        announcements(dependencies.metrics),
        recorders(dependencies.metrics),
        auth(dependencies.metrics),
        auth_answers(answers_of(dependencies.metrics)),
        overload(settings.overload),
        overload_gauges(dependencies.metrics, shard_index) {}

  sip::TransactionLayer& transactions;
  sip::MessageSender& sender;
  net::TimerWheel& wheel;
  Executor& executor;
  const Clock& clock;
  IdSource& ids;
  const routing::SnapshotHolder& snapshots;
  domain::MediaPort& media;
  domain::RecordSink& records;
  Limits& limits;
  domain::CallAuthenticity* const authenticity;  // null: no STIR/SHAKEN
  domain::CallCapture* const capture;            // null: none
  Guard* guard;
  log::Logger& log;
  sip::Locator* const locator;             // null: names are not located
  domain::TargetHealth* const health;      // null: everything is tried
  sip::DigestServer* const digest;         // null: credentials open nothing
  const domain::Bindings* const bindings;  // null: nobody registers
  CredentialCalls* const credential_calls;
  Neighbours* const neighbours;                 // null: this is the only shard
  domain::NumberLookup* const lookup;           // null: nothing is asked about numbers
  domain::ChargingPort* const charging;         // null: no money is held
  const numbering::TableHolder* const places;   // null: no number has a place
  const routing::QualityHolder* const quality;  // null: no route has a quality
  domain::ClipLibrary* const clips;             // null: nothing is played
  domain::RecordingPort* const recordings;      // null: nothing is recorded
  const Settings settings;
  const unsigned shard;

  CallTable table;
  MovedTags moved;
  CallMetrics metrics;
  AnnouncementDesk announcements;
  RecorderDialogs recorders;
  sip::AuthMetrics auth;
  using AuthAnswers = std::array<metrics::Counter*, sip::kDigestAnswers>;
  static AuthAnswers answers_of(metrics::Registry& registry);  // challenges.cpp
  const AuthAnswers auth_answers;                              // by sip::DigestAnswer
  std::unordered_map<sip::TransactionId, SentRequest> sent;    // requests that may be challenged
  ClockRateCache clock_rates;
  TermsCache terms;
  std::optional<sip::Reach> reach;  // once it was needed
  std::string scratch;              // for messages that nobody keeps

  Overload overload;
  OverloadGauges overload_gauges;
  bool admitted = false;  // the message under way is counted among the new calls already
  FarLoad far_load;

  std::atomic<Admission> admission{Admission::Ready};
  std::atomic<std::size_t> active{0};
  std::atomic<std::size_t> max_calls{settings.max_calls_per_shard};
  // Cleared when the engine goes: work that was posted for it before then does nothing.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  // What strangers are refused for, and anybody under overload, is logged once in a while, with how often it
  // was.
  struct Tally {
    std::uint64_t since_log = 0;
    Monotonic logged_at{};
  };
  Tally unknown_sources, rates_exceeded, sheds;
};

}  // namespace warp::calls
