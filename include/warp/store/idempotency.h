// What a request with an Idempotency-Key was answered (warp.idempotency_keys), and the transaction that such
// a request is.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "warp/pg/joint.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct IdempotentRequest {
  std::string caller;    // empty for a customer's, whose credentials share keys
  std::string endpoint;  // method and path
  std::string key;
  std::string digest;  // 32 octets: SHA-256 of what is asked
};

enum class KeyState : std::uint8_t {
  New,     // the key is this transaction's from now on
  Busy,    // another transaction has it
  Reused,  // it belongs to a request that asked for something else
  Replay,  // it was answered
};
struct KeyFound {
  KeyState state = KeyState::Busy;
  unsigned status = 0;  // of a Replay, as what follows
  std::string reply;    // JSON
};

class IdempotencyRepository {
 public:
  explicit IdempotencyRepository(pg::Pool& pool) : pool_(pool) {}

  Task<std::shared_ptr<pg::Joint>> begin();
  // Unknown: it may hold.
  Task<void> commit(std::shared_ptr<pg::Joint> joint);

  // Within the actor's joint transaction.
  Task<KeyFound> find(Actor actor, IdempotentRequest request);
  Task<void> keep(Actor actor, IdempotentRequest request, unsigned status, std::string reply);
  // Whoever else locks this name waits for the end of the transaction.
  Task<void> lock(Actor actor, std::string name);

  // Answers older than `age`, a day at least. How many are gone.
  Task<std::uint64_t> purge(std::chrono::seconds age);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
