#include "identity.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"
#include "warp/sip/message/telephone.h"
#include "warp/sip/message/uri.h"

#include "authenticity.h"
#include "diversion.h"
#include "record.h"
#include "transfer.h"

namespace warp::calls {

namespace {

using domain::CallerIdPolicy;
using domain::IdentityPolicy;
using domain::NumberSubject;
using domain::Reason;

constexpr std::size_t kLongestIdentity = 64;
constexpr std::size_t kLongestDisplay = 128;
constexpr std::size_t kLongestPassed = 512;
constexpr std::size_t kMostPassed = 4;  // of one name
constexpr std::string_view kAnonymousUri = "sip:anonymous@anonymous.invalid";
constexpr std::string_view kUserToUser = "User-to-User";

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 7> kPrivacyWords{
    {{"none", kPrivacyNone},
     {"id", kPrivacyId},
     {"header", kPrivacyHeader},
     {"session", kPrivacySession},
     {"user", kPrivacyUser},
     {"critical", kPrivacyCritical},
     {"history", kPrivacyHistory}}};

bool harmless(char c) {
  return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
         std::string_view("+-_.*#~!").find(c) != std::string_view::npos;
}

bool anonymous(std::string_view user) {
  return user.empty() || iequals(user, "anonymous");
}

// What it does not know sets kPrivacyUnknown.
std::uint8_t read_privacy(std::string_view value) {
  std::uint8_t bits = 0;
  while (!value.empty()) {
    const auto end = value.find_first_of(";,");
    const auto word = trim(value.substr(0, end));
    const auto known = std::find_if(kPrivacyWords.begin(), kPrivacyWords.end(),
                                    [&](const auto& one) { return iequals(one.first, word); });
    if (!word.empty()) bits |= known == kPrivacyWords.end() ? kPrivacyUnknown : known->second;
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
  }
  return bits;
}

// Up to two values of P-Asserted- or P-Preferred-Identity: a SIP one and a tel one.
void read_parties(const sip::Message& request, sip::HeaderId id, std::string& first, std::string& telephone) {
  if (!request.has(id)) return;
  for (const auto& header : request.headers()) {
    if (header.id != id) continue;
    for (const auto element : sip::split_list(header.value)) {
      const auto party = sip::parse_name_addr(element);
      if (!party) continue;
      auto& place = iequals(party->uri.substr(0, 4), "tel:") ? telephone : first;
      if (place.empty()) place = user_of(*party);
    }
  }
  if (first.empty()) first.swap(telephone);
}

void read_remote_party(const sip::Message& request, Identity& identity) {
  const auto value = request.header(sip::HeaderId::RemotePartyId);
  const auto party = value.empty() ? std::nullopt : sip::parse_name_addr(value);
  if (!party) return;
  const auto of = param_of(party->params, "party");
  const auto screen = param_of(party->params, "screen");
  if (!of.empty() && !iequals(of, "calling")) return;
  if (screen.empty() || iequals(screen, "yes")) identity.asserted = user_of(*party);
  const auto privacy = param_of(party->params, "privacy");
  if (iequals(privacy, "full") || iequals(privacy, "uri")) identity.privacy |= kPrivacyId;
}

bool same_number(std::string_view listed, std::string_view e164) {
  if (listed.starts_with('+')) listed.remove_prefix(1);
  return listed == e164;
}

bool fits(const Call& call, const IdentityPolicy& policy, std::string_view e164) {
  if (e164.empty()) return false;
  if (policy.caller_id_policy == CallerIdPolicy::Allowed)
    return std::any_of(policy.caller_ids.begin(), policy.caller_ids.end(),
                       [&](const std::string& one) { return same_number(one, e164); });
  const auto* number = call.setup->snapshot->number(e164);
  return number != nullptr && call.setup->source_trunk != nullptr &&
         number->customer == call.setup->source_trunk->customer;
}

// A PBX that forwards shows the first caller's number, and its own as the one that diverted.
bool may_show(const Call& call, const IdentityPolicy& policy) {
  return fits(call, policy, call.record.ani_e164) ||
         (policy.trusted && fits(call, policy, call.record.facts.read().diverted_from));
}

void put_caller_id(Call& call, const IdentityPolicy& policy) {
  Identity& identity = call.setup->identity;
  if (!anonymous(identity.user)) identity.user = policy.caller_id;
  identity.asserted = policy.caller_id;
  identity.asserted_tel.clear();
  std::string_view digits = policy.caller_id;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  call.record.ani_e164 = digits;
}

// What was asserted beside a number that passed must pass as well, or gives way to it.
void settle_asserted(Call& call, const IdentityPolicy& policy) {
  Identity& identity = call.setup->identity;
  const auto passes = [&](const std::string& asserted) {
    const auto e164 = routing::enter(caller_peer(*call.setup), NumberSubject::Calling, asserted);
    return e164 && fits(call, policy, *e164);
  };
  // A first caller's number that was diverted: nothing but its own side vouches for it.
  if (!fits(call, policy, call.record.ani_e164)) return;
  if (identity.asserted.empty() || !passes(identity.asserted)) identity.asserted = call.record.ani;
  if (!identity.asserted_tel.empty() && !passes(identity.asserted_tel)) identity.asserted_tel.clear();
}

// As the side wants calling numbers to look.
std::string shown(const Setup& setup, const routing::Candidate& candidate, const std::string& user) {
  const auto peer = callee_peer(setup, candidate);
  if (peer.rules == nullptr && peer.policy->calling_format == domain::NumberFormat::AsReceived) return user;
  const auto e164 = routing::enter(caller_peer(setup), NumberSubject::Calling, user);
  return routing::leave(peer, NumberSubject::Calling, e164.value_or(std::string()), user);
}

bool hidden_from(const Call& call, const IdentityPolicy& towards) {
  return call.setup->identity.withheld() && !towards.trusted && !call.emergency;
}

void add_asserted(sip::Writer& writer, const Call& call, const routing::Candidate& candidate,
                  std::string_view own) {
  const Setup& setup = *call.setup;
  const Identity& identity = setup.identity;
  // Who calls for help is told, whoever vouches for it.
  const std::string& user = identity.asserted.empty() && call.emergency ? call.record.ani : identity.asserted;
  if (user.empty()) return;
  const std::string number = shown(setup, candidate, user);
  writer.header(sip::HeaderId::PAssertedIdentity, {"<sip:", number, verstat_of(setup, user), "@", own, ">"});
  if (identity.asserted_tel.empty()) return;
  const auto e164 = routing::enter(caller_peer(setup), NumberSubject::Calling, identity.asserted_tel);
  if (e164) writer.header(sip::HeaderId::PAssertedIdentity, {"<tel:+", *e164, ">"});
}

void add_remote_party(sip::Writer& writer, const Call& call, const routing::Candidate& candidate,
                      std::string_view own) {
  const Identity& identity = call.setup->identity;
  const bool screened = !identity.asserted.empty();
  const std::string& user = screened ? identity.asserted : identity.user;
  if (anonymous(user)) return;
  const std::string number = shown(*call.setup, candidate, user);
  writer.header(sip::HeaderId::RemotePartyId,
                {"<sip:", number, "@", own, ">;party=calling;screen=", screened ? "yes" : "no",
                 ";privacy=", identity.withheld() ? "full" : "off"});
}

void add_privacy(sip::Writer& writer, const Identity& identity) {
  if (identity.privacy == 0) return;
  std::string value;
  // What was done here already (header, session, critical) need not be done again.
  for (const auto& [word, bit] : kPrivacyWords)
    if ((identity.privacy & bit & (kPrivacyNone | kPrivacyId | kPrivacyUser | kPrivacyHistory)) != 0)
      value.append(value.empty() ? "" : ";").append(word);
  if (!value.empty()) writer.header(sip::HeaderId::Privacy, value);
}

bool printable(std::string_view value) {
  return !value.empty() && value.size() <= kLongestPassed &&
         std::none_of(value.begin(), value.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void pass_header(sip::Writer& writer, const sip::Message& request, std::string_view name) {
  std::size_t passed = 0;
  for (const auto& header : request.headers())
    if (header.id == sip::HeaderId::Other && iequals(header.name, name) && printable(header.value) &&
        passed++ < kMostPassed)
      writer.header(name, header.value);
}

// rn, npdi and cic (RFC 4694) of what was called, as user parameters.
std::string portability(const sip::Uri& called) {
  const auto params = sip::telephone_params(called);
  std::string out;
  if (params.npdi) out += ";npdi";
  if (const auto rn = sip::global_digits(params.rn, params.rn_context)) out += ";rn=+" + *rn;
  if (const auto cic = sip::global_digits(params.cic, params.cic_context)) out += ";cic=+" + *cic;
  return out;
}

}  // namespace

const IdentityPolicy& caller_policy(const Setup& setup) {
  return setup.source_trunk != nullptr ? setup.source_trunk->sip.identity
                                       : setup.source_provider->sip.identity;
}

const IdentityPolicy& callee_policy(const Setup& setup, const routing::Candidate& candidate) {
  return candidate.provider != nullptr ? candidate.provider->sip.identity : setup.target_trunk->sip.identity;
}

routing::Peer caller_peer(const Setup& setup) {
  return setup.source_trunk != nullptr ? routing::peer_of(*setup.snapshot, *setup.source_trunk)
                                       : routing::peer_of(*setup.snapshot, *setup.source_provider);
}

routing::Peer callee_peer(const Setup& setup, const routing::Candidate& candidate) {
  return candidate.provider != nullptr ? routing::peer_of(*setup.snapshot, *candidate.provider)
                                       : routing::peer_of(*setup.snapshot, *setup.target_trunk);
}

std::string user_of(const sip::NameAddr& party) {
  const auto uri = sip::Uri::parse(party.uri);
  if (!uri) return {};
  if (auto number = uri->telephone(); number && number->size() <= kLongestIdentity) return std::move(*number);
  if (uri->user.size() > kLongestIdentity || !std::all_of(uri->user.begin(), uri->user.end(), harmless))
    return {};
  return std::string(uri->user);
}

std::optional<Refusal> read_identity(Call& call) {
  const sip::Message& request = call.setup->invite.request;
  const bool trusted = caller_policy(*call.setup).trusted;
  Identity& identity = call.setup->identity;
  identity.user = user_of(request.from());
  if (request.from().display.size() <= kLongestDisplay) identity.display = request.from().display;
  if (request.has(sip::HeaderId::Privacy))
    identity.privacy = read_privacy(request.header(sip::HeaderId::Privacy));
  read_parties(request, sip::HeaderId::PAssertedIdentity, identity.asserted, identity.asserted_tel);
  if (trusted && identity.asserted.empty()) read_remote_party(request, identity);

  if (!anonymous(identity.user)) {
    call.record.ani = identity.user;
  } else {
    std::string preferred, telephone;
    if (identity.asserted.empty())
      read_parties(request, sip::HeaderId::PPreferredIdentity, preferred, telephone);
    call.record.ani = !identity.asserted.empty() ? identity.asserted : preferred;
    if (call.record.ani.empty()) call.record.ani = identity.user;
    identity.user = "anonymous";
  }
  if (!trusted) {
    identity.asserted.clear();
    identity.asserted_tel.clear();
  }
  auto ani = routing::enter(caller_peer(*call.setup), NumberSubject::Calling, call.record.ani);
  if (ani) call.record.ani_e164 = std::move(*ani);
  if (trusted) read_diverted(call);
  constexpr auto kFatal = static_cast<std::uint8_t>(kPrivacyCritical | kPrivacyUnknown);
  if ((identity.privacy & kFatal) == kFatal)
    return Refusal{.reason = Reason::ExtensionUnsupported, .status = 500};
  return std::nullopt;
}

std::optional<Refusal> apply_caller_id(Call& call) {
  const IdentityPolicy& policy = caller_policy(*call.setup);
  switch (policy.caller_id_policy) {
    case CallerIdPolicy::Pass:
      return std::nullopt;
    case CallerIdPolicy::Force:
      put_caller_id(call, policy);
      return std::nullopt;
    case CallerIdPolicy::Allowed:
    case CallerIdPolicy::Own:
      if (may_show(call, policy)) {
        settle_asserted(call, policy);
        return std::nullopt;
      }
      if (policy.caller_id_fallback == domain::CallerIdFallback::Refuse || policy.caller_id.empty())
        return Refusal{.reason = Reason::CallerIdNotAllowed};
      put_caller_id(call, policy);
      return std::nullopt;
  }
  return std::nullopt;
}

void present_caller(Call& call, const routing::Candidate& candidate, std::string_view own) {
  const Identity& identity = call.setup->identity;
  Attempt& attempt = call.setup->attempt;
  const bool nameless = anonymous(identity.user) && !call.emergency;
  if (nameless || hidden_from(call, callee_policy(*call.setup, candidate))) {
    attempt.from_uri = kAnonymousUri;
    attempt.display = "Anonymous";
    return;
  }
  const std::string number =
      shown(*call.setup, candidate, anonymous(identity.user) ? call.record.ani : identity.user);
  attempt.from_uri = "sip:";
  attempt.from_uri += number.empty() ? "anonymous" : number;
  attempt.from_uri += verstat_of(*call.setup, identity.user);
  attempt.from_uri += '@';
  attempt.from_uri += own;
  attempt.display = identity.display;
}

namespace {

// RFC 3892, of a call that a REFER made.
void add_referrer(sip::Writer& writer, const sip::Message& request, std::string_view own) {
  const auto address = sip::parse_name_addr(request.header(kReferredBy));
  if (address)
    if (const std::string user = user_of(*address); !user.empty())
      writer.header(kReferredBy, "<sip:" + user + '@' + std::string(own) + '>');
}

}  // namespace

void add_identity(sip::Writer& writer, const Call& call, std::string_view own) {
  const Setup& setup = *call.setup;
  const sip::Message& request = setup.invite.request;
  const routing::Candidate& candidate = *setup.attempt.candidate;
  const IdentityPolicy& from = caller_policy(setup);
  const IdentityPolicy& to = callee_policy(setup, candidate);
  const bool hidden = hidden_from(call, to);
  if ((to.send_asserted && !hidden) || call.emergency) add_asserted(writer, call, candidate, own);
  if (to.send_remote_party && !hidden) add_remote_party(writer, call, candidate, own);
  if (!call.emergency) add_privacy(writer, setup.identity);
  if (from.trusted && to.trusted) {
    if (to.send_diversion) add_diversion(writer, request, own);
    if (to.send_history && (setup.identity.privacy & kPrivacyHistory) == 0) add_history(writer, request, own);
  }
  if (call.transfer && to.trusted) add_referrer(writer, request, own);
  if (from.user_to_user && to.user_to_user) pass_header(writer, request, kUserToUser);
  for (const auto& name : to.pass_headers)
    if (domain::passable_header(name)) pass_header(writer, request, name);
}

std::string called_number(const Call& call, const routing::Candidate& candidate) {
  const Setup& setup = *call.setup;
  if (call.emergency) return call.record.dni_e164;
  const auto peer = callee_peer(setup, candidate);
  const bool verbatim = peer.policy->called_format == domain::NumberFormat::AsReceived;
  if (!verbatim && !peer.policy->send_portability)
    return routing::leave(peer, NumberSubject::Called, call.record.dni_e164, {});
  const auto dialled = sip::Uri::parse(setup.invite.request.request_uri());
  const auto received = dialled ? dialled->telephone() : std::nullopt;
  auto number = routing::leave(peer, NumberSubject::Called, call.record.dni_e164,
                               received ? *received : call.record.dni_e164);
  if (peer.policy->send_portability && dialled) number += portability(*dialled);
  return number;
}

}  // namespace warp::calls
