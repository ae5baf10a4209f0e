// TcrClient: requests to The Campaign Registry's API for campaign service providers (version 2): JSON over
// HTTPS, HTTP Basic with the account's API key and secret.
//
// What may be repeated is tried again with backoff: anything after a 429 (Retry-After is kept to) or a
// connection that was never made, and, unless it registers something, after 5xx and time-outs. Failures in a
// row open a circuit: for a rest nothing is asked, then one request looks whether TCR is back. Key and secret
// appear in no log line.
//
// One thread: that of the executor that awaits.
// Metrics: warp_tcr_requests_total{operation,outcome} (every try), warp_tcr_request_seconds,
// warp_tcr_circuit_open.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/campaign_registry.h"
#include "warp/http/client.h"

namespace warp::integrations {

struct TcrSettings {
  std::string url = "https://csp-api.campaignregistry.com/v2";
  std::string key, secret;
  unsigned tries = 3;
  std::chrono::milliseconds backoff{250}, longest_wait{3'000};  // doubles from one to the other
  unsigned breaker_failures = 5;
  std::chrono::milliseconds breaker_rest{15'000};
};

enum class TcrOperation : std::uint8_t {
  CreateBrand,
  Brand,
  UpdateBrand,
  RevetBrand,
  RemoveBrand,
  Vettings,
  Qualify,
  CreateCampaign,
  Campaign,
  UpdateCampaign,
  RemoveCampaign,
  Resubmit,
  Share,
  Nudge,
  OperationStatus,
  Sharing,
  CarrierMetadata,
  Subscribe,
};
std::string_view to_string(TcrOperation operation);

enum class TcrOutcome : std::uint8_t {
  Ok,
  NotFound,
  Refused,      // the content
  RateLimited,  // 429
  Denied,       // our key: 401, 403
  Failed,       // 5xx, or no JSON where there should be some
  Unreachable,  // no answer
  CircuitOpen,  // not asked
};
std::string_view to_string(TcrOutcome outcome);

struct TcrRequest {
  TcrOperation operation;
  http::Method method = http::Method::Get;
  std::string path;            // below the URL, its parts encoded
  domain::Document body = {};  // null: none
};

using TcrAnswer = domain::RegistryResult<domain::RegistryAnswer>;

class TcrClient {
 public:
  TcrClient(std::unique_ptr<http::Client> http, TcrSettings settings, const Clock& clock, log::Logger& log,
            metrics::Registry& metrics);

  boost::asio::awaitable<TcrAnswer> ask(TcrRequest request);

 private:
  struct Trial {
    TcrOutcome outcome = TcrOutcome::Unreachable;
    bool sent = true;  // false: no connection was made
    std::chrono::milliseconds wait{0};
    TcrAnswer answer;
  };
  boost::asio::awaitable<Trial> attempt(TcrRequest request);
  Trial judge(const TcrRequest& request, const Result<http::ClientResponse, http::ClientError>& response);
  void note(const TcrRequest& request, const Trial& trial);
  bool may_ask();

  static constexpr std::size_t kOperations = static_cast<std::size_t>(TcrOperation::Subscribe) + 1;
  static constexpr std::size_t kOutcomes = static_cast<std::size_t>(TcrOutcome::CircuitOpen) + 1;

  const std::unique_ptr<http::Client> http_;
  const TcrSettings settings_;
  const std::string authorization_;
  const Clock& clock_;
  log::Logger& log_;
  std::array<std::array<metrics::Counter*, kOutcomes>, kOperations> counters_{};
  metrics::Histogram& seconds_;
  metrics::Gauge& open_;
  unsigned failures_ = 0;  // in a row
  Monotonic closed_until_{};
};

}  // namespace warp::integrations
