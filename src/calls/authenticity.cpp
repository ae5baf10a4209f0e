#include "authenticity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/stir/passport.h"

#include "attempts.h"
#include "capabilities.h"
#include "ending.h"
#include "identity.h"

namespace warp::calls {

using domain::Attestation;
using domain::AuthenticityPolicy;
using domain::Reason;
using domain::VerifyPolicy;
using domain::Verstat;

namespace {

const AuthenticityPolicy& source_policy(const Setup& setup) {
  return policy_of(setup, Side::Caller).authenticity;
}
const AuthenticityPolicy& target_policy(const Setup& setup) {
  return policy_of(setup, Side::Callee).authenticity;
}

std::string_view letter_of(Attestation attestation) {
  constexpr std::array<std::string_view, 4> kLetters{"", "A", "B", "C"};
  return kLetters[static_cast<std::size_t>(attestation)];
}

// E.164 digits of a calling number as the caller's side writes them.
std::string digits_of(const Setup& setup, std::string_view user) {
  return routing::enter(caller_peer(setup), domain::NumberSubject::Calling, user).value_or(std::string());
}

// RFC 8224 §8.1: P-Asserted-Identity before From, once it is believed; `identity` has it only then.
std::string calling_digits(const Call& call) {
  const Identity& identity = call.setup->identity;
  for (const std::string* user : {&identity.asserted, &identity.user})
    if (!user->empty())
      if (auto digits = digits_of(*call.setup, *user); !digits.empty()) return digits;
  return call.record.ani_e164;
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
  state.number = calling_digits(call);
  domain::VerifyRequest asked;
  asked.identities = identities_of(request);
  asked.orig = state.number.empty() ? call.setup->identity.user : state.number;
  asked.dest = call.record.dni_e164;
  asked.received_at = context.clock.wall();
  asked.date = request.header("Date");
  asked.call_id = request.call_id();
  return asked;
}

// Who is called by the attempt: another than the caller meant when a far end redirected it here.
struct Parties {
  std::string orig, dest;
  std::string before;  // whom it was for before it was diverted; empty: it was not
};
Parties parties_of(const Call& call, std::string_view called) {
  Parties parties{calling_digits(call), call.record.dni_e164, call.record.facts.read().diverted_from};
  if (call.setup->attempt.redirected.empty()) return parties;
  auto redirected = routing::normalise(called);
  if (!redirected || *redirected == parties.dest) return parties;
  parties.before = std::exchange(parties.dest, std::move(*redirected));
  return parties;
}

// Does an Identity that came say of this attempt what it said of the call? One that failed does not go on.
bool still_fits(const Call& call, std::string_view orig, std::string_view dest) {
  const Setup& setup = *call.setup;
  if (setup.authenticity && setup.authenticity->verified &&
      setup.authenticity->verification.verstat == Verstat::Failed)
    return false;
  for (const std::string& line : identities_of(setup.invite.request))
    for (const std::string_view value : stir::split_identities(line)) {
      const auto header = stir::IdentityHeader::parse(value);
      if (!header || header->parts().compact()) continue;
      const auto passport = stir::Passport::parse(header->parts());
      if (passport && passport->orig.tn == orig && passport->is_for(dest)) return true;
    }
  return false;
}

// A PASSporT shows the number that a caller withholds.
bool withheld(const Call& call) {
  return call.setup->identity.withheld() && !policy_of(*call.setup, Side::Callee).identity.trusted &&
         !call.emergency;
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

domain::SignRequest sign_request(const Call& call, Parties parties, bool passed_on) {
  const Setup& setup = *call.setup;
  domain::SignRequest request;
  request.attestation = attestation_of(call, parties.orig);
  request.orig = std::move(parties.orig);
  request.dest = std::move(parties.dest);
  request.diverted_from = std::move(parties.before);
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
  if (setup.authenticity) setup.authenticity->identities.clear();
  const bool came = policy.pass && setup.invite.request.has(sip::HeaderId::Identity);
  if ((!came && !policy.sign) || withheld(call)) return false;
  const bool signs = policy.sign && context.authenticity->can_sign();
  auto parties = parties_of(call, called);
  const bool diverts = signs && !parties.before.empty();
  const bool passed_on = came && (still_fits(call, parties.orig, parties.dest) ||
                                  (diverts && still_fits(call, parties.orig, parties.before)));
  if (passed_on) state_of(setup).identities = identities_of(setup.invite.request);
  if (!signs || (passed_on && !diverts)) return false;
  auto asked = sign_request(call, std::move(parties), passed_on);
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
  if (setup.authenticity->number.empty() || digits_of(setup, user) != setup.authenticity->number) return {};
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
