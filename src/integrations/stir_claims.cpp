#include "stir_claims.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/stir/base64url.h"

namespace warp::integrations {

using domain::Reason;

namespace {

constexpr std::size_t kMostDiversions = 5;

bool understood(std::string_view ppt) {
  return ppt.empty() || ppt == "shaken" || ppt == "div";
}

bool fresh(std::int64_t iat, WallTime now, std::chrono::seconds freshness) {
  const auto at = WallTime(std::chrono::seconds(iat));
  return at >= now - freshness && at <= now + freshness;
}

// The full form's header and payload as they came; the compact form's as they must have been.
Reason read_passport(const domain::VerifyRequest& request, Claim& claim) {
  const auto parts = claim.header.parts();
  const auto signature = stir::from_base64url(parts.signature);
  if (!signature) return Reason::IdentityInvalid;
  claim.signature = *signature;
  if (parts.compact()) {
    // RFC 8588 §4: never for shaken.
    const auto date = stir::parse_sip_date(request.date);
    if (!claim.header.ppt.empty() || date < 0) return Reason::IdentityInvalid;
    claim.passport = stir::compact_passport(request.orig, request.dest, claim.header.info, date);
    claim.input = claim.passport.signing_input();
    return Reason::NormalClearing;
  }
  auto passport = stir::Passport::parse(parts);
  if (!passport) return Reason::IdentityInvalid;
  claim.passport = std::move(*passport);
  claim.input.append(parts.header).append(".").append(parts.payload);
  if (claim.passport.ppt != claim.header.ppt) return Reason::IdentityInvalid;
  if (claim.passport.x5u != claim.header.info) return Reason::IdentityInfoBad;
  return Reason::NormalClearing;
}

std::optional<Claim> read_claim(const domain::VerifyRequest& request, std::string_view value,
                                std::chrono::seconds freshness) {
  Claim claim;
  auto header = stir::IdentityHeader::parse(value);
  if (!header) {
    claim.fault =
        header.error() == stir::IdentityError::Info ? Reason::IdentityInfoBad : Reason::IdentityInvalid;
    return claim;
  }
  claim.header = std::move(*header);
  if (!understood(claim.header.ppt)) return std::nullopt;
  if (!claim.header.alg.empty() && claim.header.alg != "ES256") {
    claim.fault = Reason::IdentityInvalid;
    return claim;
  }
  claim.fault = read_passport(request, claim);
  if (claim.fault == Reason::NormalClearing && !fresh(claim.passport.iat, request.received_at, freshness))
    claim.fault = Reason::IdentityStale;
  return claim;
}

}  // namespace

std::vector<Claim> read_claims(const domain::VerifyRequest& request, std::chrono::seconds freshness) {
  std::vector<Claim> claims;
  for (const auto& line : request.identities)
    for (const auto value : stir::split_identities(line)) {
      auto claim = read_claim(request, value, freshness);
      if (!claim) continue;
      if (claims.size() == stir::kMostIdentities) claim->fault = Reason::IdentityInvalid;
      claims.push_back(std::move(*claim));
      if (claims.size() > stir::kMostIdentities) return claims;
    }
  return claims;
}

Reason check_claim(const Claim& claim, std::string_view orig,
                   const std::shared_ptr<const stir::TrustList>& trust, WallTime now) {
  if (claim.fault != Reason::NormalClearing) return claim.fault;
  if (!claim.certificate) return Reason::IdentityInfoBad;
  const auto& chain = claim.certificate->chain();
  if (claim.certificate->check(trust, now) != stir::CertificateFault::None)
    return Reason::IdentityCertificateBad;
  const bool same_caller =
      claim.passport.orig.tn.empty() ? claim.passport.orig.uri == orig : claim.passport.orig.tn == orig;
  if (!same_caller || !chain.key().verify(claim.input, claim.signature)) return Reason::IdentityInvalid;
  // Who diverts speaks for the number that was called.
  const auto& spoken_for = claim.passport.ppt == "div" ? claim.passport.div.tn : claim.passport.orig.tn;
  if (!chain.authorization().covers(spoken_for)) return Reason::IdentityCertificateBad;
  return Reason::NormalClearing;
}

Path follow(const std::vector<Claim>& claims, std::string_view dest) {
  Path path;
  std::string_view wanted = dest;
  while (path.claims.size() <= kMostDiversions) {
    const auto find = [&](bool div) {
      return std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
        return claim.fault == Reason::NormalClearing && (claim.passport.ppt == "div") == div &&
               claim.passport.is_for(wanted);
      });
    };
    if (const auto origin = find(false); origin != claims.end()) {
      path.claims.push_back(&*origin);
      return path;
    }
    const auto diversion = find(true);
    if (diversion == claims.end()) break;
    path.claims.push_back(&*diversion);
    wanted = diversion->passport.div.tn;
  }
  path.claims.clear();
  path.fault = Reason::IdentityInvalid;
  for (const Claim& claim : claims)
    if (claim.fault != Reason::NormalClearing) {
      path.fault = claim.fault;
      break;
    }
  return path;
}

}  // namespace warp::integrations
