#include "negotiation/security.h"

#include <algorithm>

#include "warp/base/text.h"

#include "negotiation/formats.h"
#include "negotiation/keys.h"

namespace warp::calls {

using domain::KeyAgreement;
using domain::MediaFingerprint;
using domain::MediaPolicy;
using domain::MediaSecurity;
using domain::Reason;

namespace {

bool is_dtls_profile(std::string_view proto) {
  return iequals(proto, "UDP/TLS/RTP/SAVP") || iequals(proto, "UDP/TLS/RTP/SAVPF");
}

std::vector<CryptoLine> usable_lines(const sdp::Media& media, const MediaPolicy& policy) {
  auto lines = crypto_lines(media);
  const auto suites = suites_of(policy.suites);
  std::erase_if(lines, [&](const CryptoLine& line) {
    return std::find(suites.begin(), suites.end(), line.keys.suite) == suites.end();
  });
  return lines;
}

enum class Protection : std::uint8_t { None, Sdes, Dtls };

// How a peer's line would be secured; of two ways the policy's.
Protection protection_of(const sdp::Session& description, const sdp::Media& media, const MediaPolicy& policy,
                         const MediaFingerprint& certificate) {
  if (policy.security == MediaSecurity::Off) return Protection::None;
  const bool sdes = !is_dtls_profile(media.proto) && !usable_lines(media, policy).empty();
  const bool dtls = !iequals(media.proto, "RTP/SAVP") && !iequals(media.proto, "RTP/SAVPF") &&
                    !certificate.digest.empty() && dtls_line(description, media).has_value();
  if (sdes && dtls) return policy.keys == KeyAgreement::Dtls ? Protection::Dtls : Protection::Sdes;
  return sdes ? Protection::Sdes : dtls ? Protection::Dtls : Protection::None;
}

void add_ice(sdp::Session& description, sdp::Media& line, const Attire& attire, const IceLine& ice) {
  if (description.attribute("ice-lite") == nullptr) description.attributes.push_back({"ice-lite", {}});
  line.set("ice-ufrag", ice.ufrag);
  line.set("ice-pwd", ice.password);
  const std::uint16_t components = line.rtcp_mux() ? 1 : 2;
  for (std::uint16_t component = 1; component <= components; ++component) {
    sdp::Candidate candidate;
    candidate.component = component;
    candidate.priority = sdp::candidate_priority(sdp::CandidateType::Host, 65535, component);
    candidate.address = attire.local.ip.to_string();
    candidate.port = static_cast<std::uint16_t>(attire.local.port + component - 1);
    line.attributes.push_back({"candidate", sdp::write_candidate(candidate)});
  }
}

void set_mux(sdp::Media& line, bool mux, const Attire& attire) {
  line.remove("rtcp-mux");
  line.remove("rtcp");
  if (mux)
    line.attributes.push_back({"rtcp-mux", {}});
  else
    line.set("rtcp", std::to_string(attire.local.port + 1));
}

// RFC 9143: what is in a bundle stays in it, by its name, in every offer. Who has not named a line gets its
// number, as browsers do.
void offer_bundle(sdp::Session& description, sdp::Media& line, std::string_view known) {
  const std::string mid =
      known.empty() ? std::to_string(&line - description.media.data()) : std::string(known);
  line.set("mid", mid);
  if (description.attribute("group") == nullptr && is_audio(line))
    description.attributes.push_back({"group", "BUNDLE " + mid});
}

void add_fingerprint(sdp::Media& line, const Attire& attire, std::string_view setup) {
  line.set("fingerprint", fingerprint_value(attire.certificate.hash, attire.certificate.digest));
  line.set("setup", setup);
}

// The suite that is in force goes on alone, under the key that it has.
void offer_crypto(sdp::Media& line, const Attire& attire) {
  if (attire.current != nullptr && attire.current->send.suite != domain::SrtpSuite::None) {
    line.attributes.push_back({"crypto", crypto_value({1, attire.current->send})});
    return;
  }
  std::uint32_t tag = 0;
  for (const auto suite : suites_of(attire.policy.suites))
    line.attributes.push_back({"crypto", crypto_value({++tag, fresh_keys(suite, attire.ids)})});
}

bool answer_crypto(sdp::Media& line, const sdp::Media& offered, const Attire& attire) {
  const auto lines = usable_lines(offered, attire.policy);
  if (lines.empty()) return false;
  const CryptoLine& theirs = lines.front();
  const domain::MediaTerms* current = attire.current;
  const bool stays =
      current != nullptr && current->receive == theirs.keys && current->send.suite == theirs.keys.suite;
  CryptoLine ours{theirs.tag, stays ? current->send : fresh_keys(theirs.keys.suite, attire.ids)};
  line.attributes.push_back({"crypto", crypto_value(ours)});
  return true;
}

// RFC 9143: of a bundle we have one line, the first audio.
void answer_bundle(sdp::Session& description, sdp::Media& line, const sdp::Session& theirs,
                   const sdp::Media& offered) {
  const auto* mid = offered.attribute("mid");
  if (mid == nullptr) return;
  line.set("mid", mid->value);
  if (description.attribute("group") != nullptr || !is_audio(line)) return;
  for (const auto& attribute : theirs.attributes) {
    if (attribute.name != "group") continue;
    const auto words = split_words(attribute.value);
    if (words.empty() || words.front() != "BUNDLE") continue;
    if (std::find(words.begin() + 1, words.end(), mid->value) == words.end()) continue;
    description.attributes.push_back({"group", "BUNDLE " + mid->value});
    return;
  }
}

}  // namespace

bool is_secure_profile(std::string_view proto) {
  return iequals(proto, "RTP/SAVP") || iequals(proto, "RTP/SAVPF") || is_dtls_profile(proto);
}

Reason screen_security(sdp::Session& description, const MediaPolicy& policy,
                       const MediaFingerprint& certificate) {
  Reason reason = Reason::NormalClearing;
  bool left = false;
  for (auto& media : description.media) {
    if (media.port == 0) continue;
    const bool secured = protection_of(description, media, policy, certificate) != Protection::None;
    if (policy.security == MediaSecurity::Required ? secured : secured || !is_secure_profile(media.proto)) {
      left = true;
      continue;
    }
    media.port = 0;
    reason =
        policy.security == MediaSecurity::Required ? Reason::MediaNotEncrypted : Reason::MediaUnsupported;
  }
  return left ? Reason::NormalClearing : reason;
}

void dress_offer(sdp::Session& description, sdp::Media& line, const Attire& attire) {
  const MediaPolicy& policy = attire.policy;
  if (!line.is_rtp() || (policy.security == MediaSecurity::Off && !policy.ice)) return;
  const bool secures = policy.security != MediaSecurity::Off;
  const bool dtls = secures && policy.keys == KeyAgreement::Dtls && !attire.certificate.digest.empty();
  if (dtls || policy.ice) set_mux(line, true, attire);
  if (dtls) add_fingerprint(line, attire, "actpass");
  if (secures && !dtls) offer_crypto(line, attire);
  if (policy.security == MediaSecurity::Required)
    line.proto = !dtls ? "RTP/SAVP" : policy.ice ? "UDP/TLS/RTP/SAVPF" : "UDP/TLS/RTP/SAVP";
  if (!policy.ice) return;
  if (dtls) offer_bundle(description, line, attire.mid);
  const bool known = attire.current != nullptr && attire.current->ice;
  add_ice(description, line, attire,
          known ? IceLine{attire.current->ice->local_ufrag, attire.current->ice->local_password}
                : fresh_ice(attire.ids));
}

bool dress_answer(sdp::Session& description, sdp::Media& line, const sdp::Session& theirs,
                  const sdp::Media& offered, const Attire& attire) {
  const MediaPolicy& policy = attire.policy;
  if (!line.is_rtp()) return policy.security != MediaSecurity::Required;
  line.proto = offered.proto;
  const Protection protection = protection_of(theirs, offered, policy, attire.certificate);
  const auto ice = policy.ice ? ice_line(theirs, offered) : std::nullopt;
  const bool wants_mux = protection == Protection::Dtls || ice.has_value();
  if (offered.rtcp_mux() ? wants_mux && !line.rtcp_mux() : line.rtcp_mux())
    set_mux(line, offered.rtcp_mux(), attire);
  switch (protection) {
    case Protection::None:
      if (policy.security == MediaSecurity::Required || is_secure_profile(offered.proto)) return false;
      break;
    case Protection::Sdes:
      if (!answer_crypto(line, offered, attire)) return false;
      break;
    case Protection::Dtls:
      // Passive: a peer behind a NAT opens the way by its ClientHello.
      add_fingerprint(line, attire,
                      dtls_line(theirs, offered)->role == DtlsRole::Passive ? "active" : "passive");
      break;
  }
  if (wants_mux) answer_bundle(description, line, theirs, offered);
  if (!ice) return true;
  const auto* known = attire.current != nullptr && attire.current->ice ? &*attire.current->ice : nullptr;
  const bool stays = known != nullptr && known->remote_ufrag == ice->ufrag;
  add_ice(description, line, attire,
          stays ? IceLine{known->local_ufrag, known->local_password} : fresh_ice(attire.ids));
  return true;
}

void agree_security(domain::MediaTerms& terms, const sdp::Session& our_session, const sdp::Media& ours,
                    const sdp::Session& their_session, const sdp::Media& theirs) {
  const auto their_lines = crypto_lines(theirs);
  for (const auto& mine : crypto_lines(ours)) {
    const auto match = std::find_if(their_lines.begin(), their_lines.end(), [&](const CryptoLine& line) {
      return line.tag == mine.tag && line.keys.suite == mine.keys.suite;
    });
    if (match == their_lines.end()) continue;
    terms.send = mine.keys;
    terms.receive = match->keys;
    break;
  }
  const auto mine = dtls_line(our_session, ours), other = dtls_line(their_session, theirs);
  if (mine && other && terms.send.suite == domain::SrtpSuite::None)
    terms.dtls = domain::DtlsTerms{mine->role == DtlsRole::Active ||
                                       (mine->role == DtlsRole::ActPass && other->role == DtlsRole::Passive),
                                   other->hash, other->digest};
  const auto my_ice = ice_line(our_session, ours), their_ice = ice_line(their_session, theirs);
  if (my_ice && their_ice)
    terms.ice = domain::IceTerms{my_ice->ufrag, my_ice->password, their_ice->ufrag, their_ice->password};
}

bool is_secured(const domain::MediaTerms& terms) {
  return terms.send.suite != domain::SrtpSuite::None || terms.dtls.has_value();
}

}  // namespace warp::calls
