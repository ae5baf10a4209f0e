#include "fax/switching.h"

#include <algorithm>
#include <utility>

#include "ending.h"
#include "glare.h"
#include "mediation.h"
#include "negotiation/one_side.h"
#include "outgoing.h"
#include "session_timer.h"
#include "status.h"
#include "survival.h"
#include "transfer.h"
#include "transfer/talk.h"
#include "update.h"

namespace warp::calls {

using domain::FaxMode;
using domain::Reason;

namespace {

constexpr std::chrono::milliseconds kBusyWait{500};
constexpr unsigned kMostWaits = 20;
constexpr std::array kSides{Side::Callee, Side::Caller};

FaxMode fax_mode(const Context& context, const Call& call, Side side) {
  return PolicyView(context.snapshots, call.leg(side).party)->media.fax;
}

struct NextOffer {
  Side side;
  bool image;
};

// What is still to be asked, as the session stands now.
std::optional<NextOffer> next_offer(const Context& context, const Call& call, const FaxSwitch& fax) {
  const domain::MediaMemory memory = call.media->memory();
  const auto has = [&](Side side, FaxStand stand) { return fax_stand(memory, side) == stand; };
  bool wanted = false;
  for (const Side side : kSides) {
    const FaxMode mode = fax_mode(context, call, side);
    wanted = wanted || mode != FaxMode::Pass;
    if (mode != FaxMode::T38 || fax.asked_image[static_cast<std::size_t>(side)]) continue;
    if (has(side, FaxStand::G711) || has(side, FaxStand::Speech)) return NextOffer{side, true};
  }
  if (!wanted) return std::nullopt;
  for (const Side side : kSides) {
    if (fax.asked_audio[static_cast<std::size_t>(side)]) continue;
    const bool turned_off = fax.asked_image[static_cast<std::size_t>(side)] && has(side, FaxStand::None);
    if (has(side, FaxStand::Speech) || turned_off) return NextOffer{side, false};
  }
  return std::nullopt;
}

void proceed(Context& context, Call& call);

void wait(Context& context, Call& call, std::chrono::milliseconds pause) {
  FaxSwitch& fax = *call.fax;
  // An answer may take as long as it rings.
  if (call.state == State::Up && ++fax.waits > kMostWaits) return call.fax.reset();
  fax.again = context.wheel.arm(pause, [&context, &call] {
    call.fax->again = {};
    proceed(context, call);
  });
}

bool changing(const Call& call) {
  if (call.state != State::Up || call.reinvite || update_pending(call) || joining(call)) return true;
  return std::any_of(call.legs.begin(), call.legs.end(),
                     [](const Leg& leg) { return leg.timer && leg.timer->refresh != 0; });
}

void conclude(Context& context, Call& call) {
  call.fax.reset();
  const domain::MediaMemory memory = call.media->memory();
  const bool image = fax_stand(memory, Side::Caller) == FaxStand::Image ||
                     fax_stand(memory, Side::Callee) == FaxStand::Image;
  if (!image) steady_audio(context, call);
  (image ? context.metrics.fax_as_t38 : context.metrics.fax_as_audio).add();
  context.log.info("calls.fax", {{"call", call.record.call}, {"carried", image ? "t38" : "audio"}});
  persist(context, call);
}

void ask(Context& context, Call& call, const NextOffer& next) {
  FaxSwitch& fax = *call.fax;
  fax.side = next.side;
  fax.image = next.image;
  (next.image ? fax.asked_image : fax.asked_audio)[static_cast<std::size_t>(next.side)] = true;
  const std::string offer =
      next.image ? offer_t38(context, call, next.side) : offer_g711(context, call, next.side);
  fax.sent = offer.empty() ? 0 : send_offer(context, call, next.side, offer);
  if (fax.sent == 0) return proceed(context, call);
  context.table.expect(fax.sent, {Purpose::Fax, &call, next.side, call.leg(next.side).tag});
}

void proceed(Context& context, Call& call) {
  if (!call.media) return call.fax.reset();
  if (changing(call)) return wait(context, call, kBusyWait);
  const auto next = next_offer(context, call, *call.fax);
  return next ? ask(context, call, *next) : conclude(context, call);
}

// False: what it says cannot be lived with.
bool take(Context& context, Call& call, Side side, const sip::Message& response) {
  Leg& leg = call.leg(side);
  leg.dialog->refresh_target(response);
  send_ack(context, leg);
  const auto offered = std::move(leg.offered);
  settle_session(context, call, side, response, leg.timer ? leg.timer->interval : std::chrono::seconds{0});
  auto answer = body_kind(response) == BodyKind::Sdp ? sdp::parse(response.body()) : sdp::parse({});
  if (!answer || !offered) return false;
  note_heard(call, side, response.body());
  std::array<std::string, 2> codecs;
  codecs[static_cast<std::size_t>(side)] = codec_of(*answer);
  std::string told;
  if (sdp::write(*offered, told)) note_description(call, side, told);
  if (!take_answer(context, call, side, *offered, std::move(*answer))) return false;
  note_codecs(call, codecs);
  return true;
}

void turned_down(Context& context, Call& call, Side side, std::uint16_t status) {
  FaxSwitch& fax = *call.fax;
  call.leg(side).offered.reset();
  if (const auto lost = loss_of_dialog(status))
    return hang_up(context, call, {*lost}, domain::ReleaseSide::Platform, Tell::Both);
  if (status != kRequestPending) return proceed(context, call);
  (fax.image ? fax.asked_image : fax.asked_audio)[static_cast<std::size_t>(side)] = false;
  wait(context, call, glare_delay(context, side));
}

}  // namespace

void on_fax_tone(Context& context, Call& call) {
  if (call.fax || !call.media) return;
  call.fax = std::make_unique<FaxSwitch>();
  if (call.state != State::Up) return wait(context, call, kBusyWait);
  if (!next_offer(context, call, *call.fax)) return call.fax.reset();
  proceed(context, call);
}

void on_fax_response(Context& context, Call& call, Side side, sip::TransactionId id,
                     const sip::Message& response) {
  if (response.status() < 200) return;
  Leg& leg = call.leg(side);
  const bool accepted = response.status() < 300;
  if (!call.fax || call.fax->sent != id) {
    if (accepted && leg.invite == id && leg.acked) send_ack(context, leg);
    return;
  }
  call.fax->sent = 0;
  if (!accepted) {
    context.table.forget(id);
    return turned_down(context, call, side, response.status());
  }
  if (!take(context, call, side, response))
    return hang_up(context, call, {Reason::FarEndMalformed}, domain::ReleaseSide::Platform, Tell::Both);
  persist(context, call);
  proceed(context, call);
}

void on_fax_failed(Context& context, Call& call, sip::TransactionId id) {
  context.table.forget(id);
  if (!call.fax || call.fax->sent != id) return;
  call.fax->sent = 0;
  turned_down(context, call, call.fax->side, kTimedOut);
}

bool offers_fax(const Call& call) {
  return call.fax && call.fax->sent != 0;
}

void drop_fax(Context& context, Call& call) {
  if (!call.fax) return;
  context.wheel.cancel(call.fax->again);
  call.fax.reset();
}

}  // namespace warp::calls
