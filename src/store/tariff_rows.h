// Schedules and rates of exchange as rows, for the catalogue and for their repositories.
#pragma once

#include "warp/domain/tariff_rows.h"
#include "warp/pg/pool.h"

#define SCHEDULE_COLUMNS "id, name, zone, windows::text, holidays::text[]"
#define FX_COLUMNS "base, quote, rate_pico, effective_from"

namespace warp::store {

// Windows: [{"weekdays": 31, "from": "08:00", "to": "18:00"}].
void read_schedule_row(pg::RowReader& row, domain::ScheduleRow& out);
void read_fx_row(pg::RowReader& row, domain::FxRow& out);
std::string windows_json(const std::vector<domain::ScheduleRow::Window>& windows);

}  // namespace warp::store
