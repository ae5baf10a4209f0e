#include "quality.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "warp/rating/digit_index.h"

namespace warp::routing {
namespace {

constexpr std::int64_t kWholeShare = 1'000'000'000;
constexpr std::int64_t kLongCall = 600, kLongDelayMs = 10'000;
constexpr std::int64_t kMostWeight = 1'000'000;
constexpr std::size_t kSteps = 4;
constexpr auto kStep = std::chrono::hours(6);

constexpr std::array<std::string_view, 5> kFloors{
    "answered calls below the floor", "network efficiency below the floor",
    "average duration below the floor", "delay after dialling above the ceiling",
    "short calls above the ceiling"};

using Json = nlohmann::json;

template <class T>
void take(const Json& from, const char* name, T& out) {
  const auto found = from.find(name);
  if (found != from.end() && found->is_number_unsigned()) out = found->get<T>();
}

void take_weight(const Json& from, const char* name, std::int64_t& out) {
  std::uint64_t value = 0;
  take(from, name, value);
  out = static_cast<std::int64_t>(std::min<std::uint64_t>(value, kMostWeight));
}

std::int64_t share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  return static_cast<std::int64_t>(std::min(part, whole)) * kWholeShare / static_cast<std::int64_t>(whole);
}

// An hour's counts weigh 8, 4, 2 or 1 eighths.
struct Sum {
  std::uint64_t attempts = 0, answered = 0, network_ok = 0, short_calls = 0, seconds = 0, pdd_ms_sum = 0;

  void add(const Quality& counts, std::uint64_t eighths) {
    attempts += counts.attempts * eighths;
    answered += counts.answered * eighths;
    network_ok += counts.network_ok * eighths;
    short_calls += counts.short_calls * eighths;
    seconds += counts.seconds * eighths;
    pdd_ms_sum += counts.pdd_ms_sum * eighths;
  }
  Quality whole() const {
    const auto small = [](std::uint64_t eighths) {
      return static_cast<std::uint32_t>(std::min<std::uint64_t>(eighths / 8, 0xffffffff));
    };
    return {small(attempts),    small(answered), small(network_ok),
            small(short_calls), seconds / 8,     pdd_ms_sum / 8};
  }
};

}  // namespace

QualityRules QualityRules::parse(std::string_view json) {
  QualityRules rules;
  const auto parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object()) return rules;
  take(parsed, "least_attempts", rules.least_attempts);
  take(parsed, "min_asr_e9", rules.min_asr_e9);
  take(parsed, "min_ner_e9", rules.min_ner_e9);
  take(parsed, "max_short_e9", rules.max_short_e9);
  take(parsed, "min_acd_s", rules.min_acd_s);
  take(parsed, "max_pdd_ms", rules.max_pdd_ms);
  rules.has_floor = rules.min_asr_e9 > 0 || rules.min_ner_e9 > 0 || rules.max_short_e9 < kWholeShare ||
                    rules.min_acd_s > 0 || rules.max_pdd_ms > 0;
  const auto weight = parsed.find("weight");
  if (weight == parsed.end() || !weight->is_object()) return rules;
  Weights weights;
  take_weight(*weight, "asr", weights.asr);
  take_weight(*weight, "ner", weights.ner);
  take_weight(*weight, "acd", weights.acd);
  take_weight(*weight, "pdd", weights.pdd);
  take_weight(*weight, "short", weights.short_calls);
  if (weights.asr + weights.ner + weights.acd + weights.pdd + weights.short_calls > 0) rules.weight = weights;
  return rules;
}

const std::string_view* QualityRules::below(const Quality& quality) const {
  if (share(quality.answered, quality.attempts) < min_asr_e9) return &kFloors[0];
  if (share(quality.network_ok, quality.attempts) < min_ner_e9) return &kFloors[1];
  if (min_acd_s > 0 && quality.seconds < min_acd_s * quality.answered) return &kFloors[2];
  if (max_pdd_ms > 0 && quality.pdd_ms_sum > max_pdd_ms * quality.attempts) return &kFloors[3];
  if (share(quality.short_calls, quality.answered) > max_short_e9) return &kFloors[4];
  return nullptr;
}

std::int64_t QualityRules::score(const Quality& quality) const {
  const auto acd = quality.answered == 0 ? 0 : static_cast<std::int64_t>(quality.seconds / quality.answered);
  const auto pdd =
      quality.attempts == 0 ? 0 : static_cast<std::int64_t>(quality.pdd_ms_sum / quality.attempts);
  const std::array<std::pair<std::int64_t, std::int64_t>, 5> parts{{
      {weight.asr, share(quality.answered, quality.attempts)},
      {weight.ner, share(quality.network_ok, quality.attempts)},
      {weight.acd, std::min(acd, kLongCall) * kWholeShare / kLongCall},
      {weight.pdd, (kLongDelayMs - std::min(pdd, kLongDelayMs)) * (kWholeShare / kLongDelayMs)},
      {weight.short_calls, kWholeShare - share(quality.short_calls, quality.answered)},
  }};
  std::int64_t sum = 0, weights = 0;
  for (const auto& [weighs, value] : parts) {
    sum += weighs * value;  // at most 5e6 * 1e9
    weights += weighs;
  }
  return sum / weights;
}

std::size_t QualityTable::Hash::operator()(const Key& key) const {
  return std::hash<ProviderId>()(key.provider) ^ (key.digits * 0x9E3779B97F4A7C15ull);
}

std::shared_ptr<const QualityTable> QualityTable::weigh(std::span<const QualityHour> hours, WallTime now) {
  std::unordered_map<Key, Sum, Hash> sums;
  for (const auto& hour : hours) {
    const auto digits = rating::PrefixKey::parse(hour.key);
    if (!digits) continue;
    const auto age = std::max(now - hour.hour, WallTime::duration::zero());
    const auto step = static_cast<std::size_t>(age / kStep);
    if (step >= kSteps) continue;
    sums[{hour.provider, digits->bits()}].add(hour.counts, std::uint64_t{8} >> step);
  }
  std::shared_ptr<QualityTable> table(new QualityTable);
  table->loaded_at_ = now;
  for (const auto& [key, sum] : sums)
    table->rows_.emplace(key, sum.whole());
  return table;
}

const Quality* QualityTable::of(ProviderId provider, std::string_view key) const {
  const auto digits = rating::PrefixKey::parse(key);
  if (!digits) return nullptr;
  const auto found = rows_.find({provider, digits->bits()});
  return found == rows_.end() ? nullptr : &found->second;
}

}  // namespace warp::routing
