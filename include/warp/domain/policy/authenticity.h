// AuthenticityPolicy: STIR/SHAKEN on one side of a call (RFC 8224, ATIS-1000074).
#pragma once

#include "warp/domain/policy/fields.h"

namespace warp::domain {

enum class VerifyPolicy : std::uint8_t {
  Off,     // Identity headers are not looked at
  Tell,    // verified; the result goes into verstat and the record
  Reject,  // a call whose Identity fails is refused (428, 436, 437, 438)
};
enum class Attestation : std::uint8_t { None, A, B, C };

struct AuthenticityPolicy {
  VerifyPolicy verify = VerifyPolicy::Tell;  // of calls that come from this side
  bool require = false;                      // with Reject: a call without Identity gets 428
  bool sign = false;                         // calls towards this side carry an Identity of ours
  // What calls from this side are given at most: A for numbers that are the customer's own, B for others.
  Attestation highest = Attestation::A;
  bool pass = true;       // an Identity that came goes on when it still fits
  bool indicate = false;  // a customer is told attestation and origid of a good one in headers of their own
};

// Names and bounds of every field.
void describe(AuthenticityPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
