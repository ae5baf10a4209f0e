// DTMF in INFO: application/dtmf-relay ("Signal=5", "Duration=160") and application/dtmf (the digit alone).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace warp::calls {

struct InfoDigit {
  char digit = 0;  // 0-9, *, #, A-D
  std::chrono::milliseconds duration{160};
};

inline constexpr std::string_view kDtmfRelay = "application/dtmf-relay";

// Is it one of the two types? Without parameters.
bool is_dtmf_type(std::string_view type);
// nullopt: no digit is in it (a flash is none). Signals may be named by their event numbers 10 to 15.
std::optional<InfoDigit> parse_dtmf_info(std::string_view type, std::string_view body);
// A body of application/dtmf-relay.
std::string write_dtmf_info(const InfoDigit& digit);

}  // namespace warp::calls
