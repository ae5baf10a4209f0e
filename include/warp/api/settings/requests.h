// RequestSettings: manners: limits of customers, idempotency, compression. Defaults stand here.
#pragma once

#include <chrono>

namespace warp::api {

struct RequestSettings {
  bool gzip = true;                                      // answers, for clients that take it
  std::chrono::seconds idempotency_keep{7 * 24 * 3600};  // how long a first answer is kept
  bool shared_limits = true;                             // over all nodes, where Redis is there
  std::chrono::milliseconds shared_wait{5};              // for Redis; then this node's own buckets count
  std::chrono::milliseconds lease{100};                  // how long tokens taken ahead are good
  unsigned lease_tokens = 10;                            // at once, at most
};

}  // namespace warp::api
