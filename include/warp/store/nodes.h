// Nodes of the platform (warp.nodes): what each says of itself, and whether it is wanted to take calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Node {
  std::string name, host, version;
  std::string phase;  // starting, ready, draining; gone: it said goodbye, or nothing for 15 s
  WallTime started_at{}, beat_at{};
  bool draining = false;  // wanted
  std::uint32_t calls = 0;
};

// What a node says of itself.
struct NodeBeat {
  std::string name, phase;
  std::uint32_t calls = 0;
};

class NodeRepository {
 public:
  explicit NodeRepository(pg::Pool& pool) : pool_(pool) {}

  // It has started. What was wanted of it before still holds.
  Task<Node> arrive(std::string name, std::string host, std::string version);
  // NotFound: it has not arrived.
  Task<Node> beat(NodeBeat beat);
  Task<std::vector<Node>> list();  // by name
  Task<Node> get(std::string name);
  // Audited; the node is notified (warp_nodes).
  Task<Node> drain(Actor actor, std::string name, bool on);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
