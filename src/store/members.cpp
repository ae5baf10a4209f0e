#include "warp/store/members.h"

#include "support.h"

#define MEMBER_COLUMNS                                                                                     \
  " u.id, u.customer_id, u.email, u.name, u.role_id, coalesce((SELECT r.name FROM identity.roles r WHERE " \
  "r.id = u.role_id), ''), u.enabled, u.password_hash IS NULL, u.totp_confirmed_at IS NOT NULL, "          \
  "u.last_login_at, u.created_at "
#define OF_MEMBERS " u.customer_id IS NOT DISTINCT FROM $1::uuid "

namespace warp::store {
namespace {

constexpr pg::Query kListMembers{"store.member.list",
                                 "SELECT" MEMBER_COLUMNS "FROM identity.users u WHERE" OF_MEMBERS
                                 "ORDER BY lower(u.email)"};
constexpr pg::Query kGetMember{
    "store.member.get", "SELECT" MEMBER_COLUMNS "FROM identity.users u WHERE" OF_MEMBERS "AND u.id = $2"};
constexpr pg::Query kInvite{
    "store.member.invite",
    "WITH made AS (INSERT INTO identity.users (customer_id, email, name, role_id) "
    "VALUES ($1::uuid, $2, $3, $4::uuid) RETURNING *), "
    "asked AS (INSERT INTO identity.password_resets (hash, user_id, customer_id, kind, expires_at) "
    "SELECT decode($5, 'hex'), m.id, m.customer_id, 'invitation', now() + $6::bigint * interval '1 second' "
    "FROM made m) SELECT" MEMBER_COLUMNS "FROM made u"};
constexpr pg::Query kUpdateMember{
    "store.member.update",
    "WITH changed AS (UPDATE identity.users AS u SET name = coalesce($3, u.name), "
    "role_id = coalesce($4::uuid, u.role_id), enabled = coalesce($5::boolean, u.enabled) "
    "WHERE" OF_MEMBERS
    "AND u.id = $2 RETURNING u.*), "
    "ended AS (UPDATE identity.sessions s SET revoked_at = now(), "
    "revoked_for = CASE WHEN $5::boolean IS FALSE THEN 'disabled' ELSE 'role' END "
    "WHERE ($4::uuid IS NOT NULL OR $5::boolean IS FALSE) AND s.revoked_at IS NULL "
    "AND s.user_id IN (SELECT c.id FROM changed c)) SELECT" MEMBER_COLUMNS "FROM changed u"};
constexpr pg::Query kRemoveMember{
    "store.member.remove", "DELETE FROM identity.users u WHERE" OF_MEMBERS "AND u.id = $2 RETURNING u.id"};

void read_member(pg::RowReader& row, Member& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.email);
  row.next(out.name);
  row.next(out.role);
  row.next(out.role_name);
  row.next(out.enabled);
  row.next(out.invited);
  row.next(out.second_factor);
  row.next(out.last_login_at);
  row.next(out.created_at);
}

}  // namespace

Task<std::vector<Member>> MemberRepository::list(Actor actor, Owner owner) {
  return ask_all<Member>(pool_, scope_of(actor), kListMembers, pg::Params::of(owner), read_member);
}

Task<Member> MemberRepository::get(Actor actor, Owner owner, Uuid id) {
  return ask_one<Member>(pool_, scope_of(actor), kGetMember, pg::Params::of(owner, id), read_member);
}

Task<Member> MemberRepository::invite(Actor actor, NewMember wanted) {
  return ask_one<Member>(pool_, scope_of(actor), kInvite,
                         pg::Params::of(wanted.customer, wanted.email, wanted.name, wanted.role,
                                        wanted.invitation, wanted.invitation_life.count()),
                         read_member);
}

Task<Member> MemberRepository::update(Actor actor, Owner owner, Uuid id, MemberPatch patch) {
  return ask_one<Member>(pool_, scope_of(actor), kUpdateMember,
                         pg::Params::of(owner, id, patch.name, patch.role, patch.enabled), read_member);
}

Task<void> MemberRepository::remove(Actor actor, Owner owner, Uuid id) {
  const auto rows = co_await pool_.query(scope_of(actor), kRemoveMember, pg::Params::of(owner, id));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

}  // namespace warp::store
