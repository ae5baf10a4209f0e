#include "warp/sdp/ice.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "fields.h"

namespace warp::sdp {
namespace {

constexpr std::size_t kMostCredential = 256, kMostFoundation = 32, kMostCandidateAddress = 255;
constexpr std::uint32_t kMostPriority = 0x7fffffff;

bool is_ice_chars(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::all_of(text.begin(), text.end(), [](char c) {
           const char lower = ascii_lower(c);
           return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '+' || c == '/';
         });
}

// An address or a host name: nothing that could leave its field or line.
bool is_candidate_address(std::string_view text) {
  return !text.empty() && text.size() <= kMostCandidateAddress &&
         std::all_of(text.begin(), text.end(), [](char c) {
           const char lower = ascii_lower(c);
           return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '.' || c == ':' || c == '-' ||
                  c == '_';
         });
}

bool is_candidate_transport(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-';
  });
}

constexpr CandidateType kCandidateTypes[] = {CandidateType::Host, CandidateType::ServerReflexive,
                                             CandidateType::PeerReflexive, CandidateType::Relayed};

std::optional<CandidateType> candidate_type(std::string_view name) {
  for (const auto type : kCandidateTypes)
    if (iequals(to_string(type), name)) return type;
  return std::nullopt;
}

// name value pairs behind the type: raddr and rport are kept. False: a name without a value, or an absurd
// one.
bool read_extensions(std::string_view rest, Candidate& candidate) {
  for (auto name = next_field(rest); !name.empty(); name = next_field(rest)) {
    const auto value = next_field(rest);
    if (value.empty()) return false;
    if (iequals(name, "raddr")) {
      if (!is_candidate_address(value)) return false;
      candidate.related_address = value;
    } else if (iequals(name, "rport")) {
      const auto port = parse_number<std::uint16_t>(value);
      if (!port) return false;
      candidate.related_port = *port;
    }
  }
  // A port says nothing without its address.
  if (candidate.related_address.empty()) candidate.related_port = 0;
  return true;
}

const Attribute* ice_attribute(const Session& session, const Media& stream, std::string_view name) {
  const auto* own = stream.attribute(name);
  return own ? own : session.attribute(name);
}

}  // namespace

bool is_ice_ufrag(std::string_view text) {
  return is_ice_chars(text, 4, kMostCredential);
}
bool is_ice_password(std::string_view text) {
  return is_ice_chars(text, 22, kMostCredential);
}

std::optional<IceCredentials> ice_credentials_of(const Session& session, const Media& stream) {
  const auto* ufrag = ice_attribute(session, stream, "ice-ufrag");
  const auto* password = ice_attribute(session, stream, "ice-pwd");
  if (!ufrag || !password) return std::nullopt;
  IceCredentials credentials{std::string(trim(ufrag->value)), std::string(trim(password->value))};
  if (!is_ice_ufrag(credentials.ufrag) || !is_ice_password(credentials.password)) return std::nullopt;
  return credentials;
}

bool is_ice_lite(const Session& session) {
  return session.attribute("ice-lite") != nullptr;
}

std::string_view to_string(CandidateType type) {
  switch (type) {
    case CandidateType::Host:
      return "host";
    case CandidateType::ServerReflexive:
      return "srflx";
    case CandidateType::PeerReflexive:
      return "prflx";
    case CandidateType::Relayed:
      return "relay";
  }
  return "";
}

std::uint32_t candidate_priority(CandidateType type, std::uint16_t local_preference,
                                 std::uint16_t component) {
  constexpr std::uint32_t kPreferences[] = {126, 100, 110, 0};
  return kPreferences[static_cast<std::size_t>(type)] << 24 | std::uint32_t{local_preference} << 8 |
         ((256u - component) & 0xffu);
}

std::optional<Candidate> parse_candidate(std::string_view value) {
  Candidate candidate;
  candidate.foundation = next_field(value);
  const auto component = parse_number<std::uint16_t>(next_field(value), 1, 256);
  candidate.transport = next_field(value);
  const auto priority = parse_number<std::uint32_t>(next_field(value), 1, kMostPriority);
  candidate.address = next_field(value);
  const auto port = parse_number<std::uint16_t>(next_field(value));
  const auto typ = next_field(value);
  const auto type = candidate_type(next_field(value));
  if (!component || !priority || !port || typ != "typ" || !type) return std::nullopt;
  if (!is_ice_chars(candidate.foundation, 1, kMostFoundation) ||
      !is_candidate_transport(candidate.transport) || !is_candidate_address(candidate.address) ||
      !read_extensions(value, candidate))
    return std::nullopt;
  candidate.component = *component;
  candidate.priority = *priority;
  candidate.port = *port;
  candidate.type = *type;
  return candidate;
}

std::string write_candidate(const Candidate& candidate) {
  const auto number = [](auto value) { return std::to_string(value); };
  auto out = candidate.foundation + ' ' + number(candidate.component) + ' ' + candidate.transport + ' ' +
             number(candidate.priority) + ' ' + candidate.address + ' ' + number(candidate.port) + " typ " +
             std::string(to_string(candidate.type));
  if (!candidate.related_address.empty())
    out += " raddr " + candidate.related_address + " rport " + number(candidate.related_port);
  const auto again = parse_candidate(out);
  return again && *again == candidate ? out : std::string();
}

}  // namespace warp::sdp
