// HttpCaller: what messaging asks of the web beside webhooks: providers' APIs, and files that they name.
// Implemented in `app` on a thread of its own; `done` comes on messaging's thread, never inside the call.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace warp::messaging {

struct HttpCall {
  std::string method = "POST", url, body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds timeout{15'000};
  std::uint64_t most_octets = 64 * 1024;  // of the answer's body
  unsigned redirects = 0;                 // followed at most
  // A target that the operator named; otherwise the address rules of webhooks hold.
  bool trusted = false;
};

// NotReached: surely no octet of the request left. Silent: it may have arrived.
enum class HttpReach : std::uint8_t { NotReached, Silent, Answered };
struct HttpAnswer {
  HttpReach reach = HttpReach::NotReached;
  unsigned status = 0;
  std::string content_type, body;
  bool complete = true;  // false: the body is cut
};

class HttpCaller {
 public:
  virtual ~HttpCaller() = default;
  virtual void call(HttpCall call, std::function<void(HttpAnswer answer)> done) = 0;
};

}  // namespace warp::messaging
