// What capture is told by the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/address.h"

namespace warp::integrations {

// "udp://host:port", "tcp://host:port", "tls://host:port"; IPv6 in brackets; without a port 9060, TLS 9061.
struct CaptureTarget {
  enum class Kind : std::uint8_t { Udp, Tcp, Tls };
  Kind kind = Kind::Udp;
  std::string host;
  std::uint16_t port = 9060;

  static std::optional<CaptureTarget> parse(std::string_view text);
  std::string to_string() const;
};

struct CaptureSettings {
  std::vector<CaptureTarget> targets;  // each gets everything; empty: nothing is captured
  std::uint32_t capture_id = 2001;
  std::string auth_key;
  std::uint32_t sampling = 100;         // percent of calls, of those that their trunk lets be captured
  std::string ca_file;                  // of TLS targets; empty: the system's
  std::size_t queue = 8192;             // messages of one shard that wait for the sender
  std::size_t target_octets = 1 << 20;  // that wait for one stream target
};

}  // namespace warp::integrations
