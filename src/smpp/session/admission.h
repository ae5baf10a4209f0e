// Admission: who may connect and try to bind. Remembers a bounded number of sources.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "warp/base/clock.h"
#include "warp/domain/address.h"
#include "warp/smpp/session/server.h"

namespace warp::smpp {

class Admission {
 public:
  // What a source is known by: an IPv4 address, or the first 64 bits of an IPv6 one.
  struct Source {
    domain::IpAddress key;
  };
  static Source source_of(const domain::IpAddress& ip);

  explicit Admission(const ServerSettings& settings) : settings_(settings) {}

  enum class Entry : std::uint8_t { Admitted, TooMany, TooManyOfSource };
  // Admitted: no_longer_unbound() is due when it binds or goes, left() when it goes.
  Entry connect(const Source& source, Monotonic now);
  void no_longer_unbound(const Source& source);
  void left() { --connections_; }

  // False: over the rate, nobody is to be asked.
  bool may_bind(const Source& source, Monotonic now);
  void bind_failed(const Source& source, Monotonic now);

  std::size_t connections() const { return connections_; }
  std::size_t sources() const { return sources_.size(); }

 private:
  // Tokens used, and when that was true: they come back with time.
  struct Bucket {
    double used = 0;
    Monotonic at{};
    void settle(Monotonic now, std::chrono::milliseconds refill);
  };
  struct State {
    std::size_t unbound = 0;
    Bucket attempts, failures;
  };
  State& state(const Source& source, Monotonic now);
  void forget_idle(Monotonic now);

  const ServerSettings& settings_;
  std::unordered_map<domain::IpAddress, State> sources_;
  State strangers_;  // when no more sources are remembered
  Monotonic swept_{};
  std::size_t connections_ = 0;
};

}  // namespace warp::smpp
