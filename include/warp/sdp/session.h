// Session: a session description (RFC 8866) as offer/answer (RFC 3264) needs it.
//
// parse() takes what real user agents send: LF line ends, missing o=, s= and t= lines (defaults are filled
// in), unknown lines (kept in `others`), port 0, c=0.0.0.0. It refuses what no answer could be built from.
// Whatever parses, writes, and what is written parses to an equal Session. Values are owned; no exceptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"

namespace warp::sdp {

enum class ParseCode : std::uint8_t {
  Empty,
  TooLarge,
  TooManyLines,
  TooManyMedia,
  TooManyFormats,
  ForbiddenByte,  // NUL or a bare CR
  LineSyntax,     // not "<letter>=<value>"
  Version,        // the first line is not v=0
  Origin,
  Connection,
  MediaLine
};
std::string_view to_string(ParseCode code);

struct ParseError {
  ParseCode code = ParseCode::Empty;
  std::size_t offset = 0;
};

struct Limits {
  std::size_t octets = 65536;
  std::size_t lines = 4096;
  std::size_t media = 64;
  std::size_t formats = 256;  // of one m= line
};

enum class Direction : std::uint8_t { SendRecv, SendOnly, RecvOnly, Inactive };
std::string_view to_string(Direction direction);  // "sendrecv": the attribute's name
// What the answerer of `offered` may do at most (RFC 3264 §6.1): sendonly <-> recvonly.
Direction reversed(Direction offered);

// a=name:value, or a=name when the value is empty.
struct Attribute {
  std::string name;
  std::string value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// c=IN IP4 224.2.1.1/127/3. The address is as received: an IP address without brackets, or a name.
struct Connection {
  std::string address;
  bool v6 = false;
  std::optional<std::uint8_t> ttl;  // IPv4 multicast only
  std::uint16_t count = 1;          // of contiguous multicast addresses

  // 0.0.0.0 or ::, the old way to put on hold (RFC 3264 §8.4).
  bool is_unspecified() const;
  friend bool operator==(const Connection&, const Connection&) = default;
};

// A line that this codec does not interpret: i=, u=, e=, p=, r=, z=, k= or an unknown letter.
struct Line {
  char type = 'i';
  std::string value;
  friend bool operator==(const Line&, const Line&) = default;
};

// a=rtpmap, or the static table of RFC 3551 §6. Views live as long as the Media.
struct RtpMap {
  std::string_view encoding;  // "PCMU"; compare without case
  std::uint32_t clock_rate = 0;
  unsigned channels = 1;
};

// a=rtcp:53020 IN IP6 2001:db8::1 (RFC 3605).
struct Rtcp {
  std::uint16_t port = 0;
  std::optional<Connection> connection;  // absent: that of the media
};

struct Media {
  std::string kind;        // "audio", "image"
  std::uint16_t port = 0;  // 0: refused or not used
  unsigned port_count = 1;
  std::string proto;                 // "RTP/AVP"
  std::vector<std::string> formats;  // payload types for RTP profiles, tokens otherwise ("t38")
  std::optional<Connection> connection;
  std::vector<std::string> bandwidth;  // "AS:84"
  std::vector<Attribute> attributes;
  std::vector<Line> others;

  bool is_rtp() const;  // the profile is one of RTP's ("RTP/AVP", "UDP/TLS/RTP/SAVPF")

  // The first attribute of that name, nullptr when absent. Names are case-sensitive (RFC 8866 §5.13).
  const Attribute* attribute(std::string_view name) const;
  bool has(std::string_view name) const { return attribute(name) != nullptr; }
  void remove(std::string_view name);  // all of that name
  void set(std::string_view name, std::string_view value);

  std::optional<Direction> direction() const;  // as stated here; see Session::direction_of
  void set_direction(Direction direction);     // replaces what was stated

  std::optional<Rtcp> rtcp() const;  // nullopt: no (usable) a=rtcp, so port + 1
  bool rtcp_mux() const { return has("rtcp-mux"); }

  // nullopt: a dynamic type without rtpmap, or an absurd one.
  std::optional<RtpMap> rtpmap(std::uint8_t payload_type) const;
  // The parameters of a=fmtp for `payload_type`; empty when there are none.
  std::string_view fmtp(std::uint8_t payload_type) const;
  // Payload types among the formats, in order of preference; what is not 0..127 is left out.
  std::vector<std::uint8_t> payload_types() const;
  std::optional<unsigned> ptime() const;  // milliseconds, 1..1000; anything else counts as absent

  friend bool operator==(const Media&, const Media&) = default;
};

// Id and version are decimal numbers by the RFC, but no number type holds what is sent; compare as text.
struct Origin {
  std::string username = "-";
  std::string session_id = "0";
  std::string session_version = "0";
  bool v6 = false;
  std::string address = "0.0.0.0";
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Session {
  Origin origin;
  std::string name = "-";
  std::optional<Connection> connection;
  std::vector<std::string> bandwidth;
  std::vector<std::string> times = {"0 0"};
  std::vector<Attribute> attributes;
  std::vector<Line> others;
  std::vector<Media> media;

  const Attribute* attribute(std::string_view name) const;
  // The media's own, or the session's; nullptr when neither is there.
  const Connection* connection_of(const Media& stream) const;
  // The media's own, or the session's, or sendrecv. An unspecified connection address is left to the caller.
  Direction direction_of(const Media& stream) const;

  friend bool operator==(const Session&, const Session&) = default;
};

Result<Session, ParseError> parse(std::string_view text, const Limits& limits = {});

// Clears `out`, keeps its capacity. False, and `out` is empty, when a value could break out of its line
// (CR, LF, NUL) or of its field (blanks in a token).
bool write(const Session& session, std::string& out);

}  // namespace warp::sdp
