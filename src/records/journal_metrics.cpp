#include "journal_metrics.h"

namespace warp::records {
namespace {

constexpr std::string_view kEntries = "warp_records_appended_total";
constexpr std::string_view kEntriesHelp = "Entries made durable in the journal.";

}  // namespace

JournalMetrics::JournalMetrics(metrics::Registry& registry)
    : answered(registry.counter(kEntries, kEntriesHelp, {{"type", "answered"}})),
      finals(registry.counter(kEntries, kEntriesHelp, {{"type", "final"}})),
      octets(registry.counter("warp_records_written_octets_total", "Octets appended to the journal.")),
      groups(registry.counter("warp_records_groups_total",
                              "Groups of entries committed with one write and one fdatasync.")),
      failures(registry.counter("warp_records_write_failures_total",
                                "Writes to the journal that failed (disk full, broken).")),
      refused(registry.counter("warp_records_refused_total",
                               "Drafts of answered calls that were refused or could not be written.")),
      duplicates(registry.counter("warp_records_duplicates_total",
                                  "Entries left out because the call's final record was written before.")),
      lost(registry.counter("warp_records_lost_total",
                            "Final records that could not be written before the daemon stopped.")),
      torn(registry.counter("warp_records_torn_octets_total",
                            "Octets cut off the ends of segments when the journal was opened.")),
      skipped(registry.counter("warp_records_damaged_octets_total",
                               "Octets skipped as damaged in the middle of segments.")),
      group_entries(registry.histogram("warp_records_group_entries", "Entries in one group.",
                                       {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
      group_seconds(registry.histogram("warp_records_group_seconds", "Time to write and sync one group.",
                                       {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5})),
      queued(registry.gauge("warp_records_queued_octets", "Octets waiting in memory to be written.")),
      disk(registry.gauge("warp_records_journal_octets", "Octets of the journal on disk.")),
      open_drafts(
          registry.gauge("warp_records_open_drafts", "Answered calls whose final record is awaited.")),
      backlog(registry.gauge("warp_records_backlog", "Final records on disk that are not yet in Postgres.")),
      writable(registry.gauge("warp_records_writable", "1 when the journal takes records, else 0.")) {}

}  // namespace warp::records
