#include "messaging_rewrite.h"
#include "messaging_rows.h"

#define ALL ESME_COLUMNS PROVISIONED_COLUMNS
#define MATCHING " FROM sms.esmes WHERE ($1::uuid IS NULL OR customer_id = $1)"

namespace warp::store {
namespace {

using Item = EsmeRepository::Item;

constexpr pg::Query kCount{"store.esme.count", "SELECT count(*)" MATCHING};
constexpr pg::Query kList{"store.esme.list", "SELECT " ALL MATCHING " ORDER BY system_id LIMIT $2 OFFSET $3"};
constexpr pg::Query kGet{"store.esme.get", "SELECT " ALL " FROM sms.esmes WHERE id = $1"};
constexpr pg::Query kLock{"store.esme.lock", "SELECT " ALL " FROM sms.esmes WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreate{
    "store.esme.create",
    "INSERT INTO sms.esmes (customer_id, system_id, enabled, allowed, max_binds, send_window, mps, "
    "default_alphabet, receipt_tlvs, description, password_hash) "
    "VALUES ($1, $2, $3, $4::text[]::cidr[], $5, $6, $7, $8, $9, $10, $11) RETURNING " ALL};
constexpr pg::Query kWrite{
    "store.esme.write",
    "UPDATE sms.esmes SET system_id = $2, enabled = $3, allowed = $4::text[]::cidr[], max_binds = $5, "
    "send_window = $6, mps = $7, default_alphabet = $8, receipt_tlvs = $9, description = $10, "
    "password_hash = coalesce(nullif($11, ''), password_hash) WHERE id = $1 RETURNING " ALL};
constexpr pg::Query kRemove{"store.esme.remove", "DELETE FROM sms.esmes WHERE id = $1 RETURNING " ALL};

void read_item(pg::RowReader& row, Item& out) {
  read_esme(row, out.item);
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const Item& row) {
  const auto& e = row.item;
  params.add(e.system_id)
      .add(e.enabled)
      .add(networks_text(e.allowed))
      .add(e.max_binds)
      .add(e.window)
      .add(e.mps);
  params.add(e.default_alphabet).add(e.receipt_tlvs).add(row.description).add(e.password_hash);
}

const Rewritten<domain::Esme> kKind{kLock, kWrite, read_item, add_item};

Task<Item> one(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<Item>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace

Task<Paged<Item>> EsmeRepository::list(Actor actor, std::optional<CustomerId> customer, Page page) {
  return ask_page<Item>(pool_, scope_of(actor), kCount, kList, pg::Params::of(customer), page, read_item);
}
Task<Item> EsmeRepository::get(Actor actor, EsmeId id) {
  return one(pool_, actor, kGet, pg::Params::of(id));
}
Task<Item> EsmeRepository::create(Actor actor, domain::Esme esme, std::string description) {
  auto params = pg::Params::of(esme.customer);
  add_item(params, {std::move(esme), std::move(description), {}, {}});
  return one(pool_, actor, kCreate, std::move(params));
}
Task<Item> EsmeRepository::update(Actor actor, EsmeId id, Change<domain::Esme> change) {
  return rewrite<domain::Esme>(pool_, std::move(actor), id.value, kKind, std::move(change));
}
Task<Item> EsmeRepository::remove(Actor actor, EsmeId id) {
  return one(pool_, actor, kRemove, pg::Params::of(id));
}

}  // namespace warp::store
