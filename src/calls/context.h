// Context: what every part of the engine works with. One per shard, owned by the engine, used on its thread.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>

#include "warp/calls/call_engine.h"
#include "warp/calls/settings.h"
#include "warp/sip/auth/auth_metrics.h"

#include "call_metrics.h"
#include "call_table.h"
#include "clock_rates.h"

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
        log(dependencies.log),
        digest(dependencies.digest),
        bindings(dependencies.bindings),
        credential_calls(dependencies.credential_calls),
        on_auth_failure(dependencies.on_auth_failure),
        settings(std::move(engine_settings)),
        shard(shard_index),
        table(std::min<std::size_t>(settings.max_calls_per_shard, 8192)),
        metrics(dependencies.metrics),
        auth(dependencies.metrics),
        auth_answers(answers_of(dependencies.metrics)) {}

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
  log::Logger& log;
  sip::DigestServer* const digest;         // null: credentials open nothing
  const domain::Bindings* const bindings;  // null: nobody registers
  CredentialCalls* const credential_calls;
  const std::function<void(const sip::Flow&)> on_auth_failure;
  const Settings settings;
  const unsigned shard;

  CallTable table;
  CallMetrics metrics;
  sip::AuthMetrics auth;
  using AuthAnswers = std::array<metrics::Counter*, sip::kDigestAnswers>;
  static AuthAnswers answers_of(metrics::Registry& registry);  // challenges.cpp
  const AuthAnswers auth_answers;                              // by sip::DigestAnswer
  std::unordered_map<sip::TransactionId, SentRequest> sent;    // requests that may be challenged
  ClockRateCache clock_rates;
  std::string scratch;  // for messages that nobody keeps

  std::atomic<Admission> admission{Admission::Ready};
  std::atomic<std::size_t> active{0};
  std::atomic<std::size_t> max_calls{settings.max_calls_per_shard};
  // Cleared when the engine goes: work that was posted for it before then does nothing.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  std::uint64_t unknown_since_log = 0;
  Monotonic unknown_logged_at{};
};

}  // namespace warp::calls
