#include "messaging_rewrite.h"
#include "messaging_rows.h"

#define ESME_ITEM ESME_COLUMNS PROVISIONED_COLUMNS
#define MATCHING_ESMES " FROM sms.esmes WHERE ($1::uuid IS NULL OR customer_id = $1)"

namespace warp::store {
namespace {

using EsmeItem = EsmeRepository::Item;

constexpr pg::Query kCountEsmes{"store.esme.count", "SELECT count(*)" MATCHING_ESMES};
constexpr pg::Query kListEsmes{"store.esme.list",
                               "SELECT " ESME_ITEM MATCHING_ESMES " ORDER BY system_id LIMIT $2 OFFSET $3"};
constexpr pg::Query kGetEsme{"store.esme.get", "SELECT " ESME_ITEM " FROM sms.esmes WHERE id = $1"};
constexpr pg::Query kLockEsme{"store.esme.lock",
                              "SELECT " ESME_ITEM " FROM sms.esmes WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreateEsme{
    "store.esme.create",
    "INSERT INTO sms.esmes (customer_id, system_id, enabled, allowed, max_binds, send_window, mps, "
    "default_alphabet, receipt_tlvs, description, password_hash) "
    "VALUES ($1, $2, $3, $4::text[]::cidr[], $5, $6, $7, $8, $9, $10, $11) RETURNING " ESME_ITEM};
constexpr pg::Query kWriteEsme{
    "store.esme.write",
    "UPDATE sms.esmes SET system_id = $2, enabled = $3, allowed = $4::text[]::cidr[], max_binds = $5, "
    "send_window = $6, mps = $7, default_alphabet = $8, receipt_tlvs = $9, description = $10, "
    "password_hash = coalesce(nullif($11, ''), password_hash) WHERE id = $1 RETURNING " ESME_ITEM};
constexpr pg::Query kRemoveEsme{"store.esme.remove",
                                "DELETE FROM sms.esmes WHERE id = $1 RETURNING " ESME_ITEM};

void read_item(pg::RowReader& row, EsmeItem& out) {
  read_esme(row, out.item);
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const EsmeItem& row) {
  const auto& e = row.item;
  params.add(e.system_id)
      .add(e.enabled)
      .add(networks_text(e.allowed))
      .add(e.max_binds)
      .add(e.window)
      .add(e.mps);
  params.add(e.default_alphabet).add(e.receipt_tlvs).add(row.description).add(e.password_hash);
}

const Rewritten<domain::Esme> kEsmeKind{kLockEsme, kWriteEsme, read_item, add_item};

Task<EsmeItem> one_esme(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<EsmeItem>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace

Task<Paged<EsmeItem>> EsmeRepository::list(Actor actor, std::optional<CustomerId> customer, Page page) {
  return ask_page<EsmeItem>(pool_, scope_of(actor), kCountEsmes, kListEsmes, pg::Params::of(customer), page,
                            read_item);
}
Task<EsmeItem> EsmeRepository::get(Actor actor, EsmeId id) {
  return one_esme(pool_, actor, kGetEsme, pg::Params::of(id));
}
Task<EsmeItem> EsmeRepository::create(Actor actor, domain::Esme esme, std::string description) {
  auto params = pg::Params::of(esme.customer);
  add_item(params, {std::move(esme), std::move(description), {}, {}});
  return one_esme(pool_, actor, kCreateEsme, std::move(params));
}
Task<EsmeItem> EsmeRepository::update(Actor actor, EsmeId id, Change<domain::Esme> change) {
  return rewrite<domain::Esme>(pool_, std::move(actor), id.value, kEsmeKind, std::move(change));
}
Task<EsmeItem> EsmeRepository::remove(Actor actor, EsmeId id) {
  return one_esme(pool_, actor, kRemoveEsme, pg::Params::of(id));
}

}  // namespace warp::store
