#include "warp/domain/policy/health.h"

#include "warp/base/text.h"

namespace warp::domain {

bool StatusSet::is_code(std::string_view text) {
  if (text.size() != 3 || text[0] < '3' || text[0] > '6') return false;
  return text.substr(1) == "xx" || (is_digit(text[1]) && is_digit(text[2]));
}

StatusSet StatusSet::of(const std::vector<std::string>& codes) {
  StatusSet out;
  for (const auto& code : codes) {
    if (!is_code(code)) continue;
    const std::size_t hundred = static_cast<std::size_t>(code[0] - '3') * 100;
    if (code.ends_with("xx")) {
      for (std::size_t at = hundred; at < hundred + 100; ++at)
        out.set_.set(at);
    } else {
      out.set_.set(hundred + static_cast<std::size_t>(code[1] - '0') * 10 +
                   static_cast<std::size_t>(code[2] - '0'));
    }
  }
  return out;
}

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
              "Final answers after which the next endpoint is tried: 503, 5xx.");
}

}  // namespace warp::domain
