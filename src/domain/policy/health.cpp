#include "warp/domain/policy/health.h"

#include <array>

namespace warp::domain {

void describe(HealthPolicy& p, PolicyFields& fields) {
  fields.flag("probe", p.probe, "OPTIONS to each endpoint.");
  fields.seconds("probe_interval", p.probe_interval, 1, 3'600, "Between two probes of one endpoint.");
  fields.milliseconds("probe_timeout", p.probe_timeout, 100, 32'000, "How long an answer may take.");
  fields.number("down_after", p.down_after, 1, 100, "Probes lost in a row that take an endpoint out.");
  fields.number("up_after", p.up_after, 1, 100, "Probes answered in a row that bring it back.");
  fields.number("open_after", p.open_after, 0, 1'000,
                "Calls failed in a row that open its circuit; 0: never.");
  fields.seconds("rest", p.rest, 1, 3'600, "Before an open circuit lets one call try again.");
  fields.list("failover_codes", p.failover_codes, 100,
              "Final answers after which the next endpoint is tried.");
}

}  // namespace warp::domain
