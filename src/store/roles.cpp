#include "warp/store/roles.h"

#include "support.h"

#define ROLE_COLUMNS                                                                              \
  " r.id, r.customer_id, r.name, r.display_name, r.description, r.scopes, (SELECT count(*) FROM " \
  "identity.users u WHERE u.role_id = r.id AND u.customer_id = $1::uuid), r.created_at, r.updated_at "

namespace warp::store {
namespace {

constexpr pg::Query kFindRole{
    "store.role.find",
    "SELECT r.id, r.customer_id, r.name, r.display_name, r.description, r.scopes, 0, "
    "r.created_at, r.updated_at FROM identity.roles r WHERE r.id = $1"};
constexpr pg::Query kListRoles{"store.role.list",
                               "SELECT" ROLE_COLUMNS
                               "FROM identity.roles r WHERE r.customer_id IS NULL OR "
                               "r.customer_id = $1::uuid ORDER BY r.customer_id NULLS FIRST, r.name"};
constexpr pg::Query kGetRole{"store.role.get",
                             "SELECT" ROLE_COLUMNS
                             "FROM identity.roles r WHERE r.id = $2 AND (r.customer_id IS NULL OR "
                             "r.customer_id = $1::uuid)"};
constexpr pg::Query kCreateRole{
    "store.role.create",
    "INSERT INTO identity.roles AS r (customer_id, name, display_name, description, scopes) "
    "VALUES ($1::uuid, $2, $3, $4, $5::text[]) RETURNING" ROLE_COLUMNS};
constexpr pg::Query kUpdateRole{
    "store.role.update",
    "WITH changed AS (UPDATE identity.roles AS r SET display_name = coalesce($3, r.display_name), "
    "description = coalesce($4, r.description), scopes = coalesce($5::text[], r.scopes) "
    "WHERE r.id = $2 AND r.customer_id = $1::uuid RETURNING" ROLE_COLUMNS
    "), ended AS (UPDATE identity.sessions s SET revoked_at = now(), revoked_for = 'role' "
    "WHERE $5::text[] IS NOT NULL AND s.revoked_at IS NULL AND s.user_id IN (SELECT u.id FROM identity.users "
    "u "
    "JOIN changed c ON c.id = u.role_id)) SELECT * FROM changed"};
constexpr pg::Query kRemoveRole{
    "store.role.remove",
    "DELETE FROM identity.roles r WHERE r.id = $2 AND r.customer_id = $1::uuid RETURNING r.id"};

void read_role(pg::RowReader& row, RoleRow& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.name);
  row.next(out.display_name);
  row.next(out.description);
  row.next(out.scopes);
  row.next(out.members);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<RoleRow> RoleRepository::find(Uuid id) {
  return ask_one<RoleRow>(pool_, pg::Scope::operators().by("warpd", ""), kFindRole, pg::Params::of(id),
                          read_role);
}

Task<std::vector<RoleRow>> RoleRepository::list(Actor actor, CustomerId customer) {
  return ask_all<RoleRow>(pool_, scope_of(actor), kListRoles, pg::Params::of(customer), read_role);
}

Task<RoleRow> RoleRepository::get(Actor actor, CustomerId customer, Uuid id) {
  return ask_one<RoleRow>(pool_, scope_of(actor), kGetRole, pg::Params::of(customer, id), read_role);
}

Task<RoleRow> RoleRepository::create(Actor actor, CustomerId customer, NewRole wanted) {
  return ask_one<RoleRow>(
      pool_, scope_of(actor), kCreateRole,
      pg::Params::of(customer, wanted.name, wanted.display_name, wanted.description, wanted.scopes),
      read_role);
}

Task<RoleRow> RoleRepository::update(Actor actor, CustomerId customer, Uuid id, RolePatch patch) {
  return ask_one<RoleRow>(pool_, scope_of(actor), kUpdateRole,
                          pg::Params::of(customer, id, patch.display_name, patch.description, patch.scopes),
                          read_role);
}

Task<void> RoleRepository::remove(Actor actor, CustomerId customer, Uuid id) {
  const auto rows = co_await pool_.query(scope_of(actor), kRemoveRole, pg::Params::of(customer, id));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return Expected<void>();
}

}  // namespace warp::store
