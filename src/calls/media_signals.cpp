#include "media_signals.h"

#include "ending.h"
#include "outgoing.h"
#include "parties.h"

namespace warp::calls {

namespace {

bool wants_info(const Context& context, const Call& call, Side side) {
  return PolicyView(context.snapshots, call.leg(side).party)->media.dtmf == domain::DtmfMode::Info;
}

// Which digit it was is nobody's business: PINs and card numbers are typed.
void log_digit(Context& context, const Call& call, Side towards, std::chrono::milliseconds duration) {
  if (!context.log.enabled(log::Level::Debug)) return;
  context.log.debug("calls.digit", {{"call", call.record.call},
                                    {"towards", towards == Side::Caller ? "caller" : "callee"},
                                    {"digit", "*"},
                                    {"duration_ms", duration.count()}});
}

// Whatever becomes of it, the call goes on.
bool send_info(Context& context, Call& call, Side towards, const InfoDigit& digit) {
  Leg& leg = call.leg(towards);
  if (call.state != State::Up || !leg.dialog) return false;
  const std::string body = write_dtmf_info(digit);
  const auto sent =
      send_in_dialog(context, leg, sip::Method::Info, {.content_type = kDtmfRelay, .body = body});
  if (sent == 0) return false;
  context.transactions.abandon(sent);
  context.sent.erase(sent);
  log_digit(context, call, towards, digit.duration);
  return true;
}

}  // namespace

void on_heard_digit(Context& context, Call& call, Side from, const InfoDigit& digit) {
  if (wants_info(context, call, other(from))) send_info(context, call, other(from), digit);
}

bool pass_info_digit(Context& context, Call& call, Side from, std::string_view type, std::string_view body) {
  const Side towards = other(from);
  const auto digit = parse_dtmf_info(type, body);
  if (!call.media || !digit || call.state != State::Up) return false;
  if (wants_info(context, call, towards)) return send_info(context, call, towards, *digit);
  if (!call.media->send_digit(media_side(towards), digit->digit, digit->duration)) return false;
  log_digit(context, call, towards, digit->duration);
  return true;
}

void on_security_failed(Context& context, Call& call) {
  if (call.state == State::Up || call.state == State::Confirming)
    terminate(context, call, domain::Reason::MediaNotEncrypted);
}

}  // namespace warp::calls
