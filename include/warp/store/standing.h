// Standing: is a credential that was proven a while ago still good? For connections that last longer than the
// proof.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

class StandingRepository {
 public:
  explicit StandingRepository(pg::Pool& pool) : pool_(pool) {}
  // The scopes that the key has now. NotFound: it was revoked, has expired, or its customer is closed.
  Task<std::vector<std::string>> of_key(Uuid key, bool of_operator);
  // NotFound: the session has ended, or its user may not sign in any more.
  Task<void> of_session(Uuid session);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
