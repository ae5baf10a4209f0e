// NumberLookup: LRN, CNAM, DNO and toll-free data of a number. Implemented by integrations (Telique), by rn=
// of the message, or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "warp/base/executor.h"
#include "warp/domain/lookups.h"

namespace warp::domain {

struct LookupRequest {
  std::string ani, dni;  // E.164
  Lookups wanted = 0;
  std::uint16_t lata = 0;  // of the caller, for toll-free numbers
};

// Absent: off, circuit open, refused, timed out.
enum class LookupState : std::uint8_t { Fresh, Cached, Partial, Absent };

struct LookupAnswer {
  LookupState state = LookupState::Absent;
  std::optional<std::string> ani_lrn, dni_lrn;
  std::string ani_spid, dni_spid, cnam, cic, note;
  bool do_not_originate = false;
};

class NumberLookup {
 public:
  virtual ~NumberLookup() = default;
  // From cache: at once, `done` is dropped. Else nullopt, and `done` is posted to `where` within the time
  // limit, always.
  virtual std::optional<LookupAnswer> lookup(LookupRequest request, Executor& where,
                                             std::function<void(LookupAnswer)> done) = 0;
};

}  // namespace warp::domain
