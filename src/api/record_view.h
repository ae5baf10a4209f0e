// Detail records as answers and CSV lines show them, and the query that all record paths share.
#pragma once

#include "warp/store/record_repository.h"

#include "services.h"

namespace warp::api {

// Operators see what the call cost, who carried it and what was tried; customers do not.
Json show_record(const domain::CallRecord& record, bool for_operator);
Schema record_schema();

std::string csv_header();
std::string csv_line(const domain::CallRecord& record);
// Quoted where needed; what a spreadsheet would run as a formula begins with an apostrophe.
std::string csv_field(std::string_view text);

// start_date, end_date, tz_offset_minutes.
std::vector<Field> range_fields();
std::vector<Field> filter_fields();
struct RecordRange {
  WallTime from{}, to{};
  int offset_minutes = 0;
};
Outcome<RecordRange> read_range(const Json& query, WallTime now);
// A whole number after normalising, or a prefix with a trailing '*'; empty: absent.
Outcome<std::string> number_filter(const Json& query, const char* name);
Outcome<store::RecordFilter> read_filter(const Call& call, WallTime now);

}  // namespace warp::api
