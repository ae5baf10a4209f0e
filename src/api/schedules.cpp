// Schedules: when lines, routes and limits hold, by the clock of a zone.
#include "warp/store/schedules.h"

#include "warp/base/checked.h"
#include "warp/rating/terms.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

const std::string kScheduleTag = "Rate plans";
using Window = domain::ScheduleRow::Window;

std::optional<std::uint16_t> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_number<unsigned>(text.substr(0, 2), 0, 24);
  const auto minute = parse_number<unsigned>(text.substr(3), 0, 59);
  if (!hour || !minute || *hour * 60 + *minute > 1440) return std::nullopt;
  return static_cast<std::uint16_t>(*hour * 60 + *minute);
}
bool is_clock(std::string_view text) {
  return minute_of(text).has_value();
}

std::string clock_text(unsigned minute) {
  const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return two(minute / 60) + ':' + two(minute % 60);
}

std::vector<Field> schedule_body() {
  auto window =
      object("window", {list("weekdays", integer("day", 1, 7), 7).says("1 is Monday; default: all."),
                        text("from").is(is_clock, "a time of day like 08:00").needed(),
                        text("to")
                            .is(is_clock, "a time of day up to 24:00")
                            .needed()
                            .says("Not after `from`: on the next day.")});
  return {name_field().needed(), text("zone", 64).needed().says("Of the IANA database: America/New_York."),
          list("windows", std::move(window), 64).needed(),
          list("holidays", date("holiday"), 1000).says("Closed all day, by the zone's clock.")};
}

Schema schedule_schema() {
  auto fields = schedule_body();
  fields.insert(fields.begin(), integer("id").says("Of lines and routes that have it."));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"RateSchedule", fields};
}

Json show(const store::Schedule& schedule) {
  Json out;
  out["id"] = schedule.row.id;
  out["name"] = schedule.row.name;
  out["zone"] = schedule.row.zone;
  out["windows"] = Json::array();
  for (const auto& window : schedule.row.windows) {
    Json item;
    item["weekdays"] = Json::array();
    for (int day = 0; day < 7; ++day)
      if ((window.weekdays >> day & 1) != 0) item["weekdays"].push_back(day + 1);
    item["from"] = clock_text(window.from_minute);
    item["to"] = clock_text(window.to_minute);
    out["windows"].push_back(std::move(item));
  }
  out["holidays"] = schedule.row.holidays;
  out["created_at"] = timestamp(schedule.created_at);
  out["updated_at"] = timestamp(schedule.updated_at);
  return out;
}

Window read_time_window(const Json& item) {
  Window window;
  if (has(item, "weekdays")) {
    window.weekdays = 0;
    for (const auto& day : item["weekdays"])
      window.weekdays = static_cast<std::uint8_t>(window.weekdays | 1u << (day.get<unsigned>() - 1));
  }
  window.from_minute = *minute_of(item["from"].get<std::string>());
  window.to_minute = *minute_of(item["to"].get<std::string>());
  return window;
}

Outcome<domain::ScheduleRow> read_row(const Json& body, WallTime now) {
  domain::ScheduleRow row;
  row.name = body["name"];
  row.zone = body["zone"];
  for (const auto& item : body["windows"])
    row.windows.push_back(read_time_window(item));
  if (has(body, "holidays")) row.holidays = body["holidays"].get<std::vector<std::string>>();
  if (!rating::Schedule::compile(row, now)) {
    Failure failure{ErrorCode::ValidationError,
                    "There is no such zone: write its name as in the IANA database."};
    failure.details["zone"] = row.zone;
    return failure;
  }
  return row;
}

Answer list_schedules(Services& services, Call call) {
  store::ScheduleRepository schedules(services.pool);
  const auto found = co_await schedules.list(call.as_operator());
  if (!found) co_return from_store(found.error(), "schedule");
  co_return list_reply(*found, [](const auto& schedule) { return show(schedule); });
}

std::uint16_t schedule_id_of(const Call& call) {
  return narrow<std::uint16_t>(call.number("schedule_id")).value_or(0);
}

Answer get_schedule(Services& services, Call call) {
  store::ScheduleRepository schedules(services.pool);
  const auto found = co_await schedules.get(call.as_operator(), schedule_id_of(call));
  if (!found) co_return from_store(found.error(), "schedule");
  co_return reply_with(show(*found));
}

Answer create_schedule(Services& services, Call call) {
  const auto row = read_row(call.body, services.clock.wall());
  if (!row) co_return row.error();
  store::ScheduleRepository schedules(services.pool);
  const auto made = co_await schedules.create(call.as_operator(), *row);
  if (!made) co_return from_store(made.error(), "schedule");
  co_return reply_with(show(*made), 201);
}

Answer replace_schedule(Services& services, Call call) {
  auto row = read_row(call.body, services.clock.wall());
  if (!row) co_return row.error();
  row->id = schedule_id_of(call);
  store::ScheduleRepository schedules(services.pool);
  const auto changed = co_await schedules.update(call.as_operator(), *row);
  if (!changed) co_return from_store(changed.error(), "schedule");
  co_return reply_with(show(*changed));
}

Answer remove_schedule(Services& services, Call call) {
  store::ScheduleRepository schedules(services.pool);
  const auto gone = co_await schedules.remove(call.as_operator(), schedule_id_of(call));
  if (!gone) co_return from_store(gone.error(), "schedule");
  co_return no_content();
}

}  // namespace

void add_schedules(EndpointTable& table, Services& services) {
  const std::string one = "/rate-schedules/{schedule_id:int}";
  table.push_back({.path = "/rate-schedules",
                   .summary = "When lines, routes and limits hold, by name",
                   .tag = kScheduleTag,
                   .action = act(services, list_schedules),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = schedule_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/rate-schedules",
                   .summary = "Add a schedule",
                   .tag = kScheduleTag,
                   .action = act(services, create_schedule),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewRateSchedule", schedule_body()},
                   .answer = schedule_schema(),
                   .status = 201,
                   .errors = {ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.path = one,
                   .summary = "A schedule",
                   .tag = kScheduleTag,
                   .action = act(services, get_schedule),
                   .operators_only = true,
                   .answer = schedule_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Put,
                   .path = one,
                   .summary = "Replace a schedule; calls that were picked by it keep their line",
                   .tag = kScheduleTag,
                   .action = act(services, replace_schedule),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"RateScheduleReplacement", schedule_body()},
                   .answer = schedule_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = one,
                   .summary = "Delete a schedule that no line and no route has",
                   .tag = kScheduleTag,
                   .action = act(services, remove_schedule),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
}

}  // namespace warp::api
