#include "warp/domain/policy/access.h"

#include <array>

namespace warp::domain {

void describe(AccessPolicy& p, PolicyFields& fields) {
  std::uint32_t port = p.source_port;
  fields.list("transports", p.transports, 5, "Transports that its requests may come by; none named: all.");
  fields.number("source_port", port, 0, 65'535, "Port that its requests come from; 0: any.");
  p.source_port = static_cast<std::uint16_t>(port);
  fields.text("realm", p.realm, 128, "Of challenges to it; empty: the configured one.");
  fields.number("most_bindings", p.most_bindings, 1, 100, "Bindings of one address of record.");
  fields.seconds("least_expiry", p.least_expiry, 10, 86'400, "A shorter registration gets 423.");
  fields.seconds("longest_expiry", p.longest_expiry, 10, 604'800, "What a longer registration is cut to.");
  fields.text("tls_name", p.tls_name, 253,
              "Name that its certificate must carry; empty: the endpoint's host.");
  fields.text("tls_profile", p.tls_profile, 64,
              "Certificate and authorities to use; empty: the default ones.");
}

}  // namespace warp::domain
