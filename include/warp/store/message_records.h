// Message detail records, as the API reads them. They are written by the message store.
#pragma once

#include "warp/domain/message.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct MessageRecord {
  domain::Message message;  // without its text and what only concerns its carriage
  std::optional<Money> margin;
  std::optional<std::int64_t> ledger_entry;  // of the charge that it is part of
};

struct MessageRecordFilter {
  WallTime from{}, to{};               // accepted_at in [from, to)
  std::optional<CustomerId> customer;  // operators: absent is all
  std::optional<domain::Direction> direction;
  std::optional<domain::MessageState> state;
  std::optional<ConnectorId> connector;
  std::string sender, recipient;  // normalised; with a trailing '*' a prefix; empty: any
};

class MessageRecordRepository {
 public:
  explicit MessageRecordRepository(pg::Pool& pool) : pool_(pool) {}
  // Newest first.
  Task<Paged<MessageRecord>> list(Actor actor, MessageRecordFilter filter, Page page);
  Task<MessageRecord> get(Actor actor, MessageId id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
