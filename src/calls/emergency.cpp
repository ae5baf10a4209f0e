#include "emergency.h"

#include <array>

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

#include "identity.h"
#include "multipart.h"
#include "pidf_lo.h"
#include "record.h"
#include "tag.h"

namespace warp::calls {

namespace {

constexpr std::string_view kService = "urn:service:sos";
constexpr std::size_t kLongestDialled = 32;

// "urn:service:sos", "urn:service:sos.fire"
bool is_service(std::string_view uri) {
  return uri.size() >= kService.size() && iequals(uri.substr(0, kService.size()), kService) &&
         (uri.size() == kService.size() || uri[kService.size()] == '.');
}

// The user part of sip:, sips: and the number of tel:, without parameters.
std::string_view dialled_part(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos) return {};
  const bool telephone = iequals(uri.substr(0, colon), "tel");
  uri.remove_prefix(colon + 1);
  const auto end = uri.find_first_of(telephone ? ";?" : ";@");
  if (!telephone && uri.find('@') == std::string_view::npos) return {};
  return uri.substr(0, end);
}

struct Dialled {
  std::array<char, kLongestDialled> digits;
  std::size_t count = 0;
  std::string_view view() const { return {digits.data(), count}; }
};

// Without visual separators and a leading '+'; empty when it is longer than any emergency number can be.
Dialled read_dialled(std::string_view text) {
  Dialled out;
  if (text.size() > kLongestDialled) return out;
  for (const char c : text)
    if (c != '-' && c != '.' && c != '(' && c != ')' && !(c == '+' && out.count == 0))
      out.digits[out.count++] = c;
  return out;
}

// The configured number that was dialled; empty: none.
std::string_view listed(const EmergencySettings& settings, std::string_view number,
                        const domain::Trunk* trunk) {
  for (const auto& one : settings.numbers)
    if (one == number) return one;
  for (const auto& [country, one] : settings.of_countries)
    if (one == number && (trunk == nullptr || trunk->sip.identity.country_code == country)) return one;
  return {};
}

std::string_view find(const EmergencySettings& settings, std::string_view request_uri,
                      const domain::Trunk* trunk) {
  const auto dialled = read_dialled(dialled_part(request_uri));
  auto number = dialled.view();
  if (number.empty()) return {};
  if (const auto found = listed(settings, number, trunk); !found.empty()) return found;
  if (trunk == nullptr || trunk->sip.identity.tech_prefix.empty()) return {};
  if (!number.starts_with(trunk->sip.identity.tech_prefix)) return {};
  number.remove_prefix(trunk->sip.identity.tech_prefix.size());
  return listed(settings, number, trunk);
}

// Of the number that calls, or of the one that is put in its place; and the customer's own.
const domain::EmergencyLocation* location_of(const Call& call) {
  const Setup& setup = *call.setup;
  std::string_view replaced = setup.source_trunk->sip.identity.caller_id;
  if (replaced.starts_with('+')) replaced.remove_prefix(1);
  for (const std::string_view number : {std::string_view(call.record.ani_e164), replaced}) {
    const auto* location = number.empty() ? nullptr : setup.snapshot->emergency_location(number);
    if (location != nullptr && location->customer == call.record.customer) return location;
  }
  return nullptr;
}

constexpr std::string_view kPidf = "application/pidf+xml";
constexpr std::size_t kLargestOwnLocation = 8192;

// What the caller's side sent itself, when it is believed.
std::string_view own_location(const Setup& setup) {
  if (!setup.source_trunk->sip.identity.trusted) return {};
  const sip::Message& request = setup.invite.request;
  const auto part = find_part(request.content_type(), request.body(), kPidf);
  return part && part->content.size() <= kLargestOwnLocation ? part->content : std::string_view();
}

void append_part(std::string& out, std::string_view boundary, std::string_view type, std::string_view id,
                 std::string_view content) {
  out.append("--").append(boundary).append("\r\nContent-Type: ").append(type);
  if (!id.empty()) out.append("\r\nContent-ID: <").append(id).append(">");
  out.append("\r\n\r\n").append(content).append("\r\n");
}

}  // namespace

bool is_emergency(const EmergencySettings& settings, std::string_view request_uri,
                  const domain::Trunk* trunk) {
  return is_service(request_uri) || !find(settings, request_uri, trunk).empty();
}

std::string emergency_number(const EmergencySettings& settings, const sip::Message& request,
                             const domain::Trunk* trunk) {
  if (!is_service(request.request_uri())) return std::string(find(settings, request.request_uri(), trunk));
  return settings.numbers.empty() ? std::string() : settings.numbers.front();
}

bool take_emergency(const Context& context, Call& call) {
  const Setup& setup = *call.setup;
  const sip::Message& request = setup.invite.request;
  if (!is_emergency(context.settings.emergency, request, setup.source_trunk)) return false;
  call.emergency = true;
  call.record.facts->emergency = true;
  call.record.direction = domain::Direction::Outbound;
  const auto target = sip::Uri::parse(request.request_uri());
  call.record.dni = clipped(target ? target->user : request.request_uri());
  call.record.dni_e164 = emergency_number(context.settings.emergency, request, setup.source_trunk);
  // Whoever calls for help waits as long as they want to, and talks as long as it takes.
  call.ring_timeout = call.max_duration = std::chrono::seconds::zero();
  // Nothing that these find is a reason to refuse.
  static_cast<void>(read_identity(call));
  static_cast<void>(apply_caller_id(call));
  return true;
}

std::optional<Refusal> decide_emergency(Context& context, Call& call) {
  Setup& setup = *call.setup;
  const auto& wanted = context.settings.emergency.partition;
  setup.decision = routing::decide_emergency(
      *setup.snapshot, wanted.empty() ? nullptr : setup.snapshot->partition_named(wanted),
      context.ids.next64());
  setup.decision.trunk = setup.source_trunk;
  context.metrics.emergency.add();
  context.log.warning("calls.emergency", {{"call", call.record.call},
                                          {"number", call.record.dni_e164},
                                          {"ani", call.record.ani_e164},
                                          {"customer", call.record.customer},
                                          {"trunk", call.record.trunk},
                                          {"located", location_of(call) != nullptr},
                                          {"endpoints", setup.decision.candidates.size()}});
  if (setup.decision.reason == domain::Reason::NormalClearing) return std::nullopt;
  return Refusal{.reason = setup.decision.reason};
}

std::optional<LocatedBody> add_location(const Context& context, const Call& call, sip::Writer& writer,
                                        std::string_view description) {
  const auto* registered = location_of(call);
  const auto sent = registered == nullptr ? own_location(*call.setup) : std::string_view();
  if (registered == nullptr && sent.empty()) return std::nullopt;
  const Attempt& attempt = call.setup->attempt;
  const std::string boundary = "warp-" + tag_text(call.leg(Side::Callee).tag);
  const std::string id = "location@" + attempt.far_call_id.substr(attempt.far_call_id.find('@') + 1);
  writer.header("Geolocation", "<cid:" + id + ">");
  writer.header("Geolocation-Routing", "yes");
  writer.header("MIME-Version", "1.0");
  LocatedBody out{"multipart/mixed;boundary=" + boundary, {}};
  if (!description.empty()) append_part(out.body, boundary, "application/sdp", {}, description);
  append_part(out.body, boundary, kPidf, id,
              registered != nullptr ? pidf_lo(*registered, attempt.from_uri, context.clock.wall())
                                    : std::string(sent));
  out.body.append("--").append(boundary).append("--\r\n");
  return out;
}

}  // namespace warp::calls
