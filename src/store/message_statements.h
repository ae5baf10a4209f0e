// From calls of the message store to the statements of one transaction, and from their results back.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "warp/pg/pool.h"

#include "message_calls.h"

namespace warp::store {

// A message whose insertion was answered with false though it may be durable.
struct Disowned {
  MessageId id;
  WallTime accepted_at;
  CustomerId customer;
  std::chrono::steady_clock::time_point since;
};

// The statements of a transaction of insertions; reads what it needs from the answers.
class InsertStatements {
 public:
  InsertStatements(std::span<MessageCall> calls, const std::vector<Disowned>& disowned,
                   const std::string& node);
  std::vector<pg::Statement> take() { return std::move(statements_); }
  // Marks the calls: durable, another message has the reference, or unpaid. False: the answers are not as
  // expected.
  bool settle(std::span<MessageCall> calls, const std::vector<pg::Rows>& answers) const;

 private:
  void disown(const std::vector<Disowned>& disowned);
  std::vector<pg::Statement> statements_;
  std::size_t insertion_ = 0;           // its statement
  std::vector<std::size_t> referring_;  // calls with a reference, in the order of the last statement's rows
};

// The statements of a transaction of everything else. Deliveries have their ids already.
std::vector<pg::Statement> change_statements(std::span<MessageCall> calls, const std::string& node);

}  // namespace warp::store
