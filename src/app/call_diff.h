// CallDiff: from what calls there are to what has happened to them. Pure.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "warp/api/ports.h"
#include "warp/base/clock.h"
#include "warp/live/event.h"

namespace warp::app {

class CallDiff {
 public:
  // How often call.quality is told of a call that is up.
  static constexpr std::chrono::seconds kQualityEvery{5};

  // Nothing is known but these, of whom nothing is told.
  void begin(std::vector<api::ActiveCall> calls, WallTime now);

  // What has changed since the last look: call.started, call.ringing, call.answered, call.ended. A state that
  // a call went through between two looks is not told. While it is up, call.quality with its figures, which
  // `figures` writes into the call then, and only then: they cost more than all else of a look.
  using Figures = std::function<void(api::ActiveCall&)>;
  std::vector<live::Event> step(std::vector<api::ActiveCall> calls, WallTime now,
                                const Figures& figures = {});

 private:
  struct Known {
    api::ActiveCall call;
    WallTime told{};  // of its quality
  };
  std::map<std::string, Known> known_;  // by id
};

}  // namespace warp::app
