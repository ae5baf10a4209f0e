#include "media_watch.h"

namespace warp::calls {

namespace {

std::string_view name_of(Side side) {
  return side == Side::Caller ? "caller" : "callee";
}

// False: it is there already.
bool add_word(std::string& words, std::string_view word) {
  if (words.find(word) != std::string::npos) return false;
  if (!words.empty()) words += ' ';
  words += word;
  return true;
}

}  // namespace

void judge_media(const Call& call) {
  if (!call.media || !call.record.answered_at) return;
  call.media->judge({domain::voice_codec(call.record.caller_media.codec),
                     domain::voice_codec(call.record.callee_media.codec)});
}

void on_heard(Context& context, Call& call, Side side, const domain::MediaEvent& event) {
  const bool up = call.state == State::Up || call.state == State::Confirming;
  if (!up) return;
  const auto log = [&](std::string_view what) {
    context.log.info(what, {{"call", call.record.call},
                            {"side", name_of(side)},
                            {"lasted_ms", event.duration.count()},
                            {"direction", domain::to_string(call.record.direction)},
                            {"trunk", call.record.trunk},
                            {"provider", call.record.provider}});
  };
  if (event.kind == domain::MediaEventKind::HeardAgain) return log("calls.heard_again");
  const bool one_way = event.kind == domain::MediaEventKind::Unheard;
  auto& facts = call.record.facts.write();
  const bool first = add_word(one_way ? facts.one_way : facts.silent, name_of(side));
  if (first) context.metrics.media.count(one_way, call.record, side == Side::Caller);
  log(one_way ? "calls.one_way" : "calls.silent");
}

}  // namespace warp::calls
