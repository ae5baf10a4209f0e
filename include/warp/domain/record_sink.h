// RecordSink: where calls leave their records. Implemented by `records` (the journal).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "warp/base/executor.h"
#include "warp/domain/call_record.h"

namespace warp::domain {

class RecordSink {
 public:
  virtual ~RecordSink() = default;

  // False when the journal cannot take records (disk full, broken): new chargeable work is refused with
  // Reason::JournalUnavailable. Cheap; any thread.
  virtual bool writable() const = 0;

  // Durable draft of an answered call. `done(true)` is posted to `where` once it is on disk, `done(false)`
  // when it could not be written; the 200 goes to the caller only after `done(true)`. Any thread. `state` is
  // opaque to the sink: what the owner wants back after a crash (dialogs of both legs).
  virtual void answered(const CallRecord& draft, std::string state, Executor& where,
                        std::function<void(bool)> done) = 0;

  // The draft and the state of an answered call as they stand now, instead of what was given before. Nobody
  // waits for it; when the journal cannot take it, the older one stays. Any thread.
  virtual void updated(const CallRecord& draft, std::string state) = 0;

  // The final record, of an answered call or not. Exactly one a call; a second one for the same id is
  // ignored and counted. Never fails towards the caller: what cannot be written is kept in memory, counted
  // and retried. Any thread.
  virtual void finished(CallRecord record) = 0;
};

}  // namespace warp::domain
