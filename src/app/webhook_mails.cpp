#include "app/webhook_mails.h"

#include <algorithm>

#include "warp/api/json.h"
#include "warp/api/roles.h"
#include "warp/http/url.h"
#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kLookEvery{5};
constexpr std::uint32_t kAtOnce = 50;
constexpr std::string_view kScope = "webhooks:write";

std::vector<std::string> roles_that_may() {
  std::vector<std::string> out;
  for (const auto& role : api::system_roles()) {
    const auto scopes = api::scopes_of(role);
    if (std::any_of(scopes.begin(), scopes.end(),
                    [](const auto& scope) { return scope == kScope || scope == api::kSuperadmin; }))
      out.emplace_back(role.name);
  }
  return out;
}

// Its path and query may hold what only they may know who made it.
std::string server_of(const std::string& url) {
  const auto parsed = http::Url::parse(url);
  return parsed ? parsed->authority() : std::string("?");
}

}  // namespace

api::Mail disabled_webhook_mail(const store::DisabledWebhook& endpoint, const std::string& to,
                                const std::string& platform) {
  const auto id = endpoint.id.to_string();
  api::Mail mail;
  mail.to = to;
  mail.subject = platform + ": webhook endpoint at " + server_of(endpoint.url) + " disabled";
  mail.text = "The webhook endpoint " + id + " at " + server_of(endpoint.url);
  if (!endpoint.account.empty()) mail.text += " of " + endpoint.account;
  mail.text += " was disabled at " + api::timestamp(endpoint.at) + ": ";
  mail.text += endpoint.reason == "gone" ? "it answered 410, which says that it is gone."
                                         : "for three days it took nothing that it was told.";
  mail.text +=
      " It is told nothing more, and what waited for it was given up.\n\n"
      "What it answered: GET /api/v1/webhooks/" +
      id + "/deliveries. When it is well again: PATCH /api/v1/webhooks/" + id +
      " {\"enabled\": true}, then POST /api/v1/webhooks/" + id +
      "/replay for what it missed; events are kept for 30 days.\n";
  return mail;
}

WebhookMails::WebhookMails(asio::any_io_executor executor, pg::Pool& pool, api::Mailer* mailer,
                           std::string platform, log::Logger& log)
    : notices_(pool),
      mailer_(mailer),
      platform_(std::move(platform)),
      log_(log),
      timer_(std::move(executor)) {}

void WebhookMails::start(net::TaskGroup& tasks) {
  if (mailer_ != nullptr) tasks.spawn("webhooks.mails", run());
}

void WebhookMails::stop() {
  stopping_ = true;
  timer_.cancel();
}

asio::awaitable<void> WebhookMails::run() {
  const auto roles = roles_that_may();
  while (!stopping_) {
    auto taking = notices_.take(roles, kAtOnce);
    auto taken = co_await std::move(taking);
    if (!taken) log_.debug("webhooks.no_notices", {{"error", taken.error().message}});
    if (taken)
      for (auto& endpoint : *taken) {
        auto telling = tell(std::move(endpoint));
        co_await std::move(telling);
      }
    if (stopping_) co_return;
    timer_.expires_after(kLookEvery);
    const auto [error] = co_await timer_.async_wait(net::kQuietly);
    if (error) co_return;
  }
}

asio::awaitable<void> WebhookMails::tell(store::DisabledWebhook endpoint) {
  log_.info("webhooks.disabled", {{"endpoint", endpoint.id.to_string()},
                                  {"reason", endpoint.reason},
                                  {"mails", endpoint.people.size()}});
  for (const auto& to : endpoint.people) {
    auto sending = mailer_->send(disabled_webhook_mail(endpoint, to, platform_));
    co_await std::move(sending);
  }
}

}  // namespace warp::app
