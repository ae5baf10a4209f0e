#include "warp/integrations/tcr_client.h"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/base/checked.h"
#include "warp/net/quietly.h"

#include "base64.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::Document;
using domain::RegistryError;
using Kind = domain::RegistryError::Kind;

constexpr int kRecordNotFound = 502;  // TCR's error code, whatever the HTTP status
constexpr std::size_t kShownErrors = 20;

constexpr std::array<std::string_view, 18> kOperationNames{"create_brand",
                                                           "brand",
                                                           "update_brand",
                                                           "revet_brand",
                                                           "remove_brand",
                                                           "vettings",
                                                           "qualify",
                                                           "create_campaign",
                                                           "campaign",
                                                           "update_campaign",
                                                           "remove_campaign",
                                                           "resubmit",
                                                           "share",
                                                           "nudge",
                                                           "operation_status",
                                                           "sharing",
                                                           "carrier_metadata",
                                                           "subscribe"};
constexpr std::array<std::string_view, 8> kTcrOutcomeNames{
    "ok", "not_found", "refused", "rate_limited", "denied", "failed", "unreachable", "circuit_open"};

// It would be there twice, and billed twice, when the first try arrived after all.
bool registers(TcrOperation operation) {
  return operation == TcrOperation::CreateBrand || operation == TcrOperation::CreateCampaign;
}

bool may_repeat(const TcrRequest& request, TcrOutcome outcome, bool sent) {
  switch (outcome) {
    case TcrOutcome::RateLimited:
      return true;
    case TcrOutcome::Failed:
    case TcrOutcome::Unreachable:
      return !sent || !registers(request.operation);
    case TcrOutcome::Ok:
    case TcrOutcome::NotFound:
    case TcrOutcome::Refused:
    case TcrOutcome::Denied:
    case TcrOutcome::CircuitOpen:
      return false;
  }
  return false;
}

RegistryError tcr_unavailable(std::string internal) {
  return {Kind::Unavailable, "The Campaign Registry does not answer, or failed.", {}, std::move(internal)};
}

std::string plain_text_of(const Document& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_array()) return found->dump();
  std::string out;
  for (const auto& item : *found)
    out += (out.empty() ? "" : ", ") + (item.is_string() ? item.get<std::string>() : item.dump());
  return out;
}

// [{"code", "field" or "fields", "description"}] as clients are told; an object alone is a list of one.
Document errors_of(const Document& body) {
  auto out = Document::array();
  const auto add = [&out](const Document& item) {
    if (!item.is_object() || !item.contains("code") || out.size() >= kShownErrors) return;
    Document row;
    row["code"] = item["code"];
    row["description"] = plain_text_of(item, "description");
    const auto field = plain_text_of(item, item.contains("fields") ? "fields" : "field");
    if (!field.empty()) row["field"] = field;
    out.push_back(std::move(row));
  };
  if (body.is_array())
    for (const auto& item : body)
      add(item);
  else
    add(body);
  return out;
}

constexpr int kDeepest = 32;

// Discarded when it is no JSON, or deeper than any answer of TCR.
Document parse_answer(const std::string& text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  if (deepest > kDeepest) return Document(Document::value_t::discarded);
  return Document::parse(text, nullptr, false);
}

bool names_nothing(const Document& errors) {
  return std::any_of(errors.begin(), errors.end(), [](const Document& row) {
    return row["code"].is_number_integer() && row["code"].get<std::int64_t>() == kRecordNotFound;
  });
}

RegistryError refusal(Document errors) {
  RegistryError error{Kind::Refused, "The Campaign Registry refused the content.", {}, {}};
  if (errors.empty()) return error;
  const auto first = plain_text_of(errors[0], "description");
  if (!first.empty()) error.message = first;
  error.details = std::move(errors);
  return error;
}

}  // namespace

std::string_view to_string(TcrOperation operation) {
  return kOperationNames[static_cast<std::size_t>(operation)];
}
std::string_view to_string(TcrOutcome outcome) {
  return kTcrOutcomeNames[static_cast<std::size_t>(outcome)];
}

TcrClient::TcrClient(std::unique_ptr<http::Client> http, TcrSettings settings, const Clock& clock,
                     log::Logger& log, metrics::Registry& metrics)
    : http_(std::move(http)),
      settings_(std::move(settings)),
      authorization_("Basic " + to_base64(settings_.key + ":" + settings_.secret)),
      clock_(clock),
      log_(log),
      seconds_(metrics.histogram("warp_tcr_request_seconds", "Time that one request to TCR took.",
                                 {.05, .1, .2, .5, 1, 2, 5, 10})),
      open_(metrics.gauge("warp_tcr_circuit_open", "1 while TCR is not asked for its failures in a row.")) {
  for (std::size_t i = 0; i < kOperations; ++i)
    for (std::size_t j = 0; j < kOutcomes; ++j)
      counters_[i][j] = &metrics.counter(
          "warp_tcr_requests_total", "Requests to The Campaign Registry, each try by itself.",
          {{"operation", std::string(kOperationNames[i])}, {"outcome", std::string(kTcrOutcomeNames[j])}});
}

bool TcrClient::may_ask() {
  if (failures_ < settings_.breaker_failures) return true;
  const auto now = clock_.now();
  if (now < closed_until_) return false;
  closed_until_ = now + settings_.breaker_rest;  // this one looks; the others wait for what it finds
  return true;
}

asio::awaitable<TcrAnswer> TcrClient::ask(TcrRequest request) {
  if (!may_ask()) {
    Trial refused;
    refused.outcome = TcrOutcome::CircuitOpen;
    note(request, refused);
    co_return tcr_unavailable("the circuit is open");
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  auto backoff = settings_.backoff;
  for (unsigned tried = 1;; ++tried) {
    auto trying = attempt(request);
    auto trial = co_await std::move(trying);
    note(request, trial);
    if (tried >= settings_.tries || !may_repeat(request, trial.outcome, trial.sent))
      co_return std::move(trial.answer);
    timer.expires_after(std::min(std::max(backoff, trial.wait), settings_.longest_wait));
    backoff *= 2;
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) co_return tcr_unavailable("stopped");
  }
}

asio::awaitable<TcrClient::Trial> TcrClient::attempt(TcrRequest request) {
  http::ClientRequest wire;
  wire.method = request.method;
  wire.url = settings_.url + request.path;
  wire.headers.set("Authorization", authorization_);
  wire.headers.set("Accept", "application/json");
  if (!request.body.is_null()) {
    wire.headers.set("Content-Type", "application/json");
    wire.body = request.body.dump(-1, ' ', false, Document::error_handler_t::replace);
  }
  const auto began = clock_.now();
  auto sending = http_->send(std::move(wire));
  const auto response = co_await std::move(sending);
  seconds_.observe(std::chrono::duration<double>(clock_.now() - began).count());
  co_return judge(request, response);
}

TcrClient::Trial TcrClient::judge(const TcrRequest& request,
                                  const Result<http::ClientResponse, http::ClientError>& response) {
  Trial trial;
  const auto end = [&trial](TcrOutcome outcome, RegistryError error) {
    trial.outcome = outcome;
    trial.answer = std::move(error);
    return trial;
  };
  if (!response) {
    using enum http::ClientError;
    const auto error = response.error();
    trial.sent = error != BadUrl && error != PlainRefused && error != NoSuchHost &&
                 error != AddressForbidden && error != ConnectFailed && error != TlsFailed;
    return end(TcrOutcome::Unreachable, tcr_unavailable(std::string(http::to_string(error))));
  }
  const auto status = response->status;
  const auto said = std::string(to_string(request.operation)) + " was answered " + std::to_string(status);
  auto body = parse_answer(response->body);
  if (status >= 200 && status < 300) {
    if (!response->complete || (body.is_discarded() && !response->body.empty()))
      return end(TcrOutcome::Failed, tcr_unavailable(said + " without readable JSON"));
    trial.outcome = TcrOutcome::Ok;
    trial.answer = domain::RegistryAnswer{response->body.empty() ? Document() : std::move(body)};
    return trial;
  }
  auto errors = errors_of(body);
  if (status == 429) {
    const auto seconds = parse_number<std::uint32_t>(response->headers.get_or("Retry-After", ""));
    trial.wait = std::chrono::seconds(std::min<std::uint32_t>(seconds.value_or(0), 60));
    return end(TcrOutcome::RateLimited, tcr_unavailable(said));
  }
  if (status == 404 || names_nothing(errors))
    return end(TcrOutcome::NotFound, {Kind::NotFound, "The Campaign Registry knows no such object.", {}, {}});
  if (status == 401 || status == 403) return end(TcrOutcome::Denied, tcr_unavailable(said));
  if (status >= 400 && status < 500) return end(TcrOutcome::Refused, refusal(std::move(errors)));
  return end(TcrOutcome::Failed, tcr_unavailable(said));
}

void TcrClient::note(const TcrRequest& request, const Trial& trial) {
  counters_[static_cast<std::size_t>(request.operation)][static_cast<std::size_t>(trial.outcome)]->add();
  const auto operation = to_string(request.operation);
  switch (trial.outcome) {
    case TcrOutcome::CircuitOpen:
    case TcrOutcome::RateLimited:
      return;
    case TcrOutcome::Failed:
    case TcrOutcome::Unreachable:
      log_.info("integrations.tcr_failed",
                {{"operation", operation}, {"error", trial.answer.error().internal}});
      if (++failures_ < settings_.breaker_failures) return;
      if (failures_ == settings_.breaker_failures)
        log_.warning("integrations.tcr_circuit_open", {{"failures", failures_}});
      closed_until_ = clock_.now() + settings_.breaker_rest;
      open_.set(1);
      return;
    case TcrOutcome::Denied:
      log_.error("integrations.tcr_denied",
                 {{"operation", operation}, {"cure", "check integrations.tcr.key and .secret"}});
      break;
    case TcrOutcome::Ok:
    case TcrOutcome::NotFound:
    case TcrOutcome::Refused:
      break;
  }
  if (failures_ >= settings_.breaker_failures) log_.info("integrations.tcr_circuit_closed");
  failures_ = 0;
  open_.set(0);
}

}  // namespace warp::integrations
