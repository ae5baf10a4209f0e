// CallCapture: what capture wants to know of calls, to see both legs as one. Implemented by `integrations`.
// One a shard, on its thread.
#pragma once

#include <string_view>

#include "warp/domain/call_record.h"
#include "warp/domain/policy/capture.h"

namespace warp::domain {

class CallCapture {
 public:
  struct Legs {
    std::string_view call_id;  // of the caller's leg: what both are filed under
    CapturePolicy caller;
    std::string_view far_call_id;
    CapturePolicy callee;
  };
  virtual ~CallCapture() = default;
  // Before the far leg's first message; again for each attempt.
  virtual void joined(const Legs& legs) = 0;
  // Its record is complete; some messages may still follow.
  virtual void ended(const CallRecord& record) = 0;
};

}  // namespace warp::domain
