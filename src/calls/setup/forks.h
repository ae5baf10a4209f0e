// Forks: what a far end's provisional responses mean for the attempt that runs. Reliable ones are taken once
// and in order (RFC 3262 §4) and get their PRACK; one To tag is one early dialog; 199 ends one (RFC 6228).
#pragma once

#include "early.h"

namespace warp::calls {

struct Heard {
  bool ignored = false;   // a copy, out of order, or one fork too many: nothing happened
  bool reliable = false;  // taken, acknowledged but for an offer that waits for its answer
  Fork* fork = nullptr;   // null: the only early dialog, and not a reliable one
};
// A 101..199 of the attempt.
Heard hear(Context& context, Call& call, const sip::Message& response, const sip::Flow& from);

// The far leg's dialog out of the 2xx, with what its early dialog has used of the CSeq.
sip::Dialog answered_dialog(const Context& context, Call& call, const sip::Message& response,
                            const sip::Flow& from);

// PRACK for the fork's reliable response; `answer` when that made an offer.
void send_prack(Context& context, Call& call, Fork& fork, std::uint32_t rseq, std::string_view answer = {});

}  // namespace warp::calls
