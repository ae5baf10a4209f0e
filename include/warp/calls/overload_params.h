// The parameters of RFC 7339 in a Via header: oc, oc-algo, oc-validity, oc-seq. Text in, values out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp::calls {

// What the client of a request puts into its Via: it can, and by which algorithm.
inline constexpr std::string_view kOverloadOffer = ";oc;oc-algo=\"loss\"";

// Does the sender of a request with this topmost Via understand the algorithm "loss"?
bool offers_overload_control(std::string_view via);

struct LoadReport {
  unsigned loss_percent = 0;  // what part must not be sent
  std::chrono::milliseconds validity{500};
  std::string_view sequence;  // as received
};
// What a response says in the Via that is ours; nullopt when nothing, or nothing that makes sense.
std::optional<LoadReport> read_load(std::string_view via);
// Is a sequence number (digits and points) later than another? An empty one is earlier than all.
bool later_sequence(std::string_view one, std::string_view other);

// Completes the `oc` of the topmost Via of a whole response. Nothing happens when there is none.
void tell_load(std::string& response, const LoadReport& report);

}  // namespace warp::calls
