#include "warp/store/nodes.h"

#include "support.h"

namespace warp::store {
namespace {

#define NODE_COLUMNS                                                                                    \
  "name, host, version, CASE WHEN beat_at < now() - interval '15 seconds' THEN 'gone' ELSE phase END, " \
  "started_at, beat_at, draining, calls"

constexpr pg::Query kNodeArrives{
    "store.node.arrive",
    "INSERT INTO warp.nodes (name, host, version) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET "
    "host = excluded.host, version = excluded.version, phase = 'starting', started_at = now(), beat_at = "
    "now(), calls = 0, updated_at = now() RETURNING " NODE_COLUMNS};
constexpr pg::Query kNodeBeat{"store.node.beat",
                              "UPDATE warp.nodes SET phase = $2, calls = $3, beat_at = now() WHERE name = $1 "
                              "RETURNING " NODE_COLUMNS};
constexpr pg::Query kListNodes{"store.node.list",
                               "SELECT " NODE_COLUMNS " FROM warp.nodes ORDER BY name LIMIT 1000"};
constexpr pg::Query kGetNode{"store.node.get", "SELECT " NODE_COLUMNS " FROM warp.nodes WHERE name = $1"};
constexpr pg::Query kDrainNode{"store.node.drain",
                               "UPDATE warp.nodes SET draining = $2, updated_at = now() WHERE name = $1 "
                               "RETURNING " NODE_COLUMNS};

void read_node(pg::RowReader& row, Node& out) {
  row.next(out.name);
  row.next(out.host);
  row.next(out.version);
  row.next(out.phase);
  row.next(out.started_at);
  row.next(out.beat_at);
  row.next(out.draining);
  row.next(out.calls);
}

}  // namespace

Task<Node> NodeRepository::arrive(std::string name, std::string host, std::string version) {
  return ask_one<Node>(pool_, daemon_scope(), kNodeArrives, pg::Params::of(name, host, version), read_node);
}

Task<Node> NodeRepository::beat(NodeBeat beat) {
  return ask_one<Node>(pool_, daemon_scope(), kNodeBeat, pg::Params::of(beat.name, beat.phase, beat.calls),
                       read_node);
}

Task<std::vector<Node>> NodeRepository::list() {
  pg::Params none;
  return ask_all<Node>(pool_, daemon_scope(), kListNodes, std::move(none), read_node);
}

Task<Node> NodeRepository::get(std::string name) {
  return ask_one<Node>(pool_, daemon_scope(), kGetNode, pg::Params::of(name), read_node);
}

Task<Node> NodeRepository::drain(Actor actor, std::string name, bool on) {
  return ask_one<Node>(pool_, scope_of(actor), kDrainNode, pg::Params::of(name, on), read_node);
}

}  // namespace warp::store
