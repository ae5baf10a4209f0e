#include "warp/domain/policy/capture.h"

#include <array>

namespace warp::domain {

void describe(CapturePolicy& p, PolicyFields& fields) {
  fields.flag("enabled", p.enabled, "Its signalling is captured when capture is configured.");
  fields.number("percent", p.percent, 0, 100, "Share of its calls, chosen by Call-ID.");
}

}  // namespace warp::domain
