// Users: people who sign in, their passwords and second factors. Everything is done as the operator's role;
// what must hold together (counters, tokens that are good once) is one statement or one function of the
// database.
#pragma once

#include <array>
#include <chrono>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

using TokenHash = std::array<std::byte, 32>;  // SHA-256

struct User {
  Uuid id;
  std::optional<CustomerId> customer;  // none: one of the operator's people
  std::string email, name;
  std::optional<std::string> password_hash;  // none: invited, and has not come yet
  bool enabled = true, customer_active = true;
  std::optional<Uuid> role;
  std::optional<std::string> totp_secret;  // sealed
  std::optional<WallTime> totp_confirmed_at;
  std::int64_t totp_last_step = 0;
  bool locked = false;  // at this moment, by the clock of the database
  std::optional<WallTime> password_changed_at, last_login_at;
  WallTime created_at{};
  std::int64_t codes_left = 0;  // recovery codes

  bool second_factor() const { return totp_secret && totp_confirmed_at; }
};

class UserRepository {
 public:
  explicit UserRepository(pg::Pool& pool) : pool_(pool) {}

  Task<User> by_email(Actor actor, std::string email);  // in any case
  Task<User> get(Actor actor, Uuid id);
  Task<User> rename(Actor actor, Uuid id, std::string name);

  // A wrong password or code; the `most`-th locks for `hold` (true). Nobody's takes as long.
  Task<bool> failed(Actor actor, std::optional<Uuid> id, std::uint32_t most, std::chrono::seconds hold);
  // The same password hashed anew; no change for anybody.
  Task<void> rehash(Actor actor, Uuid id, std::string before, std::string after);
  // Ends all sessions but one.
  Task<void> change_password(Actor actor, Uuid id, std::string stored, Uuid but);

  struct Forgot {
    Uuid user;
    std::string email, name;
  };
  // Keeps a token for whoever has this address. NotFound: nobody has, or too many are out.
  Task<Forgot> forgot(Actor actor, std::string email, TokenHash token, std::chrono::seconds life);
  // Whose token that is, while it is good.
  Task<User> by_reset(Actor actor, TokenHash token);
  struct Reset {
    Uuid user;
    std::optional<CustomerId> customer;
    std::string kind;  // reset, invitation
  };
  // Once. NotFound: used, too old, or none.
  Task<Reset> reset_password(Actor actor, TokenHash token, std::string stored);

  // A secret that is not confirmed yet. NotFound: one is confirmed already.
  Task<void> begin_totp(Actor actor, Uuid id, std::string sealed);
  // With the hashes of the recovery codes; `session` has its second factor now. False: nothing to confirm.
  Task<bool> confirm_totp(Actor actor, Uuid id, std::int64_t step, std::vector<TokenHash> codes,
                          Uuid session);
  Task<void> drop_totp(Actor actor, Uuid id);
  Task<void> set_codes(Actor actor, Uuid id, std::vector<TokenHash> codes);
  // Once each. NotFound: used, or none of them.
  Task<void> use_step(Actor actor, Uuid id, std::int64_t step);
  Task<void> use_code(Actor actor, Uuid id, TokenHash code);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
