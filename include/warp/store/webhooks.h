// Webhook endpoints, what they were told and what is still to be told. A customer's rows are seen by that
// customer alone; `customer` absent is the operators' own.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct WebhookEndpoint {
  Uuid id;
  std::optional<CustomerId> customer;
  std::string url, description;
  std::vector<std::string> events;  // filters
  std::string signature;            // hmac, ed25519
  std::string secret;
  std::optional<WallTime> previous_until;  // the secret before is good until then
  bool enabled = true;
  std::optional<WallTime> failing_since, disabled_at;
  std::string disabled_for;  // "", hand, failures, gone
  WallTime created_at{}, updated_at{};
};
struct NewWebhook {
  std::optional<CustomerId> customer;
  std::string url, description;
  std::vector<std::string> events;
  std::string signature, secret;
};
struct WebhookPatch {
  std::optional<std::string> url = {}, description = {};
  std::optional<std::vector<std::string>> events = {};
  std::optional<bool> enabled = {};
};

struct WebhookDelivery {
  std::int64_t id = 0;
  Uuid event, endpoint;
  std::string type, state;  // state: waiting, delivered, dead
  std::uint32_t attempts = 0;
  WallTime created_at{};
  std::optional<WallTime> next_at, delivered_at;
  std::optional<std::int64_t> replay_of;
  std::optional<std::int32_t> last_status;  // of HTTP; absent: none, or nobody answered
};
struct WebhookDeliveryFilter {
  std::optional<std::string> state = {}, type = {};
  std::optional<WallTime> from = {}, to = {};
  std::optional<std::int64_t> below = {};  // ids under this one
};
struct WebhookAttempt {
  std::int32_t number = 0;
  WallTime at{};
  std::int32_t duration_ms = 0;
  std::optional<std::int32_t> status;
  std::string headers;  // a JSON object
  std::string answer, error;
};
struct WebhookEvent {
  Uuid id;
  std::string type;
  std::optional<CustomerId> customer;
  WallTime at{};
  std::string data;  // a JSON object
};
struct WebhookDeliveryDetail {
  WebhookDelivery delivery;
  WebhookEvent event;
  std::string url;  // of the endpoint, now
  std::vector<WebhookAttempt> attempts;
};

class WebhookRepository {
 public:
  static constexpr std::uint32_t kMostEndpoints = 50, kMostReplayed = 10'000;

  using Owner = std::optional<CustomerId>;
  explicit WebhookRepository(pg::Pool& pool) : pool_(pool) {}

  Task<std::vector<WebhookEndpoint>> list(Actor actor, Owner owner);  // newest first
  Task<WebhookEndpoint> get(Actor actor, Owner owner, Uuid id);
  Task<WebhookEndpoint> create(Actor actor, NewWebhook wanted);  // NotFound: there are kMostEndpoints
  Task<WebhookEndpoint> update(Actor actor, Owner owner, Uuid id, WebhookPatch patch);
  // The secret that holds now is good for `overlap` still.
  Task<WebhookEndpoint> rotate(Actor actor, Owner owner, Uuid id, std::string secret,
                               std::chrono::seconds overlap);
  Task<void> remove(Actor actor, Owner owner, Uuid id);

  // Newest first.
  Task<std::vector<WebhookDelivery>> deliveries(Actor actor, Owner owner, Uuid endpoint,
                                                WebhookDeliveryFilter filter, std::uint32_t limit);
  Task<WebhookDeliveryDetail> delivery(Actor actor, Owner owner, std::int64_t id);
  // One more delivery of the same event; its id. NotFound also when the endpoint is disabled.
  Task<std::int64_t> replay(Actor actor, Owner owner, std::int64_t id);
  // Of what happened in [from, to) and is still known, the oldest kMostReplayed that the endpoint asks for,
  // or of `types` alone. How many.
  Task<std::uint64_t> replay_range(Actor actor, Owner owner, Uuid endpoint, WallTime from, WallTime to,
                                   std::optional<std::vector<std::string>> types);
  // Tells that endpoint alone, whatever it asks for; the delivery's id.
  Task<std::int64_t> tell(Actor actor, Owner owner, Uuid endpoint, WebhookEvent event);

 private:
  pg::Pool& pool_;
};

// What is to be told, for those who tell it: the daemon's own work, over all customers.
class WebhookQueue {
 public:
  struct Due {
    std::int64_t id = 0;
    std::uint32_t attempts = 0;  // before this one
    WebhookEvent event;
    std::string url, secret;
    std::optional<std::string> previous_secret;  // good still
  };
  enum class Outcome : std::uint8_t { Delivered, Failed, Gone };
  struct Attempt {
    std::int64_t delivery = 0;
    Outcome outcome = Outcome::Failed;
    std::optional<std::chrono::milliseconds> again;  // Failed: absent is never
    std::optional<unsigned> status;
    std::chrono::milliseconds took{};
    std::string headers;        // a JSON object, without signatures
    std::string answer, error;  // UTF-8, at most 4096 octets
  };

  explicit WebhookQueue(pg::Pool& pool) : pool_(pool) {}
  // Events with a delivery to each endpoint that asks for it; those known already are left alone. `data` of
  // call.completed is completed from its record, which `data`'s id names. How many deliveries.
  Task<std::uint64_t> add(std::vector<WebhookEvent> events);
  // At most `limit` that are due, at most `each` of an endpoint at a time over all nodes; for `hold` nobody
  // else gets them. Endpoints that do well come first.
  Task<std::vector<Due>> take(std::string who, std::uint32_t limit, std::uint32_t each,
                              std::chrono::seconds hold);
  // What the delivery is now: waiting, delivered, dead, or late: another has it.
  Task<std::string> finish(std::string who, Attempt attempt);
  Task<std::uint64_t> waiting();

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
