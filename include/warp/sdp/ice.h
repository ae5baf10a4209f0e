// ICE in descriptions (RFC 8839): a=ice-ufrag, a=ice-pwd, a=ice-lite, a=candidate. Values in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/sdp/session.h"

namespace warp::sdp {

// 4 to 256 and 22 to 256 ice-chars: letters, digits, '+', '/'.
bool is_ice_ufrag(std::string_view text);
bool is_ice_password(std::string_view text);

struct IceCredentials {
  std::string ufrag, password;
  friend bool operator==(const IceCredentials&, const IceCredentials&) = default;
};
// The media's own, or the session's; nullopt when one of the two is missing or is not of its form.
std::optional<IceCredentials> ice_credentials_of(const Session& session, const Media& stream);
bool is_ice_lite(const Session& session);

enum class CandidateType : std::uint8_t { Host, ServerReflexive, PeerReflexive, Relayed };
std::string_view to_string(CandidateType type);  // "host", "srflx", "prflx", "relay"

// a=candidate:1 1 UDP 2130706431 192.0.2.1 40000 typ host. Extensions are read over and not kept.
struct Candidate {
  std::string foundation = "1";  // 1..32 ice-chars
  std::uint16_t component = 1;   // 1..256; RTP 1, RTCP 2
  std::string transport = "UDP";
  std::uint32_t priority = 0;  // 1..2^31-1
  std::string address;         // an address or a name ("x.local"): as received
  std::uint16_t port = 0;
  CandidateType type = CandidateType::Host;
  std::string related_address;  // empty: none
  std::uint16_t related_port = 0;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};
// RFC 8445 §5.1.2.1; `local_preference` is 65535 for the only address.
std::uint32_t candidate_priority(CandidateType type, std::uint16_t local_preference, std::uint16_t component);
std::optional<Candidate> parse_candidate(std::string_view value);
std::string write_candidate(const Candidate& candidate);  // empty when it would not parse again

}  // namespace warp::sdp
