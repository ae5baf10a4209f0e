// Bindings: where the devices of a trunk are, as they registered (RFC 3261 §10). Implemented by `registrar`,
// read by `calls` when a call goes to a trunk that is reached by registration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"
#include "warp/domain/address.h"
#include "warp/domain/catalogue.h"

namespace warp::domain {

struct Binding {
  std::string id;    // `contact_id` of the API: stable while the binding lives
  std::string user;  // of the credential
  Uuid credential;
  std::int64_t credential_version = 0;  // Credential::version when it registered
  std::string contact;                  // URI as registered
  std::vector<std::string> path;        // Path headers (RFC 3327), the first is the first hop
  std::string instance;                 // +sip.instance; empty: none
  std::uint32_t reg_id = 0;             // RFC 5626; 0: none
  SocketAddress received;               // where the REGISTER came from
  SocketAddress local;
  SipTransport transport = SipTransport::Udp;
  static constexpr std::uint16_t kAnyListener = 0xffff;
  std::uint16_t listener = 0;    // on the node that took it; kAnyListener elsewhere
  std::uint64_t connection = 0;  // sip::Flow::connection on the node that took it; 0 elsewhere, or UDP
  std::string node;              // that took it
  std::uint16_t q = 1000;        // thousandths
  bool gin = false;              // RFC 6140: the whole number range of the trunk is behind it
  std::string user_agent, call_id;
  std::uint32_t cseq = 0;
  WallTime registered_at{}, expires_at{};
};

class Bindings {
 public:
  virtual ~Bindings() = default;
  // Live ones, best q first, the newest of equals first. Any thread; no wait.
  virtual std::vector<Binding> of(TrunkId trunk) const = 0;
};

}  // namespace warp::domain
