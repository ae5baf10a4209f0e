// Context: what is known of one request besides its octets; attached to the http::Request at the first look.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/api/principal.h"
#include "warp/api/rate_limiter.h"
#include "warp/http/message.h"

namespace warp::pg {
class Joint;
}

namespace warp::api {

struct Context final : http::Attachment {
  std::string request_id;
  std::optional<Principal> principal;
  std::optional<CustomerId> customer;  // that is acted on: the key's own, or the operator's ?customer_id=
  std::optional<RateVerdict> rate;

  // From the head of the request (manners.cpp).
  std::string ip, user_agent;     // for the audit trail
  std::string traceparent;        // W3C: ours, of the caller's trace
  bool problem_json = false;      // failures as RFC 9457
  bool gzip = false;              // the client takes it
  std::vector<std::string> only;  // ?fields=: members of `data` that are wanted; empty: all

  // The transaction that the whole request is, when it has an Idempotency-Key or an If-Match; the
  // repositories take part in it by the Actor. Null: each change is its own transaction.
  std::shared_ptr<pg::Joint> joint;
  // Work that must not happen unless the change holds (caches dropped, other units told): run after the
  // transaction of the request, or at once when there is none.
  void after_commit(std::function<void()> work) {
    if (joint)
      later.push_back(std::move(work));
    else
      work();
  }
  std::vector<std::function<void()>> later;
};

// Letters, digits and `-_.:`, 1 to 64 of them: what is taken over from X-Request-Id.
bool sane_request_id(std::string_view text);

}  // namespace warp::api
