#include "capabilities.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

namespace warp::calls {

namespace {

struct Name {
  Option option;
  std::string_view text;
};
constexpr std::array<Name, 3> kExtensionNames{
    {{Option::Reliable, "100rel"}, {Option::Timer, "timer"}, {Option::Replaces, "replaces"}}};

// By the set; so that saying it costs nothing.
constexpr std::array<std::string_view, 8> kSupported{
    "",         "100rel",           "timer",           "100rel, timer",
    "replaces", "100rel, replaces", "timer, replaces", "100rel, timer, replaces"};

std::string_view text_of(Option option) {
  return std::find_if(kExtensionNames.begin(), kExtensionNames.end(),
                      [option](const Name& n) { return n.option == option; })
      ->text;
}

bool known(std::string_view tag, std::uint8_t options) {
  return std::any_of(kExtensionNames.begin(), kExtensionNames.end(), [&](const Name& name) {
    return (options & bit(name.option)) != 0 && iequals(name.text, tag);
  });
}

// Each item of the lists of one header.
template <class Visit>
void each_item(const sip::Message& message, sip::HeaderId id, Visit visit) {
  if (!message.has(id)) return;
  for (const sip::Header& header : message.headers()) {
    if (header.id != id) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (const auto item = trim(rest.substr(0, comma)); !item.empty()) visit(item);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
}

}  // namespace

std::uint8_t options_of(const domain::SipPolicy& policy) {
  std::uint8_t options = 0;
  if (policy.provisional.reliable != domain::ReliableProvisional::Off) options |= bit(Option::Reliable);
  if (policy.session.timer != domain::SessionTimer::Off) options |= bit(Option::Timer);
  if (policy.session.transfer == domain::TransferPolicy::Execute) options |= bit(Option::Replaces);
  return options;
}

std::string_view supported_options(std::uint8_t options) {
  return options < kSupported.size() ? kSupported[options] : kSupported.back();
}

const domain::SipPolicy& policy_of(const Setup& setup, Side side) {
  if (side == Side::Caller)
    return setup.source_trunk != nullptr ? setup.source_trunk->sip : setup.source_provider->sip;
  const routing::Candidate* candidate = setup.attempt.candidate;
  return candidate != nullptr && candidate->provider != nullptr ? candidate->provider->sip
                                                                : setup.target_trunk->sip;
}

bool lists_option(const sip::Message& message, sip::HeaderId header, Option option) {
  bool found = false;
  const std::string_view text = text_of(option);
  each_item(message, header, [&](std::string_view item) { found = found || iequals(item, text); });
  return found;
}

std::string unsupported_options(const sip::Message& request, std::uint8_t options) {
  std::string missing;
  const auto check = [&](std::string_view item) {
    if (known(item, options)) return;
    if (!missing.empty()) missing += ", ";
    missing += item;
  };
  each_item(request, sip::HeaderId::Require, check);
  each_item(request, sip::HeaderId::ProxyRequire, check);
  return missing;
}

bool accepts_description(const sip::Message& request) {
  bool any = false, found = false;
  each_item(request, sip::HeaderId::Accept, [&](std::string_view item) {
    const std::string_view type = trim(item.substr(0, item.find(';')));
    any = true;
    found = found || iequals(type, "application/sdp") || iequals(type, "application/*") || type == "*/*";
  });
  return found || !any;
}

bool allows(const sip::Message& message, sip::Method method) {
  bool found = false;
  const std::string_view text = sip::to_string(method);
  each_item(message, sip::HeaderId::Allow, [&](std::string_view item) { found = found || item == text; });
  return found;
}

}  // namespace warp::calls
