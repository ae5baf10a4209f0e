#include "warp/store/trunks.h"

#include "trunk_ip_row.h"

#define TRUNK_COLUMNS                                                                              \
  "t.id, t.customer_id, t.name, t.description, t.enabled, t.auth_type, t.allowed_number_classes, " \
  "t.capacity_cps_inbound, t.capacity_cps_outbound, t.capacity_channels_inbound, "                 \
  "t.capacity_channels_outbound, "                                                                 \
  "t.sip_config, t.media_mode, t.symmetric_rtp, t.media_timeout_seconds, t.ring_timeout_seconds, " \
  "t.max_duration_seconds, t.sip_policy, t.created_at, t.updated_at"

namespace warp::store {
namespace {

constexpr pg::Query kListTrunks{"store.trunk.list",
                                "SELECT " TRUNK_COLUMNS
                                " FROM trunks.configurations t WHERE $1::uuid IS NULL OR t.customer_id = $1 "
                                "ORDER BY t.name, t.id"};
constexpr pg::Query kListIps{
    "store.trunk.list_ips",
    "SELECT " TRUNK_IP_COLUMNS
    " FROM trunks.ip_whitelist "
    "WHERE ($1::uuid IS NULL OR customer_id = $1) ORDER BY trunk_id, cidr, port, transport"};
constexpr pg::Query kGetTrunk{"store.trunk.get",
                              "SELECT " TRUNK_COLUMNS " FROM trunks.configurations t WHERE t.id = $1"};
constexpr pg::Query kCreateTrunk{
    "store.trunk.create",
    "INSERT INTO trunks.configurations AS t (customer_id, name, description, enabled, auth_type, "
    "allowed_number_classes, capacity_cps_inbound, capacity_cps_outbound, capacity_channels_inbound, "
    "capacity_channels_outbound, sip_config, media_mode, symmetric_rtp, media_timeout_seconds, "
    "ring_timeout_seconds, max_duration_seconds, sip_policy) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) "
    "RETURNING " TRUNK_COLUMNS};
constexpr pg::Query kUpdateTrunk{
    "store.trunk.update",
    "UPDATE trunks.configurations AS t SET name = coalesce($2, name), description = coalesce($3, "
    "description), "
    "enabled = coalesce($4, enabled), auth_type = coalesce($5, auth_type), "
    "allowed_number_classes = coalesce($6, allowed_number_classes), "
    "capacity_cps_inbound = CASE WHEN $7::boolean THEN $8::integer ELSE capacity_cps_inbound END, "
    "capacity_cps_outbound = CASE WHEN $9::boolean THEN $10::integer ELSE capacity_cps_outbound END, "
    "capacity_channels_inbound = CASE WHEN $11::boolean THEN $12::integer ELSE capacity_channels_inbound "
    "END, "
    "capacity_channels_outbound = CASE WHEN $13::boolean THEN $14::integer ELSE capacity_channels_outbound "
    "END, "
    "sip_config = coalesce($15, sip_config), media_mode = coalesce($16, media_mode), "
    "symmetric_rtp = coalesce($17, symmetric_rtp), "
    "media_timeout_seconds = coalesce($18, media_timeout_seconds), "
    "ring_timeout_seconds = coalesce($19, ring_timeout_seconds), "
    "max_duration_seconds = coalesce($20, max_duration_seconds), sip_policy = coalesce($21, sip_policy) "
    "WHERE id = $1 RETURNING " TRUNK_COLUMNS};
constexpr pg::Query kTrunkUsed{"store.trunk.used",
                               "SELECT EXISTS (SELECT FROM records.cdrs r WHERE r.trunk_id = t.id) "
                               "FROM trunks.configurations t WHERE t.id = $1"};
constexpr pg::Query kRemoveTrunk{
    "store.trunk.remove",
    "DELETE FROM trunks.configurations AS t WHERE t.id = $1 AND NOT EXISTS "
    "(SELECT FROM records.cdrs r WHERE r.trunk_id = t.id) RETURNING " TRUNK_COLUMNS};
constexpr pg::Query kCascade{"store.trunk.cascade",
                             "SELECT (SELECT count(*) FROM trunks.ip_whitelist WHERE trunk_id = t.id), "
                             "(SELECT count(*) FROM numbers.inventory WHERE trunk_id = t.id), "
                             "(SELECT count(*) FROM records.cdrs WHERE trunk_id = t.id) "
                             "FROM trunks.configurations t WHERE t.id = $1"};

void read_trunk(pg::RowReader& row, Trunk& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.name);
  row.next(out.description);
  row.next(out.enabled);
  next_named(row, out.auth_type, domain::parse_auth_type);
  row.next(out.allowed_number_classes);
  row.next(out.cps_inbound);
  row.next(out.cps_outbound);
  row.next(out.channels_inbound);
  row.next(out.channels_outbound);
  row.next(out.sip_config);
  next_named(row, out.media_mode, domain::parse_media_mode);
  row.next(out.symmetric_rtp);
  row.next(out.media_timeout_seconds);
  row.next(out.ring_timeout_seconds);
  row.next(out.max_duration_seconds);
  row.next(out.sip_policy);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_cascade(pg::RowReader& row, TrunkCascade& out) {
  row.next(out.ips);
  row.next(out.numbers);
  row.next(out.records);
}

// The trunk that a statement made or changed, with the addresses that it has.
Task<Trunk> with_ips(TrunkRepository& repository, Actor actor, Task<Trunk> changing) {
  auto trunk = co_await std::move(changing);
  if (!trunk) co_return trunk;
  auto ips = co_await repository.ips(std::move(actor), trunk->id);
  if (!ips) co_return std::move(ips).error();
  trunk->ips = std::move(*ips);
  co_return trunk;
}

}  // namespace

Task<std::vector<Trunk>> TrunkRepository::list(Actor actor, std::optional<CustomerId> customer) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kListTrunks, pg::Params::of(customer)});
  statements.push_back({&kListIps, pg::Params::of(customer)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  auto trunks = read_all<Trunk>((*answers)[0], read_trunk, kListTrunks.name);
  auto ips = read_all<TrunkIp>((*answers)[1], read_trunk_ip, kListIps.name);
  if (!trunks) co_return trunks;
  if (!ips) co_return std::move(ips).error();
  std::unordered_map<TrunkId, Trunk*> by_id;
  for (auto& trunk : *trunks)
    by_id[trunk.id] = &trunk;
  for (auto& ip : *ips)
    if (const auto found = by_id.find(ip.trunk); found != by_id.end())
      found->second->ips.push_back(std::move(ip));
  co_return trunks;
}

Task<Trunk> TrunkRepository::get(Actor actor, TrunkId id) {
  auto found = ask_one<Trunk>(pool_, scope_of(actor), kGetTrunk, pg::Params::of(id), read_trunk);
  return with_ips(*this, std::move(actor), std::move(found));
}

Task<Trunk> TrunkRepository::create(Actor actor, NewTrunk t) {
  auto params =
      pg::Params::of(t.customer, t.name, t.description, t.enabled, to_string(t.auth_type),
                     t.allowed_number_classes, t.cps_inbound, t.cps_outbound, t.channels_inbound,
                     t.channels_outbound, t.sip_config, to_string(t.media_mode), t.symmetric_rtp,
                     t.media_timeout_seconds, t.ring_timeout_seconds, t.max_duration_seconds, t.sip_policy);
  return ask_one<Trunk>(pool_, scope_of(actor), kCreateTrunk, std::move(params), read_trunk);
}

Task<Trunk> TrunkRepository::update(Actor actor, TrunkId id, TrunkPatch p) {
  auto params =
      pg::Params::of(id, p.name, p.description, p.enabled, name_of(p.auth_type), p.allowed_number_classes);
  add_nullable(params, p.cps_inbound);
  add_nullable(params, p.cps_outbound);
  add_nullable(params, p.channels_inbound);
  add_nullable(params, p.channels_outbound);
  params.add(p.sip_config).add(name_of(p.media_mode)).add(p.symmetric_rtp).add(p.media_timeout_seconds);
  params.add(p.ring_timeout_seconds).add(p.max_duration_seconds).add(p.sip_policy);
  auto changed = ask_one<Trunk>(pool_, scope_of(actor), kUpdateTrunk, std::move(params), read_trunk);
  return with_ips(*this, std::move(actor), std::move(changed));
}

Task<Trunk> TrunkRepository::remove(Actor actor, TrunkId id) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kTrunkUsed, pg::Params::of(id)});
  statements.push_back({&kRemoveTrunk, pg::Params::of(id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  const auto& used = (*answers)[0];
  if (!used.empty() && pg::RowReader(used[0]).next<bool>())
    co_return Error{ErrorKind::InUse, "records name the trunk", "cdrs_trunk"};
  co_return read_one<Trunk>((*answers)[1], read_trunk, kRemoveTrunk.name);
}

Task<TrunkCascade> TrunkRepository::cascade(Actor actor, TrunkId id) {
  return ask_one<TrunkCascade>(pool_, scope_of(actor), kCascade, pg::Params::of(id), read_cascade);
}

}  // namespace warp::store
