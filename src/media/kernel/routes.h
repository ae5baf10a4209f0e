// Routes: where a packet of ours would leave, asked of the kernel (rtnetlink), and word of changes.
//
// find() from any thread: one request and its answer, ~10 us. RouteWatch has a thread of its own, which calls
// `changed` once at its start and then at most once a kPause; changes that come meanwhile are one call. It
// joins when it goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "warp/domain/address.h"

namespace warp::media {

struct Route {
  unsigned interface = 0;
  domain::IpAddress next_hop;  // a gateway, or the destination itself
  std::uint16_t most_octets = 0;
  bool local = false;  // an address of this machine
  friend bool operator==(const Route&, const Route&) = default;
};

class Routes {
 public:
  Routes();
  ~Routes();
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // Nothing: no route, or one that says so (blackhole, prohibit, unreachable).
  std::optional<Route> find(const domain::IpAddress& to, const domain::IpAddress& from);

 private:
  std::mutex mutex_;  // one question at a time
  int socket_ = -1;
  std::uint32_t sequence_ = 0;
};

class RouteWatch {
 public:
  static constexpr std::chrono::milliseconds kPause{50};

  explicit RouteWatch(std::function<void()> changed);
  ~RouteWatch();
  bool works() const { return thread_.joinable(); }

 private:
  void run();

  const std::function<void()> changed_;
  int socket_ = -1, stop_ = -1;
  std::thread thread_;
};

// An interface that has one of the addresses.
struct MediaLink {
  unsigned index = 0;
  std::string name;
  bool loopback = false;
};
// All of them, each once; `missing` is the first address that no interface has.
std::vector<MediaLink> links_of(const std::vector<domain::IpAddress>& addresses,
                                std::optional<domain::IpAddress>& missing);

}  // namespace warp::media
