// Messages as the API shows them.
#pragma once

#include <map>

#include "warp/domain/message.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct MessageFilter {
  std::optional<CustomerId> customer;  // operators: absent is all
  std::optional<domain::Direction> direction;
  std::optional<domain::MessageState> state;
  std::optional<CampaignId> campaign;
  std::optional<WallTime> from, to;  // accepted_at in [from, to)
};

struct MessageCounts {
  std::uint64_t total = 0, inbound = 0, outbound = 0;
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;  // failed, undelivered or expired
};

struct MessageStatistics {
  MessageCounts all;
  std::map<CampaignId, MessageCounts> by_campaign;  // of messages that have one
};

class MessageRepository {
 public:
  explicit MessageRepository(pg::Pool& pool) : pool_(pool) {}
  // Newest first.
  Task<Paged<domain::Message>> list(Actor actor, MessageFilter filter, Page page);
  Task<domain::Message> get(Actor actor, MessageId id);
  Task<MessageStatistics> statistics(Actor actor, MessageFilter filter);
  // The message that a customer gave this reference; NotFound also while it is being inserted.
  Task<domain::Message> find_by_reference(Actor actor, CustomerId customer, std::string client_reference);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
