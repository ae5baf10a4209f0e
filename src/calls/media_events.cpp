#include "media_events.h"

#include <memory>

#include "announce/announcing.h"
#include "fax/switching.h"
#include "media_signals.h"
#include "media_watch.h"
#include "survival.h"
#include "transfer/handover.h"

namespace warp::calls {

void on_media_event(Context& context, Call& call, const domain::MediaEvent& event) {
  const Side side = event.side == domain::MediaSide::A ? Side::Caller : Side::Callee;
  switch (event.kind) {
    case domain::MediaEventKind::Digit:
      return on_heard_digit(context, call, side, {event.digit, event.duration});
    case domain::MediaEventKind::SecurityFailed:
      return on_security_failed(context, call);
    case domain::MediaEventKind::Secured:
    case domain::MediaEventKind::StateMoved:
      return persist(context, call);
    case domain::MediaEventKind::ClipEnded:
      return on_clip_ended(context, call, side);
    case domain::MediaEventKind::Unheard:
    case domain::MediaEventKind::Silent:
    case domain::MediaEventKind::HeardAgain:
      return on_heard(context, call, side, event);
    case domain::MediaEventKind::FaxTone:
      return on_fax_tone(context, call);
  }
}

void observe_media(Context& context, const Call& call) {
  call.media->observe([alive = std::weak_ptr(context.alive), &context, serial = call.serial,
                       id = call.record.call](const domain::MediaEvent& event) {
    if (alive.expired()) return;
    context.table.sweep();
    if (Call* found = context.table.find(serial)) return on_media_event(context, *found, event);
    tell_elsewhere(context, id, event);
  });
}

}  // namespace warp::calls
