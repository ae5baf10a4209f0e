#include "warp/api/node_json.h"

namespace warp::api {

Json to_json(const store::Node& node) {
  Json out;
  out["name"] = node.name;
  out["host"] = node.host;
  out["version"] = node.version;
  out["phase"] = node.phase;
  out["draining"] = node.draining;
  out["calls"] = node.calls;
  out["started_at"] = timestamp(node.started_at);
  out["beat_at"] = timestamp(node.beat_at);
  return out;
}

}  // namespace warp::api
