#include "messaging_rewrite.h"
#include "messaging_rows.h"

// Written: all but the id and, apart, the password.
#define WRITTEN                                                                                         \
  "name = $2, enabled = $3, paused = $4, host = $5, port = $6, tls = $7, tls_ca_file = $8, "            \
  "tls_server_name = $9, system_id = $10, system_type = $11, bind_type = $12, binds = $13, "            \
  "send_window = $14, mps = $15, address_range = $16, interface_version = $17, source_ton = $18, "      \
  "source_npi = $19, dest_ton = $20, dest_npi = $21, default_alphabet = $22, latin1 = $23, "            \
  "substitute = $24, packed = $25, gsm7_data_coding = $26, split = $27, submit_id_form = $28, "         \
  "receipt_id_form = $29, receipt_zone_quarters = $30, response_timeout_ms = $31, "                     \
  "enquire_interval_ms = $32, ambiguity = $33, rate_plan_id = $34, currency = $35, description = $36, " \
  "password = coalesce(nullif($37, ''), password), validity_form = $38, validity_zone_quarters = $39, " \
  "priority_map = $40, tls_certificate_file = $41, tls_key_file = $42, fallback_hosts = $43, "          \
  "protocol = $44, local_domain = $45, remote_domain = $46, allowed = $47::text[]::cidr[], "            \
  "base_url = $48, agent = $49, max_media_octets = $50"
#define CONNECTOR_ITEM CONNECTOR_COLUMNS PROVISIONED_COLUMNS

namespace warp::store {
namespace {

using ConnectorItem = ConnectorRepository::Item;

constexpr pg::Query kCountConnectors{"store.connector.count", "SELECT count(*) FROM sms.connectors"};
constexpr pg::Query kListConnectors{
    "store.connector.list", "SELECT " CONNECTOR_ITEM " FROM sms.connectors ORDER BY name LIMIT $1 OFFSET $2"};
constexpr pg::Query kGetConnector{"store.connector.get",
                                  "SELECT " CONNECTOR_ITEM " FROM sms.connectors WHERE id = $1"};
constexpr pg::Query kLockConnector{"store.connector.lock",
                                   "SELECT " CONNECTOR_ITEM " FROM sms.connectors WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreateConnector{
    "store.connector.create",
    "INSERT INTO sms.connectors (id, name, enabled, paused, host, port, tls, tls_ca_file, tls_server_name, "
    "system_id, system_type, bind_type, binds, send_window, mps, address_range, interface_version, "
    "source_ton, "
    "source_npi, dest_ton, dest_npi, default_alphabet, latin1, substitute, packed, gsm7_data_coding, split, "
    "submit_id_form, receipt_id_form, receipt_zone_quarters, response_timeout_ms, enquire_interval_ms, "
    "ambiguity, rate_plan_id, currency, description, password, validity_form, validity_zone_quarters, "
    "priority_map, tls_certificate_file, tls_key_file, fallback_hosts, protocol, local_domain, "
    "remote_domain, allowed, base_url, agent, max_media_octets) VALUES (coalesce($1::uuid, "
    "gen_random_uuid()), "
    "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "
    "$24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, "
    "$44, $45, $46, $47::text[]::cidr[], $48, $49, $50) RETURNING " CONNECTOR_ITEM};
constexpr pg::Query kWriteConnector{
    "store.connector.write", "UPDATE sms.connectors SET " WRITTEN " WHERE id = $1 RETURNING " CONNECTOR_ITEM};
constexpr pg::Query kRemoveConnector{"store.connector.remove",
                                     "DELETE FROM sms.connectors WHERE id = $1 RETURNING " CONNECTOR_ITEM};

void read_item(pg::RowReader& row, ConnectorItem& out) {
  read_connector(row, out.item);
  out.item.password.clear();
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const ConnectorItem& row) {
  const auto& c = row.item;
  params.add(c.name).add(c.enabled).add(c.paused).add(c.host).add(c.port).add(c.tls).add(c.tls_ca_file);
  params.add(c.tls_server_name).add(c.system_id).add(c.system_type).add(c.bind_type).add(c.binds);
  params.add(c.window).add(c.mps).add(c.address_range).add(c.interface_version).add(c.source_ton);
  params.add(c.source_npi).add(c.dest_ton).add(c.dest_npi).add(c.default_alphabet).add(c.latin1);
  params.add(c.substitute).add(c.packed).add(c.gsm7_data_coding).add(c.split).add(c.submit_id_form);
  params.add(c.receipt_id_form).add(c.receipt_zone_quarters).add(c.response_timeout.count());
  params.add(c.enquire_interval.count()).add(to_string(c.ambiguity)).add(c.rate_plan).add(c.currency);
  params.add(row.description).add(c.password);
  params.add(c.validity_form).add(c.validity_zone_quarters).add(c.priority_map);
  params.add(c.tls_certificate_file).add(c.tls_key_file).add(c.fallback_hosts);
  params.add(domain::to_string(c.protocol)).add(c.local_domain);
  params.add(c.remote_domain).add(networks_text(c.allowed)).add(c.base_url).add(c.agent);
  params.add(c.max_media_octets);
}

const Rewritten<domain::Connector> kConnectorKind{kLockConnector, kWriteConnector, read_item, add_item};

Task<ConnectorItem> one_connector(pg::Pool& pool, const Actor& actor, const pg::Query& query,
                                  pg::Params params) {
  return ask_one<ConnectorItem>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace

Task<Paged<ConnectorItem>> ConnectorRepository::list(Actor actor, Page page) {
  return ask_page<ConnectorItem>(pool_, scope_of(actor), kCountConnectors, kListConnectors, pg::Params(),
                                 page, read_item);
}
Task<ConnectorItem> ConnectorRepository::get(Actor actor, ConnectorId id) {
  return one_connector(pool_, actor, kGetConnector, pg::Params::of(id));
}
Task<ConnectorItem> ConnectorRepository::create(Actor actor, domain::Connector connector,
                                                std::string description) {
  auto params = pg::Params::of(std::nullopt);
  add_item(params, {std::move(connector), std::move(description), {}, {}});
  return one_connector(pool_, actor, kCreateConnector, std::move(params));
}
Task<ConnectorItem> ConnectorRepository::update(Actor actor, ConnectorId id,
                                                Change<domain::Connector> change) {
  return rewrite<domain::Connector>(pool_, std::move(actor), id.value, kConnectorKind, std::move(change));
}
Task<ConnectorItem> ConnectorRepository::remove(Actor actor, ConnectorId id) {
  return one_connector(pool_, actor, kRemoveConnector, pg::Params::of(id));
}

}  // namespace warp::store
