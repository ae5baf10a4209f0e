// The audit trail: who did what, to what, from where, with what there was before and after. Read here, never
// written but by append(): rows of changes come from the database's triggers.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct AuditEvent {
  std::int64_t id = 0;
  WallTime at{};
  std::optional<CustomerId> customer;
  std::string actor;
  std::optional<std::string> request_id;
  std::string event, object_type, object_id;
  std::optional<std::string> before, after;  // JSON objects, without secrets
  std::optional<std::string> ip, user_agent;
};

struct AuditFilter {
  std::optional<CustomerId> customer = {};
  std::optional<std::string> actor = {}, object_type = {}, object_id = {}, event = {}, request_id = {};
  std::optional<std::string> ip = {};  // an address, or a network that it lies in
  std::optional<WallTime> from = {}, to = {};
};

struct AuditSeal {
  std::int64_t number = 0, first = 0, last = 0, events = 0;
  std::string digest;  // hexadecimal
  WallTime sealed_at{};
};

class AuditRepository {
 public:
  explicit AuditRepository(pg::Pool& pool) : pool_(pool) {}

  // Newest first, those under the id `below`. An actor with a customer sees that customer's.
  Task<std::vector<AuditEvent>> list(Actor actor, AuditFilter filter, std::optional<std::int64_t> below,
                                     std::uint32_t limit);
  // The id of the `count`th of them when there is another after it.
  Task<std::optional<std::int64_t>> edge(Actor actor, AuditFilter filter, std::optional<std::int64_t> below,
                                         std::uint32_t count);
  // What no row tells: something was read that is to be answered for. The actor is an operator. `details`:
  // JSON.
  Task<void> append(Actor actor, std::optional<CustomerId> customer, std::string event,
                    std::string object_type, std::string object_id, std::string details);

  // Newest first, those under the number `below`.
  Task<std::vector<AuditSeal>> seals(Actor actor, std::optional<std::int64_t> below, std::uint32_t limit);
  // Of the `newest` seals those whose events are not as they were.
  struct Broken {
    std::int64_t number = 0, first = 0, last = 0;
  };
  Task<std::vector<Broken>> broken(Actor actor, std::uint32_t newest);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
