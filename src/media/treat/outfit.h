// Outfit: what a treatment is to wear, made off the worker: the plan of a stream, its codecs, its keys.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "warp/domain/media_port.h"
#include "warp/fax/gateway.h"

#include "secure/secure_side.h"
#include "treat/clip_player.h"
#include "treat/listener.h"
#include "treat/plan.h"
#include "treat/speaker.h"

namespace warp::media {

struct Outfit {
  template <typename T>
  struct Change {
    bool made = false;  // else what is worn stays
    std::unique_ptr<T> value;
    void put(std::unique_ptr<T> fresh) {
      made = true;
      value = std::move(fresh);
    }
  };
  struct Part {
    std::shared_ptr<const domain::MediaTerms> terms;
    Change<Listener> listener;
    Change<Speaker> speaker;
    Change<SecureSide> secure;  // a side that was encrypted and is so still keeps its own
  };

  StreamPlan plan;
  std::array<Part, 2> parts;
  Change<fax::Gateway> fax;
};

}  // namespace warp::media
