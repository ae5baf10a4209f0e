#include "warp/routing/numbers.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"
#include "warp/routing/decision.h"

namespace warp::routing {
namespace {

using domain::IdentityPolicy;
using domain::NumberClass;
using domain::NumberFormat;
using domain::NumberStage;
using domain::NumberSubject;

constexpr std::size_t kFewestRewritten = 3;
constexpr std::size_t kMostRewritten = 15;
constexpr std::string_view kNanp = "1";

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

bool is_number(std::string_view text) {
  return text.size() <= kLongestNumber && !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || c == '+' || c == '*' || c == '#';
         });
}

void note(Trace* trace, std::string what, std::string_view before, std::string_view after) {
  if (trace != nullptr) trace->push_back({std::move(what), std::string(before), std::string(after)});
}

std::string by_rules(const NumberRules* rules, NumberStage stage, NumberSubject subject, std::string number,
                     Trace* trace) {
  if (rules == nullptr) return number;
  for (const auto& rule : rules->rules) {
    if (rule.row.stage != stage || rule.row.subject != subject) continue;
    auto changed = apply(*rule.pattern, rule.row.replacement, number);
    if (!changed) continue;
    if (trace != nullptr) note(trace, "rule " + rule.row.id.to_string(), number, *changed);
    number = std::move(*changed);
  }
  return number;
}

// As routing::normalise() reads numbers without being told of a country.
bool is_usual(const IdentityPolicy& policy) {
  return policy.country_code == kNanp && policy.national_prefix == kNanp &&
         policy.international_prefix == "011";
}

bool takes_prefix(std::string_view& number, std::string_view prefix) {
  if (prefix.empty() || !number.starts_with(prefix)) return false;
  number.remove_prefix(prefix.size());
  return true;
}

std::optional<std::string> checked(std::string digits) {
  if (digits.size() < kFewestRewritten || digits.size() > kMostRewritten || digits.front() == '0' ||
      !all_digits(digits))
    return std::nullopt;
  return digits;
}

std::optional<std::string> by_plan(const IdentityPolicy& policy, std::string_view number) {
  if (is_usual(policy)) return normalise(number);
  if (takes_prefix(number, "+") || takes_prefix(number, policy.international_prefix))
    return checked(std::string(number));
  const bool nanp = policy.country_code == kNanp;
  if (nanp && number.size() == 10 && number[0] >= '2') return checked("1" + std::string(number));
  if (!nanp && takes_prefix(number, policy.national_prefix))
    return checked(policy.country_code + std::string(number));
  return checked(std::string(number));
}

std::string formatted(const IdentityPolicy& policy, NumberFormat format, std::string_view e164,
                      std::string_view received) {
  switch (format) {
    case NumberFormat::AsReceived:
      return std::string(received);
    case NumberFormat::E164:
      return std::string(e164);
    case NumberFormat::E164Plus:
      return "+" + std::string(e164);
    case NumberFormat::TechPrefix:
      return policy.tech_prefix + std::string(e164);
    case NumberFormat::National:
      if (e164.starts_with(policy.country_code))
        return policy.national_prefix + std::string(e164.substr(policy.country_code.size()));
      return policy.international_prefix + std::string(e164);
  }
  return std::string(e164);
}

// Area codes of the North American plan that no country's subscriber pays a long-distance call for.
bool is_toll_free(std::string_view e164) {
  constexpr std::array<std::string_view, 7> kAreas{"800", "833", "844", "855", "866", "877", "888"};
  return e164.size() == 11 && std::find(kAreas.begin(), kAreas.end(), e164.substr(1, 3)) != kAreas.end();
}

// Countries and islands of the plan that are neither the United States nor Canada.
bool is_abroad(std::string_view e164) {
  constexpr std::array<std::string_view, 21> kAreas{"242", "246", "264", "268", "284", "345", "441",
                                                    "473", "649", "658", "664", "721", "758", "767",
                                                    "784", "809", "829", "849", "868", "869", "876"};
  return e164.size() >= 4 && std::find(kAreas.begin(), kAreas.end(), e164.substr(1, 3)) != kAreas.end();
}

domain::NumberClasses bit(NumberClass one) {
  return static_cast<domain::NumberClasses>(one);
}

}  // namespace

Peer peer_of(const Snapshot& snapshot, const domain::Trunk& trunk) {
  return {&trunk.sip.identity, snapshot.number_rules(trunk.id.value)};
}

Peer peer_of(const Snapshot& snapshot, const domain::Provider& provider) {
  return {&provider.sip.identity, snapshot.number_rules(provider.id.value), provider.strip_digits,
          provider.add_digits};
}

std::optional<std::string> apply(const Pattern& pattern, std::string_view replacement,
                                 std::string_view number) {
  if (!pattern.matches(number)) return std::nullopt;
  auto changed = pattern.replace(number, replacement, kLongestNumber);
  if (!changed || !is_number(*changed)) return std::nullopt;
  return changed;
}

std::optional<std::string> enter(const Peer& from, NumberSubject subject, std::string_view dialled,
                                 Trace* trace) {
  const IdentityPolicy& policy = *from.policy;
  if (subject == NumberSubject::Called && !policy.tech_prefix.empty()) {
    const auto before = dialled;
    if (!takes_prefix(dialled, policy.tech_prefix)) return std::nullopt;
    if (trace != nullptr) note(trace, "tech prefix " + policy.tech_prefix, before, dialled);
  }
  if (from.rules == nullptr && trace == nullptr) return by_plan(policy, dialled);
  const std::string ruled = by_rules(from.rules, NumberStage::Entry, subject, std::string(dialled), trace);
  auto e164 = by_plan(policy, ruled);
  if (e164 && *e164 != ruled) note(trace, "E.164 by country code " + policy.country_code, ruled, *e164);
  return e164;
}

std::string leave(const Peer& towards, NumberSubject subject, std::string_view e164,
                  std::string_view received, Trace* trace) {
  const IdentityPolicy& policy = *towards.policy;
  const bool called = subject == NumberSubject::Called;
  if (e164.empty()) return std::string(received);
  auto number = formatted(policy, called ? policy.called_format : policy.calling_format, e164, received);
  if (trace != nullptr && number != e164) note(trace, "format", e164, number);
  if (called && (!towards.strip.empty() || !towards.add.empty())) {
    std::string_view rest = number;
    takes_prefix(rest, towards.strip);
    auto changed = std::string(towards.add) + std::string(rest);
    if (trace != nullptr && changed != number) note(trace, "strip and add of the provider", number, changed);
    number = std::move(changed);
  }
  return by_rules(towards.rules, NumberStage::Exit, subject, std::move(number), trace);
}

domain::NumberClasses classes_of(std::string_view country_code, std::string_view ani, std::string_view dni) {
  if (!dni.starts_with(country_code)) return bit(NumberClass::International);
  if (country_code != kNanp) return bit(NumberClass::Domestic) | bit(NumberClass::Local);
  if (is_toll_free(dni)) return bit(NumberClass::TollFree);
  if (is_abroad(dni)) return bit(NumberClass::International);
  const bool same_area = ani.size() == 11 && dni.size() == 11 && ani.substr(0, 4) == dni.substr(0, 4);
  return same_area ? bit(NumberClass::Local) | bit(NumberClass::Domestic) : bit(NumberClass::Domestic);
}

}  // namespace warp::routing
