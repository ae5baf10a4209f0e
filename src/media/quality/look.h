// The worker's look at a session's first stream now and then: scores of stretches, one-way audio, silence.
#pragma once

#include "warp/media/settings.h"

#include "quality/hearing.h"
#include "quality/scoring.h"
#include "session_state.h"

namespace warp::media {

// Before the sides' counters are read; kernel flows have told them what they know.
void look_at_quality(SessionState& session, const QualitySettings& settings, Monotonic now);
// A believed packet of that side that is listened to (QualityWatch::sample_due()).
void listen(Side& side, Heard heard, Monotonic at);

// What is known of a way by the counters of the whole call; any thread.
WayIn way_in(const Side& side, const Codec& codec);
WayOut way_out(const Side& side, const Codec& codec);

}  // namespace warp::media
