#include "stages.h"

#include "attempts.h"
#include "authenticity.h"
#include "charge.h"
#include "ending.h"
#include "lookup.h"
#include "screening.h"

namespace warp::calls {

void look_up_and_go(Context& context, Call& call) {
  if (hold_for_lookup(context, call)) return;
  decide_and_go(context, call);
}

void decide_and_go(Context& context, Call& call) {
  if (const auto refusal = decide(context, call)) return fail(context, call, *refusal);
  if (hold_for_charge(context, call)) return;
  verify_and_go(context, call);
}

void verify_and_go(Context& context, Call& call) {
  // Who is transferred has no INVITE of its own whose Identity could be verified.
  if (!call.transfer && hold_for_verification(context, call)) return;
  try_next(context, call);
}

}  // namespace warp::calls
