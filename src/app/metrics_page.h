// docs/metrics.md: what the daemon's registry holds, with what to alarm on. Name, type, labels and meaning
// come from the registry; the alarms stand in the table of metrics_page.cpp, which must name every metric.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/metrics.h"

namespace warp::app {

struct MetricNote {
  std::string_view name;
  std::string_view alarm;  // empty: nothing by itself, for reading along with others
};
std::span<const MetricNote> metric_notes();  // sorted by name

// What the table and the registry do not have in common: a sentence each.
std::vector<std::string> undocumented(const std::vector<metrics::Registry::Family>& families);

std::string metrics_markdown(const std::vector<metrics::Registry::Family>& families);

}  // namespace warp::app
