// Sessions of people who signed in: an access token that is good for minutes, and refresh tokens that are
// good once each. Tokens are kept as SHA-256; what is over is judged
// by the database's clock. Everything is done as the operator's role.
#pragma once

#include <chrono>

#include "warp/store/users.h"

namespace warp::store {

// What a bearer of an access token is, at the time of asking.
struct SessionHolder {
  Uuid session, user;
  std::optional<CustomerId> customer;  // none: one of the operator's people
  bool customer_active = true;
  std::string email;
  std::optional<Uuid> role;
  std::optional<WallTime> mfa_at;
  bool second_factor = false;
};

struct Session {
  Uuid id;
  WallTime created_at{}, last_seen_at{}, expires_at{};
  std::optional<std::string> ip, user_agent;
  std::optional<WallTime> mfa_at;
};

struct NewSession {
  Uuid id, user;
  std::optional<CustomerId> customer;
  TokenHash access{}, refresh{};
  std::chrono::seconds access_life{}, life{};
  bool second_factor = false;  // was shown
};

struct Refresh {
  TokenHash old{}, access{}, fresh{};
  std::chrono::seconds access_life{}, idle{}, longest{};
};

struct Refreshed {
  std::string outcome;  // ok, unknown, ended, reuse (the session ended by it)
  std::optional<Uuid> session, user;
  std::optional<CustomerId> customer;
};

// An account as an identity provider names it.
struct AccountRef {
  CustomerId id;
  bool active = true;
};

class SessionRepository {
 public:
  explicit SessionRepository(pg::Pool& pool) : pool_(pool) {}

  // Sessions that are revoked, over, or of somebody disabled are not found.
  Task<SessionHolder> find(TokenHash access);
  // `method`: password, totp, recovery_code; in the trail.
  Task<void> open(Actor actor, NewSession session, std::string method);
  Task<Refreshed> refresh(Actor actor, Refresh refresh);
  // Those in force, newest first.
  Task<std::vector<Session>> list(Actor actor, Uuid user);
  // NotFound: not one of this user's in force. `reason`: logout, revoked.
  Task<void> end(Actor actor, Uuid user, Uuid session, std::string reason);
  Task<void> step_up(Actor actor, Uuid session);
  // By id, or by external id.
  Task<AccountRef> account(std::string reference);
  // Forgets what has ended long ago. How many rows.
  Task<std::int64_t> purge();

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
