// CallNumbers: what is known of both numbers of a call when it is decided, and kept with its record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/domain/jurisdiction.h"

namespace warp::domain {

enum class LineKind : std::uint8_t { Unknown, Fixed, Mobile, Voip, TollFree, Premium, Special };
// As the record keeps it; empty: not known.
struct NumberPlace {
  std::string country, state, ocn, rate_centre;  // "US", "NY", "9102", "NWYRCYZN01"
  std::uint16_t lata = 0;
  LineKind kind = LineKind::Unknown;
};

struct DippedNumber {
  std::string lrn, spid;
  bool dipped = false, ported = false;
  NumberPlace place;
};

// What is known of both ends when a call is decided; in the record.
struct CallNumbers {
  DippedNumber caller, called;
  Jurisdiction jurisdiction = Jurisdiction::Unknown;
  std::string routing;  // called number to match LRN plans and partitions by; empty: dni
  std::string rated;    // the caller's, of a toll-free call rated by origin; empty: as dialled
  std::string cnam, toll_free_cic, note;  // note: "ANI unusable", "LRN timed out", "cached"
  bool do_not_originate = false;
};

// By which qualities of routes are kept: "1NPA", else the first five digits.
std::string quality_key(std::string_view e164);

}  // namespace warp::domain
