#include <algorithm>

#include "warp/base/checked.h"
#include "warp/integrations/telique.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using enum TeliqueOutcome;

constexpr std::array<std::string_view, 5> kKindNames{"lrn", "cnam", "dno", "toll_free", "lerg"};
constexpr std::array<std::string_view, 10> kTeliqueOutcomeNames{
    "ok",     "not_found", "refused",     "rate_limited", "denied",
    "failed", "timed_out", "unreachable", "circuit_open", "ceiling"};
constexpr std::array<std::string_view, 4> kStateNames{"fresh", "cached", "partial", "absent"};
constexpr std::uint64_t kPageOctets = 16 << 20;
constexpr std::uint64_t kAnswerOctets = 64 << 10;

}  // namespace

std::string_view to_string(TeliqueKind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}
std::string_view to_string(TeliqueOutcome outcome) {
  return kTeliqueOutcomeNames[static_cast<std::size_t>(outcome)];
}

TeliqueMetrics::TeliqueMetrics(metrics::Registry& registry)
    : seconds(registry.histogram("warp_lookup_request_seconds",
                                 "Time that one question to the look-up service took.",
                                 {.005, .01, .02, .05, .1, .2, .4, .8, 2, 10})),
      circuit_open(
          registry.gauge("warp_lookup_circuit_open", "1 while look-ups rest for their failures in a row.")) {
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome)
      requests[kind][outcome] = &registry.counter(
          "warp_lookup_requests_total", "Questions to the look-up service, also those that were not asked.",
          {{"kind", std::string(kKindNames[kind])}, {"outcome", std::string(kTeliqueOutcomeNames[outcome])}});
  for (std::size_t state = 0; state < kStates; ++state)
    answers[state] =
        &registry.counter("warp_lookup_answers_total", "Look-ups of calls, by what came of them.",
                          {{"state", std::string(kStateNames[state])}});
  for (std::size_t kind = 0; kind < hits.size(); ++kind)
    for (const bool hit : {true, false})
      (hit ? hits : misses)[kind] =
          &registry.counter("warp_lookup_cache_total", "What look-ups found in the cache, and what not.",
                            {{"kind", std::string(kKindNames[kind])}, {"outcome", hit ? "hit" : "miss"}});
}

TeliqueClient::TeliqueClient(std::unique_ptr<http::PooledClient> http, TeliqueSettings settings,
                             const Clock& clock, log::Logger& log, metrics::Registry& metrics)
    : http_(std::move(http)),
      settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      wait_(settings_.backoff),
      tokens_(settings_.calls_per_second),
      filled_at_(clock.now()) {}

void TeliqueClient::count(TeliqueKind kind, TeliqueOutcome outcome) {
  metrics_.requests[static_cast<std::size_t>(kind)][static_cast<std::size_t>(outcome)]->add();
}

bool TeliqueClient::within_ceiling() {
  const auto now = clock_.now();
  const double most = std::max(1u, settings_.calls_per_second);
  tokens_ = std::min(most, tokens_ + std::chrono::duration<double>(now - filled_at_).count() * most);
  filled_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

// Why nothing is asked; absent: ask.
std::optional<TeliqueOutcome> TeliqueClient::not_now() {
  const auto now = clock_.now();
  if (now < limited_until_) return RateLimited;
  if (failures_ >= settings_.breaker_failures && (now < closed_until_ || probing_)) return CircuitOpen;
  if (!within_ceiling()) return Ceiling;
  return std::nullopt;
}

asio::awaitable<TeliqueClient::Reply> TeliqueClient::ask(TeliqueKind kind, std::string path,
                                                         std::chrono::milliseconds timeout) {
  Reply reply;
  if (const auto why = not_now()) {
    count(kind, *why);
    reply.outcome = *why;
    co_return reply;
  }
  // Given back however this ends: by an answer, or with the coroutine.
  struct Probe {
    bool* flag;
    ~Probe() {
      if (flag != nullptr) *flag = false;
    }
  };
  const bool probes = failures_ >= settings_.breaker_failures;
  const Probe probe{probes ? &probing_ : nullptr};
  if (probes) probing_ = true;
  http::ClientRequest request;
  request.method = http::Method::Get;
  request.url = std::move(path);
  request.headers.set("Accept", "application/json");
  if (!settings_.token.empty()) request.headers.set("x-api-token", settings_.token);
  request.timeout = timeout;
  request.body_octets = kind == TeliqueKind::Lerg ? kPageOctets : kAnswerOctets;
  const auto began = clock_.now();
  auto sending = http_->send(std::move(request));
  auto answer = co_await std::move(sending);
  metrics_.seconds.observe(std::chrono::duration<double>(clock_.now() - began).count());
  reply.outcome = judge(kind, answer);
  if (reply.outcome == Ok)
    reply.body = std::move(answer->body);  // whether that is a success is for who reads it to say
  else
    count(kind, reply.outcome);
  co_return reply;
}

TeliqueOutcome TeliqueClient::judge(TeliqueKind kind,
                                    const Result<http::ClientResponse, http::ClientError>& answer) {
  if (!answer) {
    failed(kind, http::to_string(answer.error()));
    return answer.error() == http::ClientError::TimedOut ? TimedOut : Unreachable;
  }
  const auto status = answer->status;
  if (status == 429) {
    limited(answer->headers);
    return RateLimited;
  }
  if (status == 401 || status == 403) {
    if (failures_ == 0)
      log_.error("integrations.telique_denied",
                 {{"status", status}, {"cure", "check numbers.telique.token"}});
    failed(kind, "the token was refused");
    return Denied;
  }
  if (status == 404) {
    worked();
    return NotFound;
  }
  if (status == 200 && answer->complete) return Ok;
  if (status >= 400 && status < 500) {
    worked();
    log_.info("integrations.telique_refused", {{"kind", to_string(kind)}, {"status", status}});
    return Refused;
  }
  failed(kind, "status " + std::to_string(status) + (answer->complete ? "" : ", cut off"));
  return Failed;
}

void TeliqueClient::readable(TeliqueKind kind) {
  count(kind, Ok);
  worked();
}

void TeliqueClient::unreadable(TeliqueKind kind) {
  count(kind, Failed);
  failed(kind, "the answer cannot be read");
}

void TeliqueClient::failed(TeliqueKind kind, std::string_view why) {
  log_.info("integrations.telique_failed", {{"kind", to_string(kind)}, {"error", why}});
  if (++failures_ < settings_.breaker_failures) return;
  if (failures_ == settings_.breaker_failures)
    log_.warning("integrations.telique_circuit_open", {{"failures", failures_}, {"error", why}});
  closed_until_ = clock_.now() + settings_.breaker_rest;
  resting_until_.store(std::max(closed_until_, limited_until_), std::memory_order_relaxed);
  metrics_.circuit_open.set(1);
}

void TeliqueClient::worked() {
  if (failures_ >= settings_.breaker_failures) {
    log_.info("integrations.telique_circuit_closed");
    metrics_.circuit_open.set(0);
  }
  failures_ = 0;
  closed_until_ = {};
  resting_until_.store(limited_until_, std::memory_order_relaxed);
  wait_ = settings_.backoff;
}

void TeliqueClient::limited(const http::Headers& headers) {
  const auto said = parse_number<std::uint32_t>(headers.get_or("Retry-After", ""));
  auto wait = wait_;
  if (said)
    wait = std::chrono::seconds(std::min<std::uint32_t>(*said, 3600));
  else
    wait_ = std::min(wait_ * 2, settings_.longest_wait);
  limited_until_ = clock_.now() + std::min(wait, settings_.longest_wait);
  resting_until_.store(std::max(closed_until_, limited_until_), std::memory_order_relaxed);
  log_.info("integrations.telique_rate_limited",
            {{"milliseconds", std::min(wait, settings_.longest_wait).count()}});
}

}  // namespace warp::integrations
