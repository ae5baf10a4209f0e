#include "warp/store/number_lists.h"

#include "support.h"

#define NUMBER_LIST_COLUMNS                                                                           \
  "l.id, l.name, l.description, l.blocks, (SELECT count(*) FROM routing.number_list_entries e WHERE " \
  "e.list_id = l.id), l.created_at, l.updated_at"

namespace warp::store {
namespace {

constexpr pg::Query kCountNumberLists{"store.number_list.count", "SELECT count(*) FROM routing.number_lists"};
constexpr pg::Query kListNumberLists{"store.number_list.list",
                                     "SELECT " NUMBER_LIST_COLUMNS
                                     " FROM routing.number_lists l ORDER BY name LIMIT $1 "
                                     "OFFSET $2"};
constexpr pg::Query kGetNumberList{
    "store.number_list.get", "SELECT " NUMBER_LIST_COLUMNS " FROM routing.number_lists l WHERE id = $1"};
constexpr pg::Query kCreateNumberList{"store.number_list.create",
                                      "INSERT INTO routing.number_lists AS l (name, description, blocks) "
                                      "VALUES ($1, $2, $3) RETURNING " NUMBER_LIST_COLUMNS};
constexpr pg::Query kUpdateNumberList{
    "store.number_list.update",
    "UPDATE routing.number_lists l SET name = coalesce($2, name), description = coalesce($3, description), "
    "blocks = coalesce($4, blocks) WHERE id = $1 RETURNING " NUMBER_LIST_COLUMNS};
constexpr pg::Query kRemoveNumberList{
    "store.number_list.remove",
    "DELETE FROM routing.number_lists l WHERE id = $1 RETURNING " NUMBER_LIST_COLUMNS};
constexpr pg::Query kEntryCount{"store.number_list.entry_count",
                                "SELECT count(*) FROM routing.number_list_entries WHERE list_id = $1"};
constexpr pg::Query kNumberListEntries{"store.number_list.entries",
                                       "SELECT prefix FROM routing.number_list_entries WHERE list_id = $1 "
                                       "ORDER BY prefix LIMIT $2 OFFSET $3"};
constexpr pg::Query kAddEntries{
    "store.number_list.add_entries",
    "INSERT INTO routing.number_list_entries (list_id, prefix) SELECT l.id, p FROM routing.number_lists l, "
    "unnest($2::text[]) p WHERE l.id = $1 ON CONFLICT DO NOTHING"};
constexpr pg::Query kRemoveEntries{
    "store.number_list.remove_entries",
    "DELETE FROM routing.number_list_entries WHERE list_id = $1 AND prefix = ANY ($2::text[])"};
constexpr pg::Query kNumberListUses{"store.number_list.uses",
                                    "SELECT owner, subject FROM routing.number_list_uses WHERE list_id = $1 "
                                    "ORDER BY owner, subject"};
constexpr pg::Query kUse{
    "store.number_list.use",
    "INSERT INTO routing.number_list_uses (list_id, owner, subject) "
    "SELECT l.id, o.id, $3 FROM routing.number_lists l, (SELECT id FROM customers.accounts "
    "UNION ALL SELECT id FROM trunks.configurations UNION ALL SELECT id FROM routing.providers "
    "UNION ALL SELECT id FROM routing.partitions) o WHERE l.id = $1 AND o.id = $2 "
    "ON CONFLICT (owner, list_id, subject) DO UPDATE SET subject = excluded.subject "
    "RETURNING owner, subject"};
constexpr pg::Query kDropUse{"store.number_list.drop_use",
                             "DELETE FROM routing.number_list_uses WHERE list_id = $1 AND owner = $2 AND "
                             "subject = $3 RETURNING owner, subject"};

void read_list(pg::RowReader& row, NumberListRow& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.description);
  row.next(out.blocks);
  row.next(out.entries);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_use(pg::RowReader& row, NumberListUseRow& out) {
  row.next(out.owner);
  row.next(out.subject);
}

// One change of the entries, then the list as it stands.
Task<NumberListRow> change_entries(pg::Pool& pool, pg::Scope scope, const pg::Query& change, Uuid id,
                                   std::vector<std::string> prefixes) {
  std::vector<pg::Statement> statements;
  statements.push_back({&change, pg::Params::of(id, prefixes)});
  statements.push_back({&kGetNumberList, pg::Params::of(id)});
  const auto answers = co_await pool.batch(std::move(scope), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<NumberListRow>((*answers)[1], read_list, kGetNumberList.name);
}

}  // namespace

Task<Paged<NumberListRow>> NumberListRepository::list(Actor actor, Page page) {
  return ask_page<NumberListRow>(pool_, scope_of(actor), kCountNumberLists, kListNumberLists, pg::Params(),
                                 page, read_list);
}
Task<NumberListRow> NumberListRepository::get(Actor actor, Uuid id) {
  return ask_one<NumberListRow>(pool_, scope_of(actor), kGetNumberList, pg::Params::of(id), read_list);
}
Task<NumberListRow> NumberListRepository::create(Actor actor, NewNumberList l) {
  return ask_one<NumberListRow>(pool_, scope_of(actor), kCreateNumberList,
                                pg::Params::of(l.name, l.description, l.blocks), read_list);
}
Task<NumberListRow> NumberListRepository::update(Actor actor, Uuid id, NumberListPatch p) {
  return ask_one<NumberListRow>(pool_, scope_of(actor), kUpdateNumberList,
                                pg::Params::of(id, p.name, p.description, p.blocks), read_list);
}
Task<NumberListRow> NumberListRepository::remove(Actor actor, Uuid id) {
  return ask_one<NumberListRow>(pool_, scope_of(actor), kRemoveNumberList, pg::Params::of(id), read_list);
}

Task<Paged<std::string>> NumberListRepository::entries(Actor actor, Uuid id, Page page) {
  return ask_page<std::string>(pool_, scope_of(actor), kEntryCount, kNumberListEntries, pg::Params::of(id),
                               page, read_value<std::string>);
}
Task<NumberListRow> NumberListRepository::add_entries(Actor actor, Uuid id,
                                                      std::vector<std::string> prefixes) {
  return change_entries(pool_, scope_of(actor), kAddEntries, id, std::move(prefixes));
}
Task<NumberListRow> NumberListRepository::remove_entries(Actor actor, Uuid id,
                                                         std::vector<std::string> prefixes) {
  return change_entries(pool_, scope_of(actor), kRemoveEntries, id, std::move(prefixes));
}

Task<std::vector<NumberListUseRow>> NumberListRepository::uses(Actor actor, Uuid id) {
  return ask_all<NumberListUseRow>(pool_, scope_of(actor), kNumberListUses, pg::Params::of(id), read_use);
}
Task<NumberListUseRow> NumberListRepository::use(Actor actor, Uuid id, NumberListUseRow u) {
  return ask_one<NumberListUseRow>(pool_, scope_of(actor), kUse, pg::Params::of(id, u.owner, u.subject),
                                   read_use);
}
Task<NumberListUseRow> NumberListRepository::drop_use(Actor actor, Uuid id, NumberListUseRow u) {
  return ask_one<NumberListUseRow>(pool_, scope_of(actor), kDropUse, pg::Params::of(id, u.owner, u.subject),
                                   read_use);
}

}  // namespace warp::store
