// What is done with an uploaded deck apart from the database: reading it, and saying what it would change. On
// a thread of its own; no I/O but the file's.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/rating/deck_csv.h"
#include "warp/rating/deck_diff.h"
#include "warp/routing/snapshot.h"
#include "warp/store/rate_plans.h"

namespace warp::app {

struct LoadedDeck {
  std::optional<std::vector<domain::Rate>> lines;
  rating::DeckCsvError faults;      // when there are no lines
  std::vector<rating::Area> areas;  // that lines asked for
};

// Areas that `prefixes` does not know are put down in `areas`, and read again later.
using AreaTable = std::map<std::string, std::vector<std::string>>;
std::string key_of(const rating::Area& area);
LoadedDeck read_deck(const std::string& path, rating::DeckCsvSettings settings, const AreaTable& prefixes);

std::string faults_json(const rating::DeckCsvError& faults);

struct DeckComparison {
  domain::RatePlan plan;                // of the import, without lines
  std::vector<domain::RatePlan> plans;  // all
  store::DeckLines before;
  std::shared_ptr<const routing::Snapshot> snapshot;  // null: no alarms
  rating::FxTable fx;
  WallTime at{};
};
// {"new": n, …, "samples": {…}, "means": {…}, "margin_alarms": {"total": n, "samples": […]}}
std::string compare_json(const DeckComparison& with, const std::vector<domain::Rate>& after);

}  // namespace warp::app
