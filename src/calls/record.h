// Record: the detail record of a call as it grows, and its arithmetic.
#pragma once

#include "call.h"
#include "context.h"
#include "record_price.h"

namespace warp::calls {

// How a call came to its end, for the record.
struct Verdict {
  domain::Reason reason = domain::Reason::NormalClearing;
  domain::Disposition disposition = domain::Disposition::Failed;
  domain::ReleaseSide side = domain::ReleaseSide::Platform;
  std::uint16_t status = 0;
  std::uint8_t q850 = 0;
};

// What a record keeps of text from the wire.
std::string clipped(std::string_view text, std::size_t octets = 128);

// Who called when, from where and by what request, with ids that are new.
void begin_record(Context& context, Call& call, const Owed& invite);
// Among the attempts and the calls under way, until its record is written.
void count_call(Context& context, Call& call);
// The wall time of a moment of this call, by the monotonic clock: clock steps do not bend records.
WallTime wall_at(const Call& call, Monotonic moment);
// The first sign of life of the far end, or its final answer: the post-dial delay.
void note_progress(Context& context, Call& call);
// The running attempt is over: one line for the record.
void note_attempt(Context& context, Call& call, std::uint16_t status, domain::Reason reason);
// An endpoint that was not even tried.
void note_skipped(Call& call, const routing::Candidate& candidate, domain::Reason reason);

// What the media session has counted so far, before it goes.
void note_media(Call& call);
// What was counted, into the legs of a record, which keep their codecs.
void note_statistics(const domain::MediaStatistics& statistics, domain::LegMedia& caller,
                     domain::LegMedia& callee);

// Why it goes where it goes, and which billing account pays: of the decision that was just made. What went to
// the first choice by no rule has nothing to tell and costs nothing. A margin that is too low is also logged.
void note_decision(Context& context, Call& call);

// The one final record, the metrics and the log line. Once a call.
void write_record(Context& context, Call& call, const Verdict& verdict);

}  // namespace warp::calls
