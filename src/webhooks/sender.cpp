#include "warp/webhooks/sender.h"

#include <nlohmann/json.hpp>

#include "warp/domain/event_types.h"
#include "warp/webhooks/signature.h"

namespace warp::webhooks {
namespace {

using store::WebhookQueue;

constexpr std::size_t kAnswerOctets = 4096;
constexpr std::string_view kSignature = "webhook-signature";

std::string headers_of(const http::ClientRequest& request) {
  auto out = nlohmann::ordered_json::object();
  for (const auto& [name, value] : request.headers.items())
    if (name != kSignature) out[name] = value;
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// How many octets the UTF-8 character at the front of `text` has; 0: it is none.
std::size_t character(std::string_view text) {
  const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto first = octet(0);
  const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first >= 0xf5 || (first >= 0x80 && first < 0xc2) || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((octet(i) & 0xc0) != 0x80) return 0;
  if ((first == 0xe0 && octet(1) < 0xa0) || (first == 0xed && octet(1) >= 0xa0)) return 0;
  if ((first == 0xf0 && octet(1) < 0x90) || (first == 0xf4 && octet(1) >= 0x90)) return 0;
  return size;
}

WebhookQueue::Outcome outcome_of(unsigned status) {
  if (status >= 200 && status < 300) return WebhookQueue::Outcome::Delivered;
  return status == 410 ? WebhookQueue::Outcome::Gone : WebhookQueue::Outcome::Failed;
}

}  // namespace

std::string readable(std::string_view octets, std::size_t most) {
  std::string out;
  while (!octets.empty()) {
    const auto size = character(octets);
    const bool control = size == 1 && static_cast<unsigned char>(octets.front()) < 0x20 &&
                         octets.front() != '\n' && octets.front() != '\t';
    const auto piece = size == 0 || control ? std::string_view("?") : octets.substr(0, size);
    if (out.size() + piece.size() > most) break;
    out += piece;
    octets.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

http::ClientRequest request_of(const WebhookQueue::Due& due, WallTime now) {
  const auto id = due.event.id.to_string();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  http::ClientRequest request;
  request.url = due.url;
  request.body =
      domain::event_body(due.event.id, due.event.type, due.event.customer, due.event.at, due.event.data);
  request.headers.set("content-type", "application/json");
  request.headers.set("webhook-id", id);
  request.headers.set("webhook-timestamp", std::to_string(seconds));
  request.headers.set(kSignature, signatures(id, seconds, request.body, due.secret, due.previous_secret));
  return request;
}

boost::asio::awaitable<WebhookQueue::Attempt> Sender::send(WebhookQueue::Due due) {
  WebhookQueue::Attempt attempt;
  attempt.delivery = due.id;
  auto request = request_of(due, clock_.wall());
  attempt.headers = headers_of(request);
  const auto began = clock_.now();
  auto sending = client_.send(std::move(request));
  const auto answer = co_await std::move(sending);
  attempt.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - began);
  if (!answer) {
    attempt.error = http::to_string(answer.error());
    co_return attempt;
  }
  attempt.status = answer->status;
  attempt.outcome = outcome_of(answer->status);
  attempt.answer = readable(answer->body, kAnswerOctets);
  if (answer->status >= 300 && answer->status < 400) attempt.error = "redirect_refused";
  co_return attempt;
}

}  // namespace warp::webhooks
