// Sender: one attempt to tell one endpoint. Nobody follows redirects, and only public addresses are talked to
// unless the client's settings say otherwise; whatever is not 2xx is a failure.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/http/client.h"
#include "warp/store/webhooks.h"

namespace warp::webhooks {

// The request of an attempt, with webhook-id (the event's, the same for each), webhook-timestamp and
// webhook-signature.
http::ClientRequest request_of(const store::WebhookQueue::Due& due, WallTime now);

// Text for people out of what a stranger answered: UTF-8 without control characters, at most `most` octets.
std::string readable(std::string_view octets, std::size_t most);

class Sender {
 public:
  Sender(http::Client& client, const Clock& clock) : client_(client), clock_(clock) {}
  // All of an attempt but when to try again.
  boost::asio::awaitable<store::WebhookQueue::Attempt> send(store::WebhookQueue::Due due);

 private:
  http::Client& client_;
  const Clock& clock_;
};

}  // namespace warp::webhooks
