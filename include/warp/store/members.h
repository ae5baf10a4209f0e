// Users as those see them who manage them: a customer's people, or the operators' own (`customer` absent).
// What they prove themselves by is not here.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Member {
  Uuid id;
  std::optional<CustomerId> customer;
  std::string email, name;
  std::optional<Uuid> role;
  std::string role_name;  // empty without a role
  bool enabled = true;
  bool invited = false;  // has not chosen a password yet
  bool second_factor = false;
  std::optional<WallTime> last_login_at;
  WallTime created_at{};
};
struct NewMember {
  std::optional<CustomerId> customer;
  std::string email, name;
  Uuid role;
  std::string invitation;  // SHA-256 of what the invitation says, in hexadecimal
  std::chrono::seconds invitation_life{7 * 24 * 3600};
};
struct MemberPatch {
  std::optional<std::string> name = {};
  std::optional<Uuid> role = {};
  std::optional<bool> enabled = {};
};

// Actors are operators: no tenant's role sees these rows.
class MemberRepository {
 public:
  using Owner = std::optional<CustomerId>;
  explicit MemberRepository(pg::Pool& pool) : pool_(pool) {}

  Task<std::vector<Member>> list(Actor actor, Owner owner);  // by e-mail
  Task<Member> get(Actor actor, Owner owner, Uuid id);
  Task<Member> invite(Actor actor, NewMember wanted);  // Duplicate: the address is somebody's
  // Another role, or disabled: the sessions end in the same transaction.
  Task<Member> update(Actor actor, Owner owner, Uuid id, MemberPatch patch);
  Task<void> remove(Actor actor, Owner owner, Uuid id);  // with all sessions

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
