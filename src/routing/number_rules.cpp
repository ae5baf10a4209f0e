#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "snapshot_impl.h"

namespace warp::routing {
namespace {

using Rule = NumberRules::Rule;

// Patterns of the snapshot before, by what was written.
using Kept = std::unordered_map<std::string_view, std::shared_ptr<const Pattern>>;

Kept kept_of(const std::unordered_map<Uuid, NumberRules>& before) {
  Kept kept;
  for (const auto& [owner, rules] : before)
    for (const auto& rule : rules.rules)
      kept.emplace(rule.row.pattern, rule.pattern);
  return kept;
}

// Null for what does not compile: the API took it under an older RE2.
std::shared_ptr<const Pattern> pattern_of(const domain::NumberRule& row, const Kept& kept) {
  std::shared_ptr<const Pattern> pattern;
  if (const auto found = kept.find(row.pattern); found != kept.end())
    pattern = found->second;
  else if (auto compiled = Pattern::compile(row.pattern))
    pattern = std::make_shared<const Pattern>(std::move(*compiled));
  return pattern && !pattern->check_replacement(row.replacement) ? pattern : nullptr;
}

bool rule_before(const Rule& a, const Rule& b) {
  return std::tie(a.row.stage, a.row.subject, a.row.position, a.row.id) <
         std::tie(b.row.stage, b.row.subject, b.row.position, b.row.id);
}

}  // namespace

void Snapshot::Impl::compile_number_rules(const Snapshot* previous) {
  if (catalogue.number_rules.empty()) return;
  const Kept kept = previous ? kept_of(previous->impl_->number_rules) : Kept();
  for (auto& row : catalogue.number_rules) {
    auto pattern = pattern_of(row, kept);
    if (!pattern) continue;
    auto& rules = number_rules[row.owner].rules;
    rules.push_back({std::move(row), std::move(pattern)});
  }
  catalogue.number_rules.clear();
  for (auto& [owner, rules] : number_rules)
    std::sort(rules.rules.begin(), rules.rules.end(), rule_before);
}

void Snapshot::Impl::compile_locations() {
  for (const auto& location : catalogue.emergency_locations)
    locations.emplace(location.e164, &location);
}

const NumberRules* Snapshot::number_rules(const Uuid& owner) const {
  if (impl_->number_rules.empty()) return nullptr;
  const auto found = impl_->number_rules.find(owner);
  return found == impl_->number_rules.end() ? nullptr : &found->second;
}

const domain::EmergencyLocation* Snapshot::emergency_location(std::string_view e164) const {
  const auto found = impl_->locations.find(e164);
  return found == impl_->locations.end() ? nullptr : found->second;
}

const domain::Partition* Snapshot::partition_named(std::string_view name_or_id) const {
  for (const auto& partition : impl_->catalogue.partitions)
    if (partition.name == name_or_id) return &partition;
  const auto id = PartitionId::parse(name_or_id);
  return id ? partition(*id) : nullptr;
}

}  // namespace warp::routing
