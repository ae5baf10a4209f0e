// Recording: what calls have to do with recordings: by the policy of either side from the answer on
// (media.record), or when the API says so. The tap of domain::RecordingPort hears both sides.
//
// A recording that is refused, or breaks, changes nothing for its call: it is counted and logged. With the
// tone both sides hear a beep at the start and every fifteen seconds.
#pragma once

#include <memory>

#include "warp/domain/recording_port.h"

#include "call.h"
#include "context.h"

namespace warp::calls {

struct Siprec;  // recording/siprec.h
struct SiprecDeleter {
  void operator()(Siprec* siprec) const;
};

struct Recorded {
  domain::RecordingId id;
  std::shared_ptr<domain::MediaTap> tap;  // shared with the media session
  bool tone = false;
  net::TimerWheel::Handle next_tone = {};
  std::unique_ptr<Siprec, SiprecDeleter> siprec =
      {};  // null: a file; else the tap is there once a recorder has the call
};

// The call is answered, or another process's call goes on.
void record_by_policy(Context& context, Call& call);
RecordingBegun begin_recording(Context& context, Call& call, const RecordingWish& wish);
RecordingAnswer end_recording(Context& context, Call& call, domain::RecordingStop cause);

// The call leaves this shard, and has come to its new one: files go on, recorders get another session.
void pause_recording(Context& context, Call& call);
void resume_recording(Context& context, Call& call);
// The shard goes.
void forget_recording(Context& context, Call& call);

}  // namespace warp::calls
