#include "warp/integrations/stir_service.h"

#include <algorithm>
#include <array>
#include <atomic>

#include "warp/stir/base64url.h"

#include "replays.h"
#include "stir_claims.h"

namespace warp::integrations {

using domain::Attestation;
using domain::Reason;
using domain::Verification;
using domain::Verstat;

namespace {

constexpr std::array<Reason, 5> kFaults{Reason::IdentityStale, Reason::IdentityCertificateBad,
                                        Reason::IdentityInfoBad, Reason::IdentityInvalid,
                                        Reason::IdentityMissing};

Attestation attestation_of(char letter) {
  switch (letter) {
    case 'A':
      return Attestation::A;
    case 'B':
      return Attestation::B;
    case 'C':
      return Attestation::C;
    default:
      return Attestation::None;
  }
}
char letter_of(Attestation attestation) {
  switch (attestation) {
    case Attestation::A:
      return 'A';
    case Attestation::B:
      return 'B';
    case Attestation::C:
    case Attestation::None:
      break;
  }
  return 'C';
}

std::string signed_identity(const StirMaterial& material, const stir::Passport& passport) {
  stir::IdentityHeader header;
  header.token = passport.signing_input();
  const std::string signature = material.key->sign(header.token);
  if (signature.empty()) return {};
  header.token += '.';
  header.token += stir::to_base64url(signature);
  header.info = passport.x5u;
  header.alg = "ES256";
  header.ppt = passport.ppt;
  return header.write();
}

}  // namespace

class StirService::Replays : public ReplayMemory {
 public:
  using ReplayMemory::ReplayMemory;
};

struct StirService::Metrics {
  explicit Metrics(metrics::Registry& registry) {
    const auto verified = [&](std::string result) {
      return &registry.counter("warp_stir_verifications_total",
                               "Calls whose Identity was verified, by what it was worth.",
                               {{"result", std::move(result)}});
    };
    passed = verified("passed");
    none = verified("none");
    for (std::size_t i = 0; i < kFaults.size(); ++i)
      failed[i] = verified(std::string(domain::to_string(kFaults[i])));
    for (std::size_t i = 0; i < signatures.size(); ++i)
      signatures[i] = &registry.counter("warp_stir_signatures_total", "Calls signed, by attestation.",
                                        {{"attestation", std::string(1, static_cast<char>('A' + i))}});
    unsigned_calls = &registry.counter(
        "warp_stir_unsigned_total", "Calls that should have been signed and could not: no key, no number.");
    certificate_ends = &registry.gauge("warp_stir_certificate_expiry_timestamp_seconds",
                                       "When our own certificate ends, as Unix time; 0 without one.");
    authorities = &registry.gauge("warp_stir_authorities", "Certificates in the trust list.");
  }
  metrics::Counter *passed, *none, *unsigned_calls;
  std::array<metrics::Counter*, kFaults.size()> failed{};
  std::array<metrics::Counter*, 3> signatures{};
  metrics::Gauge *certificate_ends, *authorities;
};

// One request on its way. What is not `open` belongs to whoever brings the last certificate.
struct StirService::Job {
  domain::VerifyRequest request;
  std::vector<Claim> claims;
  std::shared_ptr<const StirMaterial> material;
  Verification verification;
  std::atomic<int> open{1};
};

StirService::StirService(StirMaterial material, StirSettings settings, const Needs& needs)
    : settings_(settings),
      clock_(needs.clock),
      metrics_(std::make_unique<Metrics>(needs.metrics)),
      replays_(std::make_unique<Replays>(settings.most_remembered)),
      cache_(needs.fetcher, needs.clock, needs.metrics, settings.certificates) {
  use(std::move(material));
}

StirService::~StirService() = default;

void StirService::use(StirMaterial material) {
  const auto ends =
      std::chrono::duration_cast<std::chrono::seconds>(material.certificate_ends.time_since_epoch());
  metrics_->certificate_ends->set(static_cast<double>(ends.count()));
  metrics_->authorities->set(material.trust ? static_cast<double>(material.trust->size()) : 0);
  auto fresh = std::make_shared<const StirMaterial>(std::move(material));
  can_sign_ = fresh->key != nullptr;
  can_verify_ = fresh->trust != nullptr;
  const std::lock_guard lock(mutex_);
  material_.swap(fresh);
}

std::shared_ptr<const StirMaterial> StirService::material() const {
  const std::lock_guard lock(mutex_);
  return material_;
}

void StirService::sign(domain::SignRequest request, Executor&,
                       std::function<void(std::vector<std::string>)> done) {
  const auto material = this->material();
  stir::Passport passport;
  passport.orig.tn = stir::canonical_number(request.orig);
  const std::string dest = stir::canonical_number(request.dest);
  const std::string before = stir::canonical_number(request.diverted_from);
  std::vector<std::string> identities;
  if (material->key && !passport.orig.tn.empty() && !dest.empty()) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    passport.x5u = material->x5u;
    passport.iat = now.time_since_epoch().count();
    if (!request.only_div) {
      passport.ppt = "shaken";
      passport.attest = letter_of(request.attestation);
      passport.origid = request.origid;
      passport.dest_tns = {before.empty() ? dest : before};
      identities.push_back(signed_identity(*material, passport));
    }
    if (!before.empty() && before != dest) {
      passport.ppt = "div";
      passport.dest_tns = {dest};
      passport.div.tn = before;
      identities.push_back(signed_identity(*material, passport));
    }
    std::erase(identities, std::string());
  }
  if (identities.empty())
    metrics_->unsigned_calls->add();
  else
    metrics_->signatures[static_cast<std::size_t>(letter_of(request.attestation) - 'A')]->add();
  done(std::move(identities));
}

void StirService::verify(domain::VerifyRequest request, Executor& where,
                         std::function<void(Verification)> done) {
  auto job = std::make_shared<Job>();
  job->material = material();
  job->request = std::move(request);
  job->claims = read_claims(job->request, settings_.freshness);
  if (!job->material->trust || job->claims.empty()) {
    count(job->verification);
    return done(std::move(job->verification));
  }
  auto shared = std::make_shared<std::function<void(Verification)>>(std::move(done));
  for (std::size_t i = 0; i < job->claims.size(); ++i) {
    Claim& claim = job->claims[i];
    if (claim.fault != Reason::NormalClearing) continue;
    ++job->open;
    auto known =
        cache_.get(claim.header.info, [this, job, i, &where, shared](CertificatePointer certificate) {
          job->claims[i].certificate = std::move(certificate);
          if (--job->open != 0) return;
          judge(*job);
          where.post([job, shared] { (*shared)(std::move(job->verification)); });
        });
    if (!known) continue;
    claim.certificate = std::move(*known);
    --job->open;
  }
  if (--job->open != 0) return;
  judge(*job);
  (*shared)(std::move(job->verification));
}

void StirService::judge(Job& job) {
  Verification& result = job.verification;
  const Path path = follow(job.claims, job.request.dest);
  result.verstat = Verstat::Failed;
  result.reason = path.fault;
  for (const Claim* claim : path.claims) {
    result.reason = check_claim(*claim, job.request.orig, job.material->trust, job.request.received_at);
    if (result.reason != Reason::NormalClearing) break;
  }
  const Monotonic now = clock_.now();
  if (result.reason == Reason::NormalClearing &&
      replays_->seen(path.claims.front()->signature, job.request.call_id, now, now + 2 * settings_.freshness))
    result.reason = Reason::IdentityInvalid;
  if (!path.claims.empty()) {
    const Claim& origin = *path.claims.back();
    result.attestation = attestation_of(origin.passport.attest);
    result.origid = origin.passport.origid;
    if (origin.certificate) result.certificate_subject = origin.certificate->chain().subject();
  }
  if (result.reason == Reason::NormalClearing) result.verstat = Verstat::Passed;
  count(result);
}

void StirService::count(const Verification& verification) {
  switch (verification.verstat) {
    case Verstat::NoTnValidation:
      return metrics_->none->add();
    case Verstat::Passed:
      return metrics_->passed->add();
    case Verstat::Failed:
      break;
  }
  const auto at = std::find(kFaults.begin(), kFaults.end(), verification.reason);
  if (at != kFaults.end()) metrics_->failed[static_cast<std::size_t>(at - kFaults.begin())]->add();
}

}  // namespace warp::integrations
