// Ending: every way in which a call stops. Each leaves one record and no trace in the tables; the Call itself
// lives until the engine's next step.
#pragma once

#include <string>

#include "call.h"
#include "cause.h"
#include "context.h"
#include "record.h"

namespace warp::calls {

// Why a call that is not up fails, and what the caller is told.
struct Refusal {
  domain::Reason reason = domain::Reason::NormalClearing;
  std::uint16_t status = 0;  // 0: the reason's
  std::uint8_t q850 = 0;     // 0: the reason's
  domain::Disposition disposition = domain::Disposition::Failed;
  domain::ReleaseSide side = domain::ReleaseSide::Platform;
  sip::HeaderId extra = sip::HeaderId::Other;
  std::string extra_value = {};
};

// Before the answer reached the caller: a final answer to it, CANCEL or BYE to the far end.
void fail(Context& context, Call& call, const Refusal& refusal);

// Which sides still have to be told.
enum class Tell : std::uint8_t { Both, Caller, Callee, Nobody };
// The caller gave up before that: CANCEL, or BYE in its early dialog.
void fail_cancelled(Context& context, Call& call, const sip::Message& request);
// After the answer: BYE to those, the record with the final price.
void hang_up(Context& context, Call& call, const Cause& cause, domain::ReleaseSide side, Tell tell);

// By our own decision, whatever state the call is in.
void terminate(Context& context, Call& call, domain::Reason reason);

// Takes leave of the attempt that runs: CANCEL when it still rings, and no interest in its answer.
void drop_attempt(Context& context, Call& call, const Cause& cause);

// Closing: the caller's ACK came, or never will; its BYE can go.
void close_caller(Context& context, Call& call);

// Nothing refers to the call any more.
void release(Context& context, Call& call);

// Moves the state machine; a step that it does not know is a defect, and logged as one.
void enter(Context& context, Call& call, State state);

}  // namespace warp::calls
