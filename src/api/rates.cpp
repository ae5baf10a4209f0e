// Lines of a rate plan: paged reading, and import from CSV.
#include <map>
#include <tuple>

#include "warp/rating/deck_csv.h"
#include "warp/store/rate_plans.h"
#include "warp/store/schedules.h"

#include "csv_upload.h"
#include "formats.h"
#include "rate_plan_view.h"

namespace warp::api {

namespace {

const Paging kRatePaging{"per_page", 100, 1000};

// Parses while the file arrives: what is held is lines, not text.
using DeckUpload = CsvUpload<rating::DeckCsvReader>;

Json show(const domain::Rate& rate) {
  Json out;
  out["prefix"] = rate.prefix;
  out["per_minute"] = money(rate.per_minute);
  out["setup_fee"] = money(rate.setup_fee);
  out["initial_increment"] = rate.initial_increment;
  out["increment"] = rate.increment;
  out["minimum_seconds"] = rate.minimum_seconds;
  out["effective_from"] = timestamp(rate.effective_from);
  out["effective_to"] = timestamp(rate.effective_to);
  out["jurisdictions"] = Json::array();
  for (unsigned one = 0; one < 7; ++one)
    if ((rate.jurisdictions >> one & 1u) != 0)
      out["jurisdictions"].push_back(domain::to_string(static_cast<domain::Jurisdiction>(one)));
  out["schedule_id"] = rate.schedule == 0 ? Json() : Json(rate.schedule);
  out["attempt_fee"] = money(rate.attempt_fee);
  out["surcharge"] = money(rate.surcharge);
  out["free_seconds"] = rate.free_seconds;
  out["blocked"] = rate.blocked;
  return out;
}

// Two lines that the table's key takes for one, as "prefix 44, lines 3 and 9".
std::string doubles_of(const std::vector<domain::Rate>& lines) {
  std::map<std::tuple<std::string, WallTime, domain::Jurisdictions, std::uint16_t>, std::size_t> seen;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto& line = lines[at];
    const auto [first, fresh] =
        seen.try_emplace({line.prefix, line.effective_from, line.jurisdictions, line.schedule}, at);
    if (!fresh)
      return "prefix " + line.prefix + ", lines " + std::to_string(first->second + 1) + " and " +
             std::to_string(at + 1) + " without the header";
  }
  return "another change of the plan came between: try again";
}

// The deck that is in force when it begins, line by line as the client takes it.
class RateExport final : public http::BodySource {
 public:
  RateExport(Services& services, store::Actor actor, std::int64_t deck,
             std::map<std::uint16_t, std::string> schedules)
      : services_(services), actor_(std::move(actor)), deck_(deck), schedules_(std::move(schedules)) {}

  boost::asio::awaitable<Piece> next() override {
    Piece piece;
    if (finished_) co_return piece;
    if (!begun_) piece.data = rating::deck_csv_header();
    begun_ = true;
    const auto lines = co_await services_.rate_plans.rates_after(actor_, deck_, after_, kExportPage);
    if (!lines) {
      piece.ok = false;
      co_return piece;
    }
    for (const auto& line : *lines)
      rating::append_deck_csv_line(piece.data, line, schedules_);
    finished_ = lines->size() < kExportPage;
    if (!lines->empty()) {
      const auto& last = lines->back();
      after_ = store::RatePlanRepository::RateCursor{last.prefix, last.effective_from, last.jurisdictions,
                                                     last.schedule};
    }
    co_return piece;
  }

 private:
  static constexpr std::uint32_t kExportPage = 5'000;
  Services& services_;
  const store::Actor actor_;
  const std::int64_t deck_;
  const std::map<std::uint16_t, std::string> schedules_;
  std::optional<store::RatePlanRepository::RateCursor> after_;
  bool begun_ = false, finished_ = false;
};

Answer export_rates(Services& services, Call call) {
  const auto plan = co_await services.rate_plans.get(call.as_operator(), call.id<RatePlanId>("rate_plan_id"));
  if (!plan) co_return from_store(plan.error(), "rate plan");
  store::ScheduleRepository repository(services.pool);
  const auto schedules = co_await repository.list(call.as_operator());
  if (!schedules) co_return from_store(schedules.error(), "schedule");
  std::map<std::uint16_t, std::string> names;
  for (const auto& schedule : *schedules)
    names.emplace(schedule.row.id, schedule.row.name);
  Reply reply;
  reply.headers.set("Content-Type", "text/csv; charset=utf-8");
  reply.headers.set("Content-Disposition", "attachment; filename=\"rates.csv\"");
  reply.headers.set("X-Rate-Plan-Version", std::to_string(plan->version));
  // Without a deck there is none with the number 0 either.
  reply.source =
      std::make_unique<RateExport>(services, call.as_operator(), plan->deck.value_or(0), std::move(names));
  co_return reply;
}

Answer import_rates(Services& services, Call call) {
  const auto id = call.id<RatePlanId>("rate_plan_id");
  const auto plan = co_await services.rate_plans.get(call.as_operator(), id);
  if (!plan) co_return from_store(plan.error(), "rate plan");
  auto upload = std::dynamic_pointer_cast<DeckUpload>(call.request.sink);
  auto lines = upload->finish();
  if (!lines) co_return import_failure(lines.error());
  const bool dry = take<bool>(call.query, "dry_run").value_or(false);
  Reply reply;
  reply.data["lines"] = lines->size();
  reply.data["dry_run"] = dry;
  if (dry) {
    reply.data["rate_plan"] = show_rate_plan(*plan);
    co_return reply;
  }
  const auto shared = std::make_shared<const std::vector<domain::Rate>>(std::move(*lines));
  const auto source = take<std::string>(call.query, "source").value_or("api");
  const auto published = co_await services.rate_plans.publish(call.as_operator(), id, shared, source);
  if (!published) {
    if (published.error().kind == store::ErrorKind::Duplicate) {
      Failure failure{ErrorCode::InvalidImport, "Two lines are for the same: " + doubles_of(*shared) + "."};
      co_return failure;
    }
    co_return from_store(published.error(), "rate plan");
  }
  reply.data["rate_plan"] = show_rate_plan(*published);
  co_return reply;
}

Answer list_rates(Services& services, Call call) {
  const auto page = read_page(call.query, kRatePaging);
  const auto prefix = take<std::string>(call.query, "prefix").value_or("");
  const auto found = co_await services.rate_plans.rates(call.as_operator(),
                                                        call.id<RatePlanId>("rate_plan_id"), prefix, page);
  if (!found) co_return from_store(found.error(), "rate plan");
  co_return page_reply(*found, page, [](const auto& rate) { return show(rate); });
}

}  // namespace

void add_rates(EndpointTable& table, Services& services) {
  const std::string tag = "Rate plans";
  const std::string path = "/rate-plans/{rate_plan_id:uuid}/rates";
  auto query = paging_fields(kRatePaging);
  query.push_back(text("prefix", 15).is(is_prefix, "up to 15 digits").says("Lines that begin with it."));
  table.push_back(
      {.path = path,
       .summary = "Lines in force, by prefix",
       .tag = tag,
       .action = act(services, list_rates),
       .operators_only = true,
       .query = query,
       .answer_kind = AnswerKind::Page,
       .answer = {"Rate",
                  {text("prefix"), amount("per_minute"), amount("setup_fee"), integer("initial_increment"),
                   integer("increment"), integer("minimum_seconds"), instant("effective_from"),
                   instant("effective_to").or_null(), list("jurisdictions", text("jurisdiction")),
                   integer("schedule_id").or_null(), amount("attempt_fee"), amount("surcharge"),
                   integer("free_seconds"), boolean("blocked").says("Nothing goes there.")}},
       .errors = {ErrorCode::NotFound}});
  table.push_back({.path = path + ".csv",
                   .summary = "Lines in force as a CSV file that can be imported again",
                   .tag = tag,
                   .action = act(services, export_rates),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Csv,
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = path,
                   .summary = "Replace all lines by a CSV file: all or nothing",
                   .tag = tag,
                   .action = act(services, import_rates),
                   .operators_only = true,
                   .query = {boolean("dry_run").says("Check the file and change nothing."),
                             text("source", 128).says("Where the file comes from, kept with the deck.")},
                   .body_kind = BodyKind::Csv,
                   .body_limit = services.settings.import_limit,
                   .sink = [](const http::Request&) { return std::make_shared<DeckUpload>(); },
                   .answer = {"RateImport", {integer("lines"), boolean("dry_run"), free_object("rate_plan")}},
                   .errors = {ErrorCode::NotFound, ErrorCode::InvalidImport, ErrorCode::PayloadTooLarge,
                              ErrorCode::UnsupportedMediaType}});
}

}  // namespace warp::api
