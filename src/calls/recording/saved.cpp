#include <utility>

#include "warp/domain/text_fields.h"

#include "announce/recording.h"
#include "outgoing.h"
#include "recording/siprec.h"

namespace warp::calls {

std::string save_siprec(const Call& call) {
  std::string text;
  if (!call.recorded || !call.recorded->siprec) return text;
  const Siprec& siprec = *call.recorded->siprec;
  domain::TextFieldWriter out(text);
  out.text(siprec.up ? siprec.saved : std::string());
  out.text(siprec.recorder);
  out.flag(siprec.mask_digits);
  out.flag(call.recorded->tone);
  return text;
}

SavedSiprec read_saved_siprec(std::string_view text) {
  domain::TextFieldReader in(text);
  SavedSiprec saved;
  saved.dialog = in.text();
  saved.recorder = in.text();
  saved.mask_digits = in.flag();
  saved.tone = in.flag();
  saved.recorded = true;
  return in.ok() ? saved : SavedSiprec{};
}

void end_saved_siprec(Context& context, const SavedSiprec& saved) {
  auto dialog = sip::Dialog::restore(saved.dialog);
  if (!dialog) return;
  Leg leg;
  leg.tag = parse_tag(dialog->local_tag()).value_or(0);
  leg.dialog = std::move(dialog);
  send_recovered_bye(context, leg, Side::Callee, {domain::Reason::DaemonRestarted});
}

}  // namespace warp::calls
