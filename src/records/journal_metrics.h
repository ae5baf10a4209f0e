// The journal's metrics, looked up once.
#pragma once

#include "warp/base/metrics.h"

namespace warp::records {

struct JournalMetrics {
  explicit JournalMetrics(metrics::Registry& registry);

  metrics::Counter& answered;
  metrics::Counter& finals;
  metrics::Counter& octets;
  metrics::Counter& groups;
  metrics::Counter& failures;
  metrics::Counter& refused;
  metrics::Counter& duplicates;
  metrics::Counter& lost;
  metrics::Counter& torn;
  metrics::Counter& skipped;
  metrics::Histogram& group_entries;
  metrics::Histogram& group_seconds;
  metrics::Gauge& queued;
  metrics::Gauge& disk;
  metrics::Gauge& open_drafts;
  metrics::Gauge& backlog;
  metrics::Gauge& writable;
};

}  // namespace warp::records
