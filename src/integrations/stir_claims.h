// StirClaims: what the Identity headers of one request say, and whether it holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warp/domain/call_authenticity.h"
#include "warp/integrations/certificate_cache.h"
#include "warp/stir/passport.h"

namespace warp::integrations {

struct Claim {
  stir::IdentityHeader header;
  stir::Passport passport;
  std::string signature;  // raw
  std::string input;      // what it signs
  CertificatePointer certificate;
  domain::Reason fault = domain::Reason::NormalClearing;  // what is wrong already
};

// The claims of PASSporTs that are understood; others are not looked at (RFC 8224 §6.2.1). Those with a
// fault need no certificate.
std::vector<Claim> read_claims(const domain::VerifyRequest& request, std::chrono::seconds freshness);

// Signature, certificate and numbers of one claim.
domain::Reason check_claim(const Claim& claim, std::string_view orig,
                           const std::shared_ptr<const stir::TrustList>& trust, WallTime now);

// The way from the called number back to the PASSporT that says who called: the claim for `dest`, or the one
// that its diversions (div) lead to. Empty with the fault when there is none; else the last one is it.
struct Path {
  std::vector<const Claim*> claims;
  domain::Reason fault = domain::Reason::NormalClearing;
};
Path follow(const std::vector<Claim>& claims, std::string_view dest);

}  // namespace warp::integrations
