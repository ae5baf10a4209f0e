// CallDiff: from what calls there are to what has happened to them. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "warp/api/ports.h"
#include "warp/base/clock.h"
#include "warp/live/event.h"

namespace warp::app {

class CallDiff {
 public:
  // What has changed since the last look: call.started, call.ringing, call.answered, call.ended. A state that
  // a call went through between two looks is not told.
  std::vector<live::Event> step(std::vector<api::ActiveCall> calls, WallTime now);

 private:
  std::map<std::string, api::ActiveCall> known_;  // by id
};

}  // namespace warp::app
