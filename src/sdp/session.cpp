#include "warp/sdp/session.h"

#include <algorithm>
#include <array>

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "fields.h"

namespace warp::sdp {
namespace {

constexpr std::array<std::string_view, 4> kDirections = {"sendrecv", "sendonly", "recvonly", "inactive"};

std::optional<Direction> direction_from(std::string_view name) {
  for (std::size_t i = 0; i < kDirections.size(); ++i)
    if (kDirections[i] == name) return static_cast<Direction>(i);
  return std::nullopt;
}

std::optional<Direction> direction_in(const std::vector<Attribute>& attributes) {
  for (const auto& attribute : attributes)
    if (const auto direction = direction_from(attribute.name)) return direction;
  return std::nullopt;
}

const Attribute* find(const std::vector<Attribute>& attributes, std::string_view name) {
  for (const auto& attribute : attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

struct StaticType {
  std::uint8_t payload_type;
  RtpMap map;
};
// RFC 3551 tables 4 and 5. G722's clock is 8000 by decree.
constexpr StaticType kStaticTypes[] = {
    {0, {"PCMU", 8000, 1}},   {3, {"GSM", 8000, 1}},    {4, {"G723", 8000, 1}},   {5, {"DVI4", 8000, 1}},
    {6, {"DVI4", 16000, 1}},  {7, {"LPC", 8000, 1}},    {8, {"PCMA", 8000, 1}},   {9, {"G722", 8000, 1}},
    {10, {"L16", 44100, 2}},  {11, {"L16", 44100, 1}},  {12, {"QCELP", 8000, 1}}, {13, {"CN", 8000, 1}},
    {14, {"MPA", 90000, 1}},  {15, {"G728", 8000, 1}},  {16, {"DVI4", 11025, 1}}, {17, {"DVI4", 22050, 1}},
    {18, {"G729", 8000, 1}},  {25, {"CelB", 90000, 1}}, {26, {"JPEG", 90000, 1}}, {28, {"nv", 90000, 1}},
    {31, {"H261", 90000, 1}}, {32, {"MPV", 90000, 1}},  {33, {"MP2T", 90000, 1}}, {34, {"H263", 90000, 1}}};

std::optional<RtpMap> static_type(std::uint8_t payload_type) {
  for (const auto& entry : kStaticTypes)
    if (entry.payload_type == payload_type) return entry.map;
  return std::nullopt;
}

// "PCMU/8000" or "opus/48000/2".
std::optional<RtpMap> read_rtpmap(std::string_view text) {
  constexpr std::uint32_t kMaxClock = 1'000'000;
  const auto slash = text.find('/');
  if (slash == text.npos || slash == 0) return std::nullopt;
  RtpMap map;
  map.encoding = text.substr(0, slash);
  text.remove_prefix(slash + 1);
  const auto second = text.find('/');
  const auto clock = parse_number<std::uint32_t>(text.substr(0, second), 1, kMaxClock);
  if (!clock) return std::nullopt;
  map.clock_rate = *clock;
  if (second == text.npos) return map;
  const auto channels = parse_number<std::uint8_t>(text.substr(second + 1), 1);
  if (!channels) return std::nullopt;
  map.channels = *channels;
  return map;
}

// The rest of the first `name` attribute that begins with `payload_type`.
std::optional<std::string_view> about_type(const std::vector<Attribute>& attributes, std::string_view name,
                                           std::uint8_t payload_type) {
  for (const auto& attribute : attributes) {
    if (attribute.name != name) continue;
    std::string_view rest = attribute.value;
    if (parse_number<std::uint8_t>(next_field(rest)) == payload_type) return trim(rest);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ParseCode code) {
  switch (code) {
    case ParseCode::Empty:
      return "empty";
    case ParseCode::TooLarge:
      return "too_large";
    case ParseCode::TooManyLines:
      return "too_many_lines";
    case ParseCode::TooManyMedia:
      return "too_many_media";
    case ParseCode::TooManyFormats:
      return "too_many_formats";
    case ParseCode::ForbiddenByte:
      return "forbidden_byte";
    case ParseCode::LineSyntax:
      return "line_syntax";
    case ParseCode::Version:
      return "version";
    case ParseCode::Origin:
      return "origin";
    case ParseCode::Connection:
      return "connection";
    case ParseCode::MediaLine:
      return "media_line";
  }
  return "";
}

std::string_view to_string(Direction direction) {
  return kDirections[static_cast<std::size_t>(direction)];
}

Direction reversed(Direction offered) {
  switch (offered) {
    case Direction::SendOnly:
      return Direction::RecvOnly;
    case Direction::RecvOnly:
      return Direction::SendOnly;
    case Direction::SendRecv:
    case Direction::Inactive:
      break;
  }
  return offered;
}

bool Connection::is_unspecified() const {
  if (!v6) return address == "0.0.0.0";
  return !address.empty() && address.find_first_not_of("0:") == std::string::npos;
}

bool Media::is_rtp() const {
  std::string_view rest = proto;
  while (!rest.empty()) {
    const auto part = rest.substr(0, rest.find('/'));
    if (iequals(part, "RTP")) return true;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return false;
}

const Attribute* Media::attribute(std::string_view name) const {
  return find(attributes, name);
}

void Media::remove(std::string_view name) {
  std::erase_if(attributes, [name](const Attribute& attribute) { return attribute.name == name; });
}

void Media::set(std::string_view name, std::string_view value) {
  remove(name);
  attributes.push_back(Attribute{std::string(name), std::string(value)});
}

std::optional<Direction> Media::direction() const {
  return direction_in(attributes);
}

void Media::set_direction(Direction direction) {
  std::erase_if(attributes,
                [](const Attribute& attribute) { return direction_from(attribute.name).has_value(); });
  attributes.push_back(Attribute{std::string(to_string(direction)), {}});
}

std::optional<Rtcp> Media::rtcp() const {
  const auto* stated = attribute("rtcp");
  if (stated == nullptr) return std::nullopt;
  std::string_view rest = stated->value;
  const auto port = parse_number<std::uint16_t>(next_field(rest), 1);
  if (!port) return std::nullopt;
  Rtcp rtcp{*port, std::nullopt};
  if (trim(rest).empty()) return rtcp;
  rtcp.connection = read_connection(rest);
  if (!rtcp.connection) return std::nullopt;
  return rtcp;
}

std::optional<RtpMap> Media::rtpmap(std::uint8_t payload_type) const {
  if (const auto stated = about_type(attributes, "rtpmap", payload_type)) return read_rtpmap(*stated);
  return static_type(payload_type);
}

std::string_view Media::fmtp(std::uint8_t payload_type) const {
  return about_type(attributes, "fmtp", payload_type).value_or(std::string_view{});
}

std::vector<std::uint8_t> Media::payload_types() const {
  std::vector<std::uint8_t> types;
  if (!is_rtp()) return types;
  types.reserve(formats.size());
  for (const auto& format : formats)
    if (const auto type = parse_number<std::uint8_t>(format, 0, 127)) types.push_back(*type);
  return types;
}

std::optional<unsigned> Media::ptime() const {
  constexpr unsigned kMaxPtime = 1000;
  const auto* stated = attribute("ptime");
  return stated == nullptr ? std::nullopt : parse_number<unsigned>(stated->value, 1, kMaxPtime);
}

const Attribute* Session::attribute(std::string_view name) const {
  return find(attributes, name);
}

const Connection* Session::connection_of(const Media& stream) const {
  if (stream.connection) return &*stream.connection;
  return connection ? &*connection : nullptr;
}

Direction Session::direction_of(const Media& stream) const {
  if (const auto own = stream.direction()) return *own;
  return direction_in(attributes).value_or(Direction::SendRecv);
}

}  // namespace warp::sdp
