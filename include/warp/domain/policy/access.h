// AccessPolicy: who may use a trunk or speak as a provider, and by which transports.
#pragma once

#include "warp/domain/policy/fields.h"

namespace warp::domain {

struct AccessPolicy {
  std::vector<std::string> transports{};  // UDP, TCP, TLS, WS, WSS that requests may come by; empty: all
  std::uint16_t source_port = 0;          // 0: any port of a listed address
  std::string realm;                      // of challenges to it; empty: sip.auth.realm
  std::uint32_t most_bindings = 10;       // of one address of record
  std::chrono::seconds least_expiry{60},
      longest_expiry{3600};  // of bindings; behind NAT the shortest is given
  // Towards this peer.
  std::string tls_name;     // that its certificate must carry; empty: the endpoint's host
  std::string tls_profile;  // sip.tls.profiles: certificate and authorities; empty: the default one
};

// Names and bounds of every field.
void describe(AccessPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
