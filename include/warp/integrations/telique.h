// Telique: telecom data of the North American plan over HTTPS: who serves a ported number (LRN), names of
// callers, numbers that never call, carriers of toll-free numbers, and who holds which block (LERG 6).
//
// TeliqueClient asks one question. After failures in a row nothing is asked for a rest, then one question
// looks whether the service is back; after a 429 nothing is asked for as long as it says, or ever longer; and
// never more questions a second than the ceiling. The token appears in no log line.
//
// TeliqueLookup is the port that calls use: a cache, one question a key at a time whoever waits for it, and
// an answer within the time limit whatever becomes of it.
//
// Metrics: warp_lookup_requests_total{kind,outcome}, warp_lookup_request_seconds, warp_lookup_circuit_open,
// warp_lookup_cache_total{kind,outcome}, warp_lookup_answers_total{state}.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/domain/number_lookup.h"
#include "warp/http/pooled_client.h"
#include "warp/integrations/telique_documents.h"

namespace warp::integrations {

enum class TeliqueKind : std::uint8_t { Lrn, Cnam, Dno, TollFree, Lerg };
std::string_view to_string(TeliqueKind kind);  // lrn, cnam, dno, toll_free, lerg

enum class TeliqueOutcome : std::uint8_t {
  Ok,
  NotFound,
  Refused,      // 400, 405: our question
  RateLimited,  // 429, and what is not asked because of one
  Denied,       // 401, 403: our token
  Failed,       // 5xx, or an answer that cannot be read
  TimedOut,
  Unreachable,
  CircuitOpen,  // not asked
  Ceiling,      // not asked: there are enough questions this second
};
std::string_view to_string(TeliqueOutcome outcome);

// The same registry gives the same handles: a daemon that asks nobody has them, too.
struct TeliqueMetrics {
  static constexpr std::size_t kKinds = 5, kOutcomes = 10, kStates = 4;
  explicit TeliqueMetrics(metrics::Registry& registry);

  std::array<std::array<metrics::Counter*, kOutcomes>, kKinds> requests{};
  std::array<metrics::Counter*, kStates> answers{};            // by domain::LookupState
  std::array<metrics::Counter*, kKinds - 1> hits{}, misses{};  // by kind; LERG is not remembered
  metrics::Histogram& seconds;
  metrics::Gauge& circuit_open;
};

struct TeliqueSettings {
  std::string token;  // empty: what anonymous users get, 10 questions a minute
  unsigned calls_per_second = 200;
  unsigned breaker_failures = 5;
  std::chrono::milliseconds breaker_rest{15'000};
  std::chrono::milliseconds backoff{500}, longest_wait{60'000};  // after a 429 that says no time
  std::chrono::milliseconds timeout{800};                        // of a look-up, all its questions together
  std::chrono::seconds cache{15 * 60}, cnam_cache{24 * 3600};
  std::size_t cache_entries = 1 << 20;
  std::size_t most_waiting = 20'000;  // look-ups at once; above: they have no answer
};

// One thread: that of the executor that awaits; resting() is for any.
class TeliqueClient {
 public:
  TeliqueClient(std::unique_ptr<http::PooledClient> http, TeliqueSettings settings, const Clock& clock,
                log::Logger& log, metrics::Registry& metrics);

  struct Reply {
    TeliqueOutcome outcome = TeliqueOutcome::Unreachable;
    std::string body;  // of Ok
  };
  // `path` below the service's address. Of an Ok body, who asked says whether it could be read: a service
  // that answers nonsense fails.
  boost::asio::awaitable<Reply> ask(TeliqueKind kind, std::string path, std::chrono::milliseconds timeout);
  void readable(TeliqueKind kind);
  void unreadable(TeliqueKind kind);

  // Nothing is asked at present.
  bool resting() const { return resting_until_.load(std::memory_order_relaxed) > clock_.now(); }
  void close_idle() { http_->close_idle(); }

 private:
  std::optional<TeliqueOutcome> not_now();
  bool within_ceiling();
  TeliqueOutcome judge(TeliqueKind kind, const Result<http::ClientResponse, http::ClientError>& answer);
  void count(TeliqueKind kind, TeliqueOutcome outcome);
  void failed(TeliqueKind kind, std::string_view why);
  void worked();
  void limited(const http::Headers& headers);

  const std::unique_ptr<http::PooledClient> http_;
  const TeliqueSettings settings_;
  const Clock& clock_;
  log::Logger& log_;
  TeliqueMetrics metrics_;
  unsigned failures_ = 0;  // in a row
  bool probing_ = false;   // one question looks whether the service is back
  Monotonic closed_until_{}, limited_until_{};
  std::chrono::milliseconds wait_;  // after the next 429 that says no time
  std::atomic<Monotonic> resting_until_{Monotonic{}};
  double tokens_ = 0;  // of questions, not of money
  Monotonic filled_at_{};
};

class TeliqueLookup final : public domain::NumberLookup {
 public:
  // `client` and `executor` outlive it; the executor has one thread.
  TeliqueLookup(TeliqueClient& client, TeliqueSettings settings, boost::asio::any_io_executor executor,
                const Clock& clock, log::Logger& log, metrics::Registry& metrics);
  ~TeliqueLookup() override;

  // Any thread.
  std::optional<domain::LookupAnswer> lookup(domain::LookupRequest request, Executor& where,
                                             std::function<void(domain::LookupAnswer)> done) override;

  // Answers who waits, breaks off what is under way and waits for its end. On the executor; before the
  // destruction.
  boost::asio::awaitable<void> close();

 private:
  struct Impl;
  const std::shared_ptr<Impl> impl_;  // shared with what was posted and has not run
};

// Blocks of one area code (LERG 6), a page: at most kLergPage rows from `offset` on.
inline constexpr std::uint64_t kLergPage = 10'000;
boost::asio::awaitable<Result<TeliqueBlocks, TeliqueOutcome>> ask_blocks(TeliqueClient& client, unsigned npa,
                                                                         std::uint64_t offset,
                                                                         std::chrono::milliseconds timeout);

}  // namespace warp::integrations
