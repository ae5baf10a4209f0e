// Metadata of a recording session (RFC 7865): what a recorder is told of the call that it records.
//
// Values in, XML out. The elements come in the order of the schema (§9), every id is the base64 of 16 octets
// (§6.10), every time is UTC with milliseconds. No character of a name can leave its element or attribute;
// those that XML 1.0 forbids become U+FFFD, and so does what is not UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::siprec {

enum class DataMode : std::uint8_t {
  Complete,  // all that there is
  Partial,   // what has changed; what is not named stays (§6.1.1)
};
std::string_view to_string(DataMode mode);

struct Span {
  std::optional<WallTime> from = {}, until = {};  // associate-time, disassociate-time
};

struct Session {  // a communication session (§6.3)
  Uuid id;
  std::optional<Uuid> group = {};
  std::optional<WallTime> start = {}, stop = {};
  std::string reason = {};  // why it ended; empty: not said
};

struct Participant {  // §6.5
  Uuid id;
  std::string aor;   // "sip:+14155550100@example.net", "tel:+1…": a URI
  std::string name;  // as shown; empty: none
};

struct Stream {  // §6.7
  Uuid id;
  Uuid session;
  std::string label;  // a=label of its m-line
};

// §6.4, §6.6, §6.8
struct SessionRecording {
  Uuid session;
  Span span = {};
};
struct ParticipantSession {
  Uuid participant, session;
  Span span = {};
};
struct ParticipantStream {
  Uuid participant;
  std::vector<Uuid> sends, receives;
  Span span = {};
};

struct Metadata {
  DataMode mode = DataMode::Complete;
  std::vector<Uuid> groups = {};
  std::vector<Session> sessions = {};
  std::vector<Participant> participants = {};
  std::vector<Stream> streams = {};
  std::vector<SessionRecording> recorded = {};
  std::vector<ParticipantSession> present = {};
  std::vector<ParticipantStream> heard = {};
};

inline constexpr std::string_view kContentType = "application/rs-metadata+xml";
inline constexpr std::string_view kDisposition = "recording-session";

std::string write(const Metadata& metadata);

// Is a body of this type, sent by a recorder, its request for a complete snapshot (RFC 7866 §9.2)?
bool asks_for_snapshot(std::string_view content_type, std::string_view body);

}  // namespace warp::siprec
