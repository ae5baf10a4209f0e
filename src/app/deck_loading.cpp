#include "app/deck_loading.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "warp/api/json.h"

namespace warp::app {
namespace {

using api::Json;
using rating::DeckDiff;

constexpr std::size_t kPiece = 1 << 20;

// Decimal strings: what stands in the database is read as JSON again, and no price may pass through a float.
Json decimal(Money amount) {
  return amount.to_string();
}
Json price(const std::optional<Money>& amount) {
  return amount ? decimal(*amount) : Json();
}

Json samples_of(const std::vector<DeckDiff::Sample>& samples) {
  auto out = Json::array();
  for (const auto& sample : samples) {
    Json row;
    row["prefix"] = sample.prefix;
    row["schedule_id"] = sample.schedule == 0 ? Json() : Json(sample.schedule);
    row["jurisdiction"] = domain::to_string(sample.jurisdiction);
    row["before"] = price(sample.before);
    row["after"] = price(sample.after);
    out.push_back(std::move(row));
  }
  return out;
}

Json means_of(const DeckDiff& diff) {
  Json out;
  for (std::size_t one = 0; one < diff.means.size(); ++one) {
    const auto& mean = diff.means[one];
    Json row;
    row["lines_before"] = mean.lines_before;
    row["lines"] = mean.lines;
    row["before"] = decimal(mean.before);
    row["after"] = decimal(mean.after);
    out[std::string(domain::to_string(static_cast<domain::Jurisdiction>(one)))] = std::move(row);
  }
  return out;
}

Json alarms_of(const rating::MarginAlarms& alarms) {
  Json out;
  out["total"] = alarms.total;
  out["samples"] = Json::array();
  for (const auto& alarm : alarms.samples) {
    Json row;
    row["prefix"] = alarm.prefix;
    row["jurisdiction"] = domain::to_string(alarm.jurisdiction);
    row["price"] = decimal(alarm.price);
    row["other"] = decimal(alarm.other);
    out["samples"].push_back(std::move(row));
  }
  return out;
}

rating::MarginAlarms alarms_against(const DeckComparison& with, const std::vector<domain::Rate>& lines) {
  std::vector<std::shared_ptr<const rating::Deck>> others;
  if (with.snapshot)
    for (const auto& plan : with.plans)
      if (plan.kind != with.plan.kind)
        if (const auto* deck = with.snapshot->deck(plan.id)) others.emplace_back(with.snapshot, deck);
  return rating::margin_alarms(lines, with.plan, others, with.fx, with.at);
}

// As the table's key has them: the database then adds at the end of its index alone. No two are for the same,
// so their order says nothing else.
void sort_as_stored(std::vector<domain::Rate>& lines) {
  const auto before = [](const domain::Rate& a, const domain::Rate& b) {
    if (const int order = a.prefix.compare(b.prefix); order != 0) return order < 0;
    return std::tie(a.effective_from, a.jurisdictions, a.schedule) <
           std::tie(b.effective_from, b.jurisdictions, b.schedule);
  };
  if (!std::is_sorted(lines.begin(), lines.end(), before)) std::sort(lines.begin(), lines.end(), before);
}

}  // namespace

std::string key_of(const rating::Area& area) {
  return area.state + '/' + std::to_string(area.lata) + '/' + area.ocn + '/' + area.rate_centre;
}

LoadedDeck read_deck(const std::string& path, rating::DeckCsvSettings settings, const AreaTable& prefixes) {
  LoadedDeck out;
  std::map<std::string, rating::Area> asked;
  settings.areas = [&](const rating::Area& area) -> std::vector<std::string> {
    const auto key = key_of(area);
    if (const auto known = prefixes.find(key); known != prefixes.end()) return known->second;
    asked.emplace(key, area);
    return {};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) {
    out.faults.total = 1;
    out.faults.issues.push_back({0, "", "the file is no longer there", "upload it again"});
    return out;
  }
  rating::DeckCsvReader reader(settings);
  std::string piece(kPiece, '\0');
  while (const auto count = std::fread(piece.data(), 1, piece.size(), file.get()))
    reader.feed(std::string_view(piece.data(), count));
  auto lines = reader.finish();
  if (lines) {
    sort_as_stored(*lines);
    out.lines = std::move(*lines);
  } else {
    out.faults = lines.error();
  }
  for (const auto& [key, area] : asked)
    out.areas.push_back(area);
  return out;
}

std::string faults_json(const rating::DeckCsvError& faults) {
  auto out = Json::array();
  for (const auto& issue : faults.issues) {
    Json row;
    row["line"] = issue.line;
    row["column"] = issue.column;
    row["problem"] = issue.problem;
    row["cure"] = issue.cure;
    out.push_back(std::move(row));
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string compare_json(const DeckComparison& with, const std::vector<domain::Rate>& after) {
  const auto diff = rating::diff_decks(*with.before, after, with.at);
  Json out;
  Json samples;
  for (std::size_t kind = 0; kind < DeckDiff::kKinds; ++kind) {
    const std::string name(to_string(static_cast<DeckDiff::Kind>(kind)));
    out[name] = diff.counts[kind];
    samples[name] = samples_of(diff.samples[kind]);
  }
  out["samples"] = std::move(samples);
  out["means"] = means_of(diff);
  out["margin_alarms"] = alarms_of(alarms_against(with, after));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace warp::app
