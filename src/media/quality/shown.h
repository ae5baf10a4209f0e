// A side's figures as others see them.
#pragma once

#include "warp/domain/call_record.h"

#include "quality/scoring.h"
#include "session_state.h"

namespace warp::media {

// Of the stream that `side` belongs to, into its leg; any thread.
void show_quality(const Side& side, const Codec& own, const Codec& others, domain::LegMedia& leg);

}  // namespace warp::media
