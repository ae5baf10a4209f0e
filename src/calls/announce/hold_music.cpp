#include "announce/hold_music.h"

#include <algorithm>

#include "announce/announcing.h"
#include "mediation.h"

namespace warp::calls {

namespace {

using sdp::Direction;

std::string music_for(const Context& context, const Call& call, Side side) {
  if (!call.media) return {};
  return PolicyView(context.snapshots, call.leg(side).party)->media.hold_music;
}

bool sounds(const sdp::Media& media) {
  return media.port != 0 && media.kind == "audio";
}

// Of the first audio line that is used.
std::optional<Direction> audio_direction(const sdp::Session& description) {
  for (const sdp::Media& media : description.media)
    if (sounds(media)) return direction_of(description, media);
  return std::nullopt;
}

bool hears(Direction direction) {
  return direction == Direction::SendRecv || direction == Direction::RecvOnly;
}

void soften(sdp::Session& description, const sdp::Session* peer) {
  for (std::size_t i = 0; i < description.media.size(); ++i) {
    sdp::Media& media = description.media[i];
    if (!sounds(media) || direction_of(description, media) != Direction::Inactive) continue;
    // An answer gives no more than was asked for.
    if (peer != nullptr && (i >= peer->media.size() || !hears(direction_of(*peer, peer->media[i])))) continue;
    media.set_direction(Direction::SendOnly);
  }
}

// What was lent to the answerer is none of the offerer's business.
void take_back(const sdp::Session& offer, sdp::Session& answer) {
  const std::size_t lines = std::min(offer.media.size(), answer.media.size());
  for (std::size_t i = 0; i < lines; ++i)
    if (sounds(answer.media[i]) && direction_of(offer, offer.media[i]) == Direction::Inactive)
      answer.media[i].set_direction(Direction::Inactive);
}

void silence_music(Call& call, Side side) {
  if (!call.announcing) return;
  std::string& plays = call.announcing->music[static_cast<std::size_t>(side)];
  if (plays.empty()) return;
  plays.clear();
  if (call.media && call.announcing->cutting != side) call.media->stop_clip(media_side(side));
}

void play_music(Context& context, Call& call, Side side, const std::string& name) {
  if (call.announcing && call.announcing->music[static_cast<std::size_t>(side)] == name) return;
  const auto clip = clip_of(context, name);
  if (!clip) return silence_music(call, side);
  Announcing& announcing = announcing_of(call);
  const bool cutting = announcing.cutting == side;
  if (cutting || play_to(context, call, side, clip, Announcement::HoldMusic))
    announcing.music[static_cast<std::size_t>(side)] = name;
}

}  // namespace

void lend_music(const Context& context, const Call& call, Side from, sdp::Session& offer) {
  if (!music_for(context, call, other(from)).empty()) soften(offer, nullptr);
}

void return_music(const Context& context, const Call& call, Side offerer, const sdp::Session& offer,
                  sdp::Session& answer) {
  if (!music_for(context, call, offerer).empty()) soften(answer, &offer);
  if (!music_for(context, call, other(offerer)).empty()) take_back(offer, answer);
}

void settle_music(Context& context, Call& call, Side offerer, const sdp::Session& offer,
                  const sdp::Session& answer) {
  if (!call.media) return;
  const auto offered = audio_direction(offer), answered = audio_direction(answer);
  const auto settle = [&](Side side, std::optional<Direction> own, std::optional<Direction> others) {
    const bool held = own && others && hears(*own) && !hears(*others);
    const std::string name = held ? music_for(context, call, side) : std::string();
    if (name.empty()) return silence_music(call, side);
    play_music(context, call, side, name);
  };
  settle(other(offerer), answered, offered);
  settle(offerer, offered, answered);
}

void begin_music(Context& context, Call& call, Side side, const std::string& name) {
  if (!name.empty() && call.media) play_music(context, call, side, name);
}

void end_music(Call& call) {
  for (const Side side : {Side::Caller, Side::Callee})
    silence_music(call, side);
}

void resume_music(Context& context, Call& call, Side side) {
  if (!call.announcing) return;
  const std::string& name = call.announcing->music[static_cast<std::size_t>(side)];
  if (const auto clip = clip_of(context, name)) play_to(context, call, side, clip, Announcement::HoldMusic);
}

}  // namespace warp::calls
