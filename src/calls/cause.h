// Cause: why something is refused or ended, as the Reason header (RFC 3326) says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "warp/domain/reason.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"

namespace warp::calls {

struct Cause {
  domain::Reason reason = domain::Reason::NormalClearing;
  std::uint8_t q850 = 0;  // 0: as the reason's table says

  std::uint8_t q850_or_default() const { return q850 != 0 ? q850 : domain::info(reason).q850; }
};

// Two headers: `WARP;cause=2001;text="SOURCE_UNKNOWN"` and `Q.850;cause=21`.
void add_reason(sip::Writer& writer, const Cause& cause);
// The same as one value.
std::string reason_value(const Cause& cause);

// The cause of the first Q.850 value among a message's Reason headers.
std::optional<std::uint8_t> q850_of(const sip::Message& message);
// What a final SIP status means in Q.850 (RFC 3398 §7.2.4.1, §8.2.6.1).
std::uint8_t q850_of_status(std::uint16_t status);

// RFC 3261 §12.2.1.2: why a call ends whose side answered a request within it with 408 or 481; nullopt:
// another answer, which leaves the call alone.
std::optional<domain::Reason> loss_of_dialog(std::uint16_t status);

}  // namespace warp::calls
