// Statuses of SIP that the engine answers with or acts on, by name (RFC 3261 §21).
#pragma once

#include <cstdint>

namespace warp::calls {

inline constexpr std::uint16_t kAccepted = 202;
inline constexpr std::uint16_t kBadRequest = 400;
inline constexpr std::uint16_t kUnauthorized = 401;
inline constexpr std::uint16_t kForbidden = 403;
inline constexpr std::uint16_t kTimedOut = 408;
inline constexpr std::uint16_t kMediaType = 415;
inline constexpr std::uint16_t kGone = 480;
inline constexpr std::uint16_t kUnknownDialog = 481;
inline constexpr std::uint16_t kRequestTerminated = 487;
inline constexpr std::uint16_t kNotAcceptable = 488;
inline constexpr std::uint16_t kRequestPending = 491;
inline constexpr std::uint16_t kServerError = 500;
inline constexpr std::uint16_t kBadGateway = 502;
inline constexpr std::uint16_t kUnavailable = 503;
inline constexpr std::uint16_t kServerTimeout = 504;
inline constexpr std::uint16_t kNotAcceptableAnywhere = 606;

}  // namespace warp::calls
