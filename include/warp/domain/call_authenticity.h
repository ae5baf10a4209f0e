// CallAuthenticity: STIR/SHAKEN as `calls` asks for it (RFC 8224, ATIS-1000074). Implemented by
// `integrations` over the codec room `stir`. Asked on the thread of `where`, and answered there: before the
// function returns when nothing has to be waited for, else by a post.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/domain/reason.h"
#include "warp/domain/sip_policy.h"

namespace warp::domain {

struct SignRequest {
  std::string orig;  // E.164 digits without '+'; a URI user when it is no number
  std::string dest;
  std::string diverted_from;  // RFC 8946 `div`; empty: not diverted
  Attestation attestation = Attestation::C;
  std::string origid;     // UUID text: the trunk's
  bool only_div = false;  // the call has a good Identity, which goes on: the diversion alone is signed
};
struct VerifyRequest {
  std::vector<std::string> identities;  // values of Identity headers
  std::string orig, dest;               // as the request has them, normalised like above
  WallTime received_at{};
  std::string date;     // Date header, or empty
  std::string call_id;  // a PASSporT may come again with the same one: a retry
};

// What the terminating side is told (ATIS-1000074 §5.3.1).
enum class Verstat : std::uint8_t { NoTnValidation, Passed, Failed };
std::string_view to_string(Verstat verstat);  // No-TN-Validation, TN-Validation-Passed, TN-Validation-Failed

struct Verification {
  Verstat verstat = Verstat::NoTnValidation;
  Reason reason = Reason::NormalClearing;  // why it failed: IdentityMissing … IdentityInvalid
  Attestation attestation = Attestation::None;
  std::string origid;
  std::string certificate_subject;
};

class CallAuthenticity {
 public:
  virtual ~CallAuthenticity() = default;
  // The value of an Identity header (two when diverted, each its own), or none when nothing can be signed: no
  // key, broken certificate.
  virtual void sign(SignRequest request, Executor& where,
                    std::function<void(std::vector<std::string>)> done) = 0;
  // Always answers, at the latest after the fetch deadline.
  virtual void verify(VerifyRequest request, Executor& where, std::function<void(Verification)> done) = 0;
  virtual bool can_sign() const = 0;
  virtual bool can_verify() const = 0;  // there is a trust list
};

}  // namespace warp::domain
