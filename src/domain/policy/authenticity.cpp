#include "warp/domain/policy/authenticity.h"

#include <array>

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 3> kVerify{"off", "tell", "reject"};
constexpr std::array<std::string_view, 4> kAttestation{"none", "A", "B", "C"};

}  // namespace

void describe(AuthenticityPolicy& p, PolicyFields& fields) {
  fields.choice("verify", p.verify, kVerify, "What is done with the Identity of calls from it.");
  fields.flag("require", p.require, "A call from it without an Identity is refused.");
  fields.flag("sign", p.sign, "Calls towards it carry an Identity of ours.");
  fields.choice("highest", p.highest, kAttestation, "Best attestation of calls from it.");
  fields.flag("indicate", p.indicate,
              "It is told P-Attestation-Indicator and P-Origination-ID of calls whose Identity was good.");
  fields.flag("pass", p.pass, "An Identity that came goes on when it still fits.");
}

}  // namespace warp::domain
