// Announcing: what a call plays of ours: ring-back and refusals to its caller before the answer, the word
// that credit ends, music while a side holds. docs/media/announcements.md.
//
// A side hears one clip at a time. A call that plays nothing has no Announcing. Everything here is of the
// call's shard; MediaSession::play() is told, and ClipEnded comes back as an event (media_events.h).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "warp/domain/clip_library.h"
#include "warp/net/timer_wheel.h"

#include "announce/desk.h"
#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

struct Announcing {
  std::uint32_t answers = 0;                      // of our own to the caller: each is an early dialog
  std::optional<domain::SocketAddress> rings_on;  // our port at which the caller hears the ring-back
  std::optional<Refusal> refusal;                 // that waits for its clip
  std::array<std::string, 2> music;               // by Side: the clip that it hears; empty: none
  std::optional<Side> cutting;                    // who hears that its credit ends
  net::TimerWheel::Handle ends, cut_off;          // of the refusal's clip; when `cutting` begins
};

Announcing& announcing_of(Call& call);  // makes it

// Null: there is none (counted, and logged once a minute). An empty name is no clip.
std::shared_ptr<const domain::MediaClip> clip_of(Context& context, std::string_view name);
std::chrono::milliseconds length_of(const domain::MediaClip& clip);

// False: it cannot be heard there (counted).
bool play_to(Context& context, Call& call, Side side, std::shared_ptr<const domain::MediaClip> clip,
             Announcement kind);

// A clip that was not looped is over, or one cannot be played.
void on_clip_ended(Context& context, Call& call, Side side);

// The call ends, or leaves this shard: no timer of it fires any more.
void stop_announcements(Context& context, Call& call);

}  // namespace warp::calls
