#include "warp/store/schedules.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "support.h"
#include "tariff_rows.h"

namespace warp::store {
namespace {

using Window = domain::ScheduleRow::Window;

#define ALL_COLUMNS SCHEDULE_COLUMNS ", created_at, updated_at"

constexpr pg::Query kListSchedules{"store.schedule.list",
                                   "SELECT " ALL_COLUMNS " FROM billing.rate_schedules ORDER BY name"};
constexpr pg::Query kGetSchedule{"store.schedule.get",
                                 "SELECT " ALL_COLUMNS " FROM billing.rate_schedules WHERE id = $1"};
constexpr pg::Query kCreateSchedule{
    "store.schedule.create",
    "INSERT INTO billing.rate_schedules (name, zone, windows, holidays) VALUES ($1, "
    "$2, $3::jsonb, $4::text[]::date[]) RETURNING " ALL_COLUMNS};
constexpr pg::Query kUpdateSchedule{
    "store.schedule.update",
    "UPDATE billing.rate_schedules SET name = $2, zone = $3, windows = $4::jsonb, "
    "holidays = $5::text[]::date[] WHERE id = $1 RETURNING " ALL_COLUMNS};
// Lines and routes hold its number without a reference: millions of them would look it up.
constexpr pg::Query kScheduleUsed{
    "store.schedule.used",
    "SELECT EXISTS (SELECT 1 FROM billing.rates WHERE schedule_id = $1) OR EXISTS (SELECT 1 FROM "
    "routing.routes WHERE schedule_id = $1)",
    std::chrono::seconds(30)};
constexpr pg::Query kRemoveSchedule{
    "store.schedule.remove", "DELETE FROM billing.rate_schedules WHERE id = $1 RETURNING " ALL_COLUMNS};

void read(pg::RowReader& row, Schedule& out) {
  read_schedule_row(row, out.row);
  row.next(out.created_at);
  row.next(out.updated_at);
}

std::string clock_text(unsigned minute) {
  char text[16];
  std::snprintf(text, sizeof text, "%02u:%02u", minute / 60, minute % 60);
  return text;
}

std::optional<std::uint16_t> minute_of(const nlohmann::json& window, const char* name) {
  const auto text = window.value(name, std::string());
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_number<unsigned>(std::string_view(text).substr(0, 2), 0, 24);
  const auto minute = parse_number<unsigned>(std::string_view(text).substr(3), 0, 59);
  if (!hour || !minute || *hour * 60 + *minute > 1440) return std::nullopt;
  return static_cast<std::uint16_t>(*hour * 60 + *minute);
}

bool read_windows(std::string_view text, std::vector<Window>& out) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array()) return false;
  for (const auto& item : json) {
    if (!item.is_object()) return false;
    const auto from = minute_of(item, "from"), to = minute_of(item, "to");
    const auto days = item.value("weekdays", 127);
    if (!from || !to || days < 0 || days > 127) return false;
    out.push_back({static_cast<std::uint8_t>(days), *from, *to});
  }
  return true;
}

}  // namespace

void read_schedule_row(pg::RowReader& row, domain::ScheduleRow& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.zone);
  if (!read_windows(row.next<std::string_view>(), out.windows)) row.fail();
  row.next(out.holidays);
}

std::string windows_json(const std::vector<Window>& windows) {
  auto array = nlohmann::json::array();
  for (const auto& window : windows)
    array.push_back({{"weekdays", window.weekdays},
                     {"from", clock_text(window.from_minute)},
                     {"to", clock_text(window.to_minute)}});
  return array.dump();
}

Task<std::vector<Schedule>> ScheduleRepository::list(Actor actor) {
  return ask_all<Schedule>(pool_, scope_of(actor), kListSchedules, pg::Params(), read);
}

Task<Schedule> ScheduleRepository::get(Actor actor, std::uint16_t id) {
  return ask_one<Schedule>(pool_, scope_of(actor), kGetSchedule, pg::Params::of(id), read);
}

Task<Schedule> ScheduleRepository::create(Actor actor, domain::ScheduleRow row) {
  auto params = pg::Params::of(row.name, row.zone, windows_json(row.windows), row.holidays);
  return ask_one<Schedule>(pool_, scope_of(actor), kCreateSchedule, std::move(params), read);
}

Task<Schedule> ScheduleRepository::update(Actor actor, domain::ScheduleRow row) {
  auto params = pg::Params::of(row.id, row.name, row.zone, windows_json(row.windows), row.holidays);
  return ask_one<Schedule>(pool_, scope_of(actor), kUpdateSchedule, std::move(params), read);
}

Task<Schedule> ScheduleRepository::remove(Actor actor, std::uint16_t id) {
  auto tx = co_await pool_.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  auto params = pg::Params::of(id);
  const auto used = co_await tx->query(kScheduleUsed, std::move(params));
  if (!used) co_return error_of(used.error());
  if (!used->empty() && pg::RowReader((*used)[0]).next<bool>()) {
    const Error in_use{ErrorKind::InUse, "a line or a route has the schedule", {}};
    co_return in_use;
  }
  params = pg::Params::of(id);
  const auto gone = co_await tx->query(kRemoveSchedule, std::move(params));
  if (!gone) co_return error_of(gone.error());
  const auto committed = co_await tx->commit();
  if (!committed) co_return error_of(committed.error());
  co_return read_one<Schedule>(*gone, read, kRemoveSchedule.name);
}

}  // namespace warp::store
