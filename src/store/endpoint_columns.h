// Host, port and transport of an endpoint as both tables have them.
#pragma once

#include "warp/domain/catalogue.h"

#include "support.h"

namespace warp::store {

#define ENDPOINT_TARGET(alias) \
  "coalesce(" alias "hostname, host(" alias "host)), coalesce(" alias "port, 0), " alias "transport"

// Into anything that has address, host, transport and any_transport.
template <class Endpoint>
void next_endpoint_target(pg::RowReader& row, Endpoint& out) {
  auto host = row.next<std::string>();
  if (const auto ip = domain::IpAddress::parse(host))
    out.address.ip = *ip;
  else
    out.host = std::move(host);
  row.next(out.address.port);
  const auto transport = row.next<std::string>();
  out.any_transport = transport == domain::kAnyTransport;
  if (out.any_transport) return;
  const auto parsed = domain::parse_sip_transport(transport);
  if (parsed)
    out.transport = *parsed;
  else
    row.fail();
}

}  // namespace warp::store
