// Security: encryption and ICE of one side's descriptions, by its policy. RTP, SDES (RFC 4568), DTLS-SRTP
// (RFC 5763) and both of the latter beside plain RTP (OSRTP, RFC 8643), each side for itself. ICE-lite
// (RFC 8445) and the mid and BUNDLE lines of WebRTC (RFC 9143) where the side speaks of them.
#pragma once

#include "warp/base/random.h"
#include "warp/domain/address.h"
#include "warp/domain/media_port.h"
#include "warp/domain/policy/media.h"
#include "warp/domain/reason.h"
#include "warp/sdp/session.h"

namespace warp::calls {

bool is_secure_profile(std::string_view proto);  // RTP/SAVP and its kin
// Turns what the policy does not allow off (port 0). MediaUnsupported or MediaNotEncrypted: nothing is left,
// and why; NormalClearing otherwise.
domain::Reason screen_security(sdp::Session& description, const domain::MediaPolicy& policy,
                               const domain::MediaFingerprint& certificate);

// What goes into our descriptions of one stream.
struct Attire {
  const domain::MediaPolicy& policy;
  const domain::MediaFingerprint& certificate;
  const domain::MediaTerms* current;  // in force with that side; null: none. Keys stay while the peer's do.
  domain::SocketAddress local;
  IdSource& ids;
  std::string_view mid = {};  // that the peer knows the line by; empty: its number
};
// `line` is one of `description`'s, plain RTP, ours, and goes out in an offer.
void dress_offer(sdp::Session& description, sdp::Media& line, const Attire& attire);
// The same in the answer to `offered`. False: it cannot be secured as it must be.
bool dress_answer(sdp::Session& description, sdp::Media& line, const sdp::Session& theirs,
                  const sdp::Media& offered, const Attire& attire);

// The part of the terms that speaks of keys, out of our line and the peer's.
void agree_security(domain::MediaTerms& terms, const sdp::Session& our_session, const sdp::Media& ours,
                    const sdp::Session& their_session, const sdp::Media& theirs);
bool is_secured(const domain::MediaTerms& terms);

}  // namespace warp::calls
