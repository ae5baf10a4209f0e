// The access list part of TrunkRepository.
#include "warp/store/trunks.h"

#include "trunk_ip_row.h"

namespace warp::store {
namespace {

constexpr pg::Query kTrunkIpTrunk{"store.trunk.exists", "SELECT id FROM trunks.configurations WHERE id = $1"};
constexpr pg::Query kIps{"store.trunk_ip.list",
                         "SELECT " TRUNK_IP_COLUMNS
                         " FROM trunks.ip_whitelist WHERE trunk_id = $1 ORDER BY cidr, port, transport"};
constexpr pg::Query kAddTrunkIp{
    "store.trunk_ip.add",
    "INSERT INTO trunks.ip_whitelist (customer_id, trunk_id, cidr, port, transport, description, enabled) "
    "SELECT customer_id, id, $2::cidr, $3::integer, $4::text, $5::text, $6::boolean "
    "FROM trunks.configurations WHERE id = $1 "
    "RETURNING " TRUNK_IP_COLUMNS};
constexpr pg::Query kSame{"store.trunk_ip.same",
                          "SELECT " TRUNK_IP_COLUMNS
                          " FROM trunks.ip_whitelist WHERE trunk_id = $1 AND cidr = $2::cidr "
                          "AND port IS NOT DISTINCT FROM $3::integer "
                          "AND transport IS NOT DISTINCT FROM $4::text"};
constexpr pg::Query kUpdateTrunkIp{
    "store.trunk_ip.update",
    "UPDATE trunks.ip_whitelist SET description = coalesce($3, description), "
    "enabled = coalesce($4, enabled) WHERE id = $1 AND trunk_id = $2 RETURNING " TRUNK_IP_COLUMNS};
constexpr pg::Query kRemoveTrunkIp{
    "store.trunk_ip.remove",
    "DELETE FROM trunks.ip_whitelist WHERE id = $1 AND trunk_id = $2 RETURNING " TRUNK_IP_COLUMNS};

}  // namespace

Task<std::vector<TrunkIp>> TrunkRepository::ips(Actor actor, TrunkId trunk) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kTrunkIpTrunk, pg::Params::of(trunk)});
  statements.push_back({&kIps, pg::Params::of(trunk)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  if ((*answers)[0].empty()) co_return not_found();
  co_return read_all<TrunkIp>((*answers)[1], read_trunk_ip, kIps.name);
}

Task<TrunkRepository::AddedIp> TrunkRepository::add_ip(Actor actor, TrunkId trunk,
                                                       domain::SourceAddress source, std::string description,
                                                       bool enabled) {
  const auto text = source.cidr.to_string();
  auto params = pg::Params::of(trunk, text);
  add_match(params, source.match);
  params.add(description).add(enabled);
  auto made =
      co_await ask_one<TrunkIp>(pool_, scope_of(actor), kAddTrunkIp, std::move(params), read_trunk_ip);
  if (made) co_return AddedIp{std::move(*made), false};
  if (made.error().kind != ErrorKind::Duplicate) co_return std::move(made).error();
  auto same_params = pg::Params::of(trunk, text);
  add_match(same_params, source.match);
  auto same = co_await ask_one<TrunkIp>(pool_, scope_of(actor), kSame, std::move(same_params), read_trunk_ip);
  if (same) co_return AddedIp{std::move(*same), true};
  co_return std::move(made).error();
}

Task<TrunkIp> TrunkRepository::update_ip(Actor actor, TrunkId trunk, Uuid id,
                                         std::optional<std::string> description,
                                         std::optional<bool> enabled) {
  return ask_one<TrunkIp>(pool_, scope_of(actor), kUpdateTrunkIp,
                          pg::Params::of(id, trunk, description, enabled), read_trunk_ip);
}

Task<TrunkIp> TrunkRepository::remove_ip(Actor actor, TrunkId trunk, Uuid id) {
  return ask_one<TrunkIp>(pool_, scope_of(actor), kRemoveTrunkIp, pg::Params::of(id, trunk), read_trunk_ip);
}

}  // namespace warp::store
