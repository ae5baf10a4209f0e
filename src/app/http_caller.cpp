#include "app/http_caller.h"

#include "warp/http/fetch.h"
#include "warp/http/media_type.h"

#include "app/messaging_http.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using messaging::HttpAnswer;
using messaging::HttpReach;

constexpr const char* kCalls = "warp_sms_provider_calls_total";
constexpr const char* kCallsHelp = "Calls of providers' APIs and files, by what became of them.";
constexpr std::chrono::seconds kEndOfCalls{60};

net::TaskGroup::ExceptionHandler report_provider_calls(log::Logger& log) {
  return [&log](std::string_view, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      log.error("app.provider_call_broke", {{"error", e.what()}});
    }
  };
}

// Before the connection stood, no octet left.
HttpReach reach_of(http::ClientError error) {
  switch (error) {
    case http::ClientError::BadUrl:
    case http::ClientError::PlainRefused:
    case http::ClientError::NoSuchHost:
    case http::ClientError::AddressForbidden:
    case http::ClientError::ConnectFailed:
    case http::ClientError::TlsFailed:
      return HttpReach::NotReached;
    case http::ClientError::TimedOut:
    case http::ClientError::Broken:
    case http::ClientError::TooLarge:
      return HttpReach::Silent;
  }
  return HttpReach::Silent;
}

http::Method method_of(std::string_view name) {
  return http::parse_method(name);
}

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

HttpCaller::HttpCaller(HttpCallerSettings settings, Executor& home, const Clock& clock, log::Logger& log,
                       metrics::Registry& metrics)
    : home_(home),
      clock_(clock),
      answered_(metrics.counter(kCalls, kCallsHelp, {{"result", "answered"}})),
      failed_(metrics.counter(kCalls, kCallsHelp, {{"result", "not_reached"}})),
      silent_(metrics.counter(kCalls, kCallsHelp, {{"result", "silent"}})),
      seconds_(metrics.histogram("warp_sms_provider_seconds",
                                 "Time that one call of a provider took, whatever came of it.",
                                 {.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 30})),
      trusted_(make_messaging_client(std::move(settings.trusted))),
      strangers_(make_messaging_client(std::move(settings.strangers))),
      loop_("providers", clock, metrics),
      tasks_(loop_.context().get_executor(), report_provider_calls(log)) {}

HttpCaller::~HttpCaller() {
  stop();
}

void HttpCaller::run() {
  thread_ = std::thread([this] { loop_.run(); });
}

void HttpCaller::stop() {
  if (!thread_.joinable()) return;
  tasks_.cancel();
  tasks_.wait(kEndOfCalls);
  loop_.stop();
  thread_.join();
}

void HttpCaller::call(messaging::HttpCall call, Done done) {
  auto task = carry(std::move(call), done);
  if (!tasks_.spawn("provider", std::move(task)))
    home_.post([done = std::move(done)] { done({HttpReach::NotReached, 0, {}, {}, true}); });
}

asio::awaitable<void> HttpCaller::carry(messaging::HttpCall call, Done done) {
  const auto began = clock_.now();
  auto asking = ask(std::move(call));
  auto given = co_await std::move(asking);
  auto answer = std::make_shared<HttpAnswer>(std::move(given));
  seconds_.observe(std::chrono::duration<double>(clock_.now() - began).count());
  (answer->reach == HttpReach::Answered ? answered_
   : answer->reach == HttpReach::Silent ? silent_
                                        : failed_)
      .add();
  home_.post([done = std::move(done), answer] { done(std::move(*answer)); });
}

asio::awaitable<HttpAnswer> HttpCaller::ask(messaging::HttpCall call) {
  HttpAnswer out;
  auto& client = call.trusted ? *trusted_ : *strangers_;
  for (unsigned hop = 0;; ++hop) {
    http::ClientRequest request;
    request.method = method_of(call.method);
    request.url = call.url;
    request.body = call.body;
    for (const auto& [name, value] : call.headers)
      request.headers.set(name, value);
    request.timeout = call.timeout;
    request.body_octets = call.most_octets + 1;
    auto sending = client.send(std::move(request));
    auto answer = co_await std::move(sending);
    if (!answer) {
      out.reach = reach_of(answer.error());
      co_return out;
    }
    if (is_redirect(answer->status) && hop < call.redirects) {
      call.url = http::redirected(call.url, answer->headers.get_or("Location", ""));
      continue;  // an address that is none is refused as such
    }
    out.reach = HttpReach::Answered;
    out.status = answer->status;
    out.content_type = http::media_type(answer->headers.get_or("Content-Type", ""));
    out.complete = answer->complete && answer->body.size() <= call.most_octets;
    out.body = std::move(answer->body);
    co_return out;
  }
}

}  // namespace warp::app
