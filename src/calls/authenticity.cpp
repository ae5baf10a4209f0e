#include "authenticity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/stir/passport.h"

#include "attempts.h"
#include "ending.h"

namespace warp::calls {

using domain::Attestation;
using domain::AuthenticityPolicy;
using domain::Reason;
using domain::VerifyPolicy;
using domain::Verstat;

namespace {

const AuthenticityPolicy& source_policy(const Setup& setup) {
  return setup.source_trunk != nullptr ? setup.source_trunk->sip.authenticity
                                       : setup.source_provider->sip.authenticity;
}
const AuthenticityPolicy& target_policy(const Setup& setup) {
  const domain::Provider* provider = setup.attempt.candidate->provider;
  return provider != nullptr ? provider->sip.authenticity : setup.target_trunk->sip.authenticity;
}

std::string_view letter_of(Attestation attestation) {
  constexpr std::array<std::string_view, 4> kLetters{"", "A", "B", "C"};
  return kLetters[static_cast<std::size_t>(attestation)];
}

std::string digits_of(std::string_view user) {
  return routing::normalise(user).value_or(std::string());
}

// RFC 8224 §8.1: P-Asserted-Identity before From, once it is believed; `identity` has it only then.
std::string calling_digits(const Setup& setup) {
  const Identity& identity = setup.identity;
  return digits_of(identity.asserted.empty() ? identity.user : identity.asserted);
}

// A limit for what an INVITE of a few kilobytes can make us do: more are looked at as one too many.
std::vector<std::string> identities_of(const sip::Message& request) {
  std::vector<std::string> identities;
  for (const sip::Header& header : request.headers())
    if (header.id == sip::HeaderId::Identity && identities.size() <= stir::kMostIdentities)
      identities.emplace_back(header.value);
  return identities;
}

Authenticity& state_of(Setup& setup) {
  if (!setup.authenticity) setup.authenticity = std::make_unique<Authenticity>();
  return *setup.authenticity;
}

// Emergency calls are told about, never refused.
bool refuses(const Call& call, const AuthenticityPolicy& policy) {
  return policy.verify == VerifyPolicy::Reject && !call.emergency;
}

void keep_facts(Call& call, const domain::Verification& verification) {
  domain::CallFacts& facts = call.record.facts.write();
  facts.verstat = domain::to_string(verification.verstat);
  facts.attestation_in = letter_of(verification.attestation);
  facts.origid = verification.origid;
  facts.certificate = verification.certificate_subject;
}

// True: the call is over.
bool refuse_unverified(Context& context, Call& call) {
  const domain::Verification& verification = call.setup->authenticity->verification;
  if (!refuses(call, source_policy(*call.setup))) return false;
  Reason reason = verification.reason;
  // Nothing that we understand came.
  if (verification.verstat == Verstat::NoTnValidation) {
    if (!source_policy(*call.setup).require) return false;
    reason = Reason::IdentityMissing;
  } else if (verification.verstat == Verstat::Passed) {
    return false;
  }
  fail(context, call, {.reason = reason});
  return true;
}

void on_verified(Context& context, std::uint64_t serial, domain::Verification verification) {
  Call* call = context.table.find(serial);
  if (call == nullptr || !call->setup || !call->setup->authenticity) return;
  Authenticity& state = *call->setup->authenticity;
  if (state.wait == Authenticity::Wait::None) return;
  const bool later = state.wait == Authenticity::Wait::Later;
  state.wait = Authenticity::Wait::None;
  state.verified = true;
  state.verification = std::move(verification);
  keep_facts(*call, state.verification);
  if (later && !refuse_unverified(context, *call)) try_next(context, *call);
}

domain::VerifyRequest verify_request(const Context& context, const Call& call, Authenticity& state) {
  const sip::Message& request = call.setup->invite.request;
  state.number = calling_digits(*call.setup);
  domain::VerifyRequest asked;
  asked.identities = identities_of(request);
  asked.orig = state.number.empty() ? call.setup->identity.user : state.number;
  asked.dest = call.record.dni_e164;
  asked.received_at = context.clock.wall();
  asked.date = request.header("Date");
  asked.call_id = request.call_id();
  return asked;
}

// Does an Identity that came say of this attempt what it said of the call? One that failed does not go on.
bool still_fits(const Call& call) {
  const Setup& setup = *call.setup;
  if (setup.authenticity && setup.authenticity->verified &&
      setup.authenticity->verification.verstat == Verstat::Failed)
    return false;
  const std::string orig = calling_digits(setup);
  for (const std::string& line : identities_of(setup.invite.request))
    for (const std::string_view value : stir::split_identities(line)) {
      const auto header = stir::IdentityHeader::parse(value);
      if (!header || header->parts().compact()) continue;
      const auto passport = stir::Passport::parse(header->parts());
      if (passport && passport->orig.tn == orig && passport->is_for(call.record.dni_e164)) return true;
    }
  return false;
}

// A for the customer's own numbers, B for others of a customer, C for calls that a provider brought.
Attestation attestation_of(const Call& call, std::string_view orig) {
  const Setup& setup = *call.setup;
  const Attestation highest = source_policy(setup).highest;
  Attestation deserved = Attestation::C;
  if (setup.source_trunk != nullptr) {
    const domain::Number* number = setup.snapshot->number(orig);
    const bool own = number != nullptr && number->customer == setup.source_trunk->customer;
    deserved = own ? Attestation::A : Attestation::B;
  }
  return highest == Attestation::None ? highest : std::max(highest, deserved);
}

domain::SignRequest sign_request(const Call& call, bool passed_on) {
  const Setup& setup = *call.setup;
  domain::SignRequest request;
  request.orig = calling_digits(setup);
  request.dest = call.record.dni_e164;
  request.diverted_from = call.record.facts.read().diverted_from;
  request.attestation = attestation_of(call, request.orig);
  request.origid = setup.source_trunk != nullptr ? setup.source_trunk->id.to_string()
                                                 : setup.source_provider->id.to_string();
  request.only_div = passed_on;
  return request;
}

void on_signed(Context& context, std::uint64_t serial, std::uint32_t round,
               std::vector<std::string> identities, Attestation attestation) {
  Call* call = context.table.find(serial);
  if (call == nullptr || !call->setup || !call->setup->authenticity) return;
  Authenticity& state = *call->setup->authenticity;
  if (state.wait == Authenticity::Wait::None || state.round != round) return;
  const bool later = state.wait == Authenticity::Wait::Later;
  state.wait = Authenticity::Wait::None;
  if (!identities.empty() && attestation != Attestation::None)
    call->record.facts->attestation_out = letter_of(attestation);
  for (std::string& identity : identities)
    state.identities.push_back(std::move(identity));
  if (!later) return;
  const std::string called = std::move(state.called), body = std::move(state.body);
  resume_attempt(context, *call, called, body);
}

// True: `done` has not run yet, and will.
bool parked(Authenticity& state) {
  if (state.wait == Authenticity::Wait::None) return false;
  state.wait = Authenticity::Wait::Later;
  return true;
}

}  // namespace

bool hold_for_verification(Context& context, Call& call) {
  if (context.authenticity == nullptr) return false;
  const AuthenticityPolicy& policy = source_policy(*call.setup);
  if (policy.verify == VerifyPolicy::Off || !context.authenticity->can_verify()) return false;
  if (!call.setup->invite.request.has(sip::HeaderId::Identity)) {
    call.record.facts->verstat = domain::to_string(Verstat::NoTnValidation);
    if (!policy.require || !refuses(call, policy)) return false;
    fail(context, call, {.reason = Reason::IdentityMissing});
    return true;
  }
  Authenticity& state = state_of(*call.setup);
  state.wait = Authenticity::Wait::AtOnce;
  auto asked = verify_request(context, call, state);
  context.authenticity->verify(std::move(asked), context.executor,
                               [alive = std::weak_ptr(context.alive), &context,
                                serial = call.serial](domain::Verification verification) {
                                 if (!alive.expired()) on_verified(context, serial, std::move(verification));
                               });
  return parked(state) || refuse_unverified(context, call);
}

bool hold_for_signature(Context& context, Call& call, std::string_view called, std::string_view body) {
  if (context.authenticity == nullptr) return false;
  Setup& setup = *call.setup;
  const AuthenticityPolicy& policy = target_policy(setup);
  const bool passed_on = policy.pass && setup.invite.request.has(sip::HeaderId::Identity) && still_fits(call);
  if (setup.authenticity) setup.authenticity->identities.clear();
  if (passed_on) state_of(setup).identities = identities_of(setup.invite.request);
  const bool diverted = !call.record.facts.read().diverted_from.empty();
  if (!policy.sign || (passed_on && !diverted) || !context.authenticity->can_sign()) return false;
  auto asked = sign_request(call, passed_on);
  if (asked.attestation == Attestation::None) return false;
  Authenticity& state = state_of(setup);
  state.wait = Authenticity::Wait::AtOnce;
  const Attestation given = passed_on ? Attestation::None : asked.attestation;
  context.authenticity->sign(std::move(asked), context.executor,
                             [alive = std::weak_ptr(context.alive), &context, serial = call.serial,
                              round = ++state.round, given](std::vector<std::string> identities) {
                               if (!alive.expired())
                                 on_signed(context, serial, round, std::move(identities), given);
                             });
  if (!parked(state)) return false;
  state.called = called;
  state.body = body;
  return true;
}

std::string_view verstat_of(const Setup& setup, std::string_view user) {
  if (!setup.authenticity || !setup.authenticity->verified) return {};
  if (setup.attempt.candidate == nullptr || setup.attempt.candidate->provider != nullptr) return {};
  if (setup.authenticity->number.empty() || digits_of(user) != setup.authenticity->number) return {};
  switch (setup.authenticity->verification.verstat) {
    case Verstat::NoTnValidation:
      return ";verstat=No-TN-Validation";
    case Verstat::Passed:
      return ";verstat=TN-Validation-Passed";
    case Verstat::Failed:
      return ";verstat=TN-Validation-Failed";
  }
  return {};
}

void add_authenticity(sip::Writer& writer, const Setup& setup) {
  if (!setup.authenticity) return;
  for (const std::string& identity : setup.authenticity->identities)
    writer.header(sip::HeaderId::Identity, identity);
  const domain::Verification& verification = setup.authenticity->verification;
  if (setup.attempt.candidate->provider != nullptr || verification.verstat != Verstat::Passed ||
      !target_policy(setup).indicate)
    return;
  if (verification.attestation != Attestation::None)
    writer.header("P-Attestation-Indicator", letter_of(verification.attestation));
  if (!verification.origid.empty()) writer.header("P-Origination-ID", verification.origid);
}

}  // namespace warp::calls
