// CapturePolicy: is the signalling of calls of this trunk or provider captured (HEP)?
#pragma once

#include "warp/domain/policy/fields.h"

namespace warp::domain {

struct CapturePolicy {
  bool enabled = true;          // when capture is configured at all
  std::uint32_t percent = 100;  // of its calls, chosen by Call-ID so that a call is captured whole
};

// Names and bounds of every field.
void describe(CapturePolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
