// What is heard on an answered call: the media engine is told what to expect, and what it tells is noted.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// Behind the answer, and whenever what the sides' codecs are has changed; nothing before the answer.
void judge_media(const Call& call);
// domain::MediaEventKind::Unheard, Silent and HeardAgain.
void on_heard(Context& context, Call& call, Side side, const domain::MediaEvent& event);

}  // namespace warp::calls
