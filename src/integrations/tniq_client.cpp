#include "warp/integrations/tniq_client.h"

#include "embedded_tasks.h"
#include "tniq_text.h"

namespace warp::integrations {
namespace {

using domain::PortDocument;
using domain::PortError;
using PortErrorKind = PortError::Kind;
using Answer = domain::PortResult<PortDocument>;

constexpr std::array<const char*, 5> kOutcomes{"ok", "not_found", "refused", "conflict", "failed"};
enum : std::size_t { kOk, kNotFound, kRefused, kConflict, kFailed };

// What it says of a refusal, in either of the usual forms.
std::string message_of(const PortDocument& body, const char* name) {
  if (!body.is_object()) return {};
  const auto error = body.find("error");
  const auto& from = error != body.end() && error->is_object() ? *error : body;
  return tniq_text(from, name);
}

}  // namespace

TniqClient::TniqClient(std::unique_ptr<http::PooledClient> http, std::string product, std::string token,
                       boost::asio::any_io_executor executor, log::Logger& log, metrics::Registry& metrics)
    : http_(std::move(http)),
      product_(std::move(product)),
      authorization_("Bearer " + token),
      log_(log),
      tasks_(std::move(executor), report_to(log)) {
  for (std::size_t i = 0; i < outcomes_.size(); ++i)
    outcomes_[i] = &metrics.counter("warp_tniq_requests_total",
                                    "Requests to providers of numbers, portability and company data.",
                                    {{"product", product_}, {"outcome", kOutcomes[i]}});
}

boost::asio::awaitable<Answer> TniqClient::ask(http::Method method, std::string path, PortDocument body) {
  http::ClientRequest request;
  request.method = method;
  request.url = path;
  request.headers.set("Authorization", authorization_);
  request.headers.set("Accept", "application/json");
  if (method != http::Method::Get) {
    request.headers.set("Content-Type", "application/json");
    request.body = body.is_null() ? "{}" : body.dump(-1, ' ', false, PortDocument::error_handler_t::replace);
  }
  auto sending = http_->send(std::move(request));
  const auto response = co_await std::move(sending);
  const auto failed = [&](std::string why) {
    outcomes_[kFailed]->add();
    log_.info("integrations.provider_failed", {{"provider", product_}, {"error", why}});
    return Answer(PortError{PortErrorKind::Unavailable, "The provider does not answer.", {}, std::move(why)});
  };
  if (!response) co_return failed(std::string(http::to_string(response.error())));
  auto said = PortDocument::parse(response->body, nullptr, false);
  const auto status = response->status;
  if (status >= 200 && status < 300) {
    if (response->body.empty()) said = PortDocument::object();
    if (!response->complete || said.is_discarded()) co_return failed("an answer that cannot be read");
    outcomes_[kOk]->add();
    if (said.is_object() && said.contains("data")) {
      auto data = said["data"];
      co_return Answer(boost::system::in_place_value, std::move(data));
    }
    co_return Answer(boost::system::in_place_value, std::move(said));
  }
  PortError error;
  error.internal = product_ + " answered " + std::to_string(status);
  error.message = message_of(said, "message");
  if (status == 404) {
    outcomes_[kNotFound]->add();
    error.kind = PortErrorKind::NotFound;
  } else if (status == 409) {
    outcomes_[kConflict]->add();
    error.kind = PortErrorKind::Conflict;
    if (const auto reason = message_of(said, "reason"); !reason.empty()) error.message = reason;
    if (error.message.empty()) error.message = "provider_conflict";
  } else if (status == 400 || status == 422) {
    outcomes_[kRefused]->add();
    error.kind = PortErrorKind::Refused;
    if (error.message.empty()) error.message = "The provider refused the content.";
  } else {
    co_return failed(error.internal);
  }
  co_return Answer(std::move(error));
}

boost::asio::awaitable<void> TniqClient::close() {
  auto ending = end_tasks(tasks_);
  co_await std::move(ending);
  http_->close_idle();
}

}  // namespace warp::integrations
