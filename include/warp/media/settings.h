// What the media engine is told at start.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/domain/address.h"
#include "warp/media/kernel_settings.h"

namespace warp::media {

struct Interface {
  domain::IpAddress bind;  // a specific local address; a wildcard leaves the source to the kernel's routing
  domain::IpAddress advertised;  // what goes into the SDP
};

// Addresses that a side may have, one of each family. Networks may share an address that they are bound to,
// and then share its ports, and tell peers different ones.
struct Network {
  std::optional<Interface> v4, v6;
};

// Of a session's first stream, once its call is answered.
struct QualitySettings {
  std::chrono::milliseconds stretch{5000};  // that a score is given to
  // How long a side may send nothing, or silence, before it is told. 0: never.
  std::chrono::milliseconds one_way_after{10'000}, silent_after{30'000};
};

struct ReservedPort {
  bool v6 = false;
  std::uint16_t port = 0;
  std::uint8_t network = 0;
};

struct Settings {
  std::optional<Interface> v4, v6;  // of network 0
  std::vector<Network> further;     // networks 1, 2…
  // RTP on even ports, RTCP on the odd one above; both ends inclusive.
  std::uint16_t port_low = 10000;
  std::uint16_t port_high = 60000;
  unsigned workers = 1;
  // How long a released pair is kept from new sessions, so that late packets of the old call find nobody.
  std::chrono::milliseconds reuse_delay{5000};
  // Pairs bound ahead in the background, for each worker and bound address.
  unsigned prebound_pairs = 64;
  // Under load a worker sleeps this long between batches, so that one wake-up serves many sockets: it adds
  // half of it to a packet's way on average. Zero: never.
  std::chrono::microseconds coalesce{1000};
  // Of the workers, as SCHED_FIFO has it, 1 to 99: what else runs on a busy core waits for packets, not they
  // for it. 0: scheduled as any thread. Refused by the machine, it is logged and all goes on.
  unsigned realtime_priority = 0;
  std::uint8_t dscp = 46;  // expedited forwarding
  // RTP ports that Engine::reopen() is going to ask for: nobody else gets them before free_reserved().
  std::vector<ReservedPort> reserved;
  QualitySettings quality;
  // Key and certificate of DTLS (PEM, secret), kept over restarts; empty: new ones at each start.
  std::string identity_file;
  KernelSettings kernel;
};

}  // namespace warp::media
