// Numbers on their way in and out: what a side dials becomes E.164 digits, and E.164 becomes what a side
// wants to see. By the side's identity policy, then by its rules. Pure functions over a Snapshot;
// docs/sip/numbers.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/pattern.h"
#include "warp/domain/catalogue.h"
#include "warp/routing/snapshot.h"

namespace warp::routing {

inline constexpr std::size_t kLongestNumber = 64;

// The rules of one trunk or provider, compiled, by stage, subject and position.
struct NumberRules {
  struct Rule {
    domain::NumberRule row;
    std::shared_ptr<const Pattern> pattern;  // shared with the snapshots before and after
  };
  std::vector<Rule> rules;
};

// What one step did to a number.
struct TranslationStep {
  std::string what;  // "tech prefix 9999#", "rule 0190…"
  std::string before, after;
};
using Trace = std::vector<TranslationStep>;

// One side of a call, as its numbers go.
struct Peer {
  const domain::IdentityPolicy* policy = nullptr;
  const NumberRules* rules = nullptr;     // null: none
  std::string_view strip = {}, add = {};  // of a provider's called numbers, after their format
};
Peer peer_of(const Snapshot& snapshot, const domain::Trunk& trunk);
Peer peer_of(const Snapshot& snapshot, const domain::Provider& provider);

// Digits as they came (no separators, a '+' may lead) to E.164 digits: the tech prefix comes off a called
// number, then the entry rules, then the prefixes of national and international numbers. nullopt: no
// telephone number, or one without the tech prefix that must lead it.
std::optional<std::string> enter(const Peer& from, domain::NumberSubject subject, std::string_view dialled,
                                 Trace* trace = nullptr);
// E.164 digits in the side's format, then its strip and add, then the exit rules, whose result goes out as it
// is. `received`: as the other side wrote it, for NumberFormat::AsReceived and for what is no telephone
// number.
std::string leave(const Peer& towards, domain::NumberSubject subject, std::string_view e164,
                  std::string_view received, Trace* trace = nullptr);

// One rule on one number; nullopt: it does not match, or makes no number of it.
std::optional<std::string> apply(const Pattern& pattern, std::string_view replacement,
                                 std::string_view number);

// The classes that a call from `ani` (E.164, may be empty) to `dni` belongs to, each enough by itself.
domain::NumberClasses classes_of(std::string_view country_code, std::string_view ani, std::string_view dni);
inline bool may_call(const domain::Trunk& trunk, std::string_view ani, std::string_view dni) {
  return trunk.number_classes == 0 ||
         (classes_of(trunk.sip.identity.country_code, ani, dni) & trunk.number_classes) != 0;
}

}  // namespace warp::routing
