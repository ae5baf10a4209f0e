// Lines of a rate plan: paged reading, and import from CSV.
#include "warp/rating/deck_csv.h"
#include "warp/store/rate_plans.h"

#include "formats.h"
#include "services.h"

namespace warp::api {

Json show(const store::RatePlan& plan);

namespace {

const Paging kPaging{"per_page", 100, 1000};

// Parses while the file arrives: what is held is lines, not text.
class DeckUpload final : public http::BodySink {
 public:
  void feed(std::string_view octets) override { reader_.feed(octets); }
  auto finish() { return reader_.finish(); }

 private:
  rating::DeckCsvReader reader_;
};

Failure import_failure(const rating::DeckCsvError& error) {
  Failure failure{ErrorCode::InvalidImport,
                  std::to_string(error.total) + " faults in the file; nothing was changed."};
  failure.details["total"] = error.total;
  failure.details["errors"] = Json::array();
  for (const auto& issue : error.issues) {
    Json row;
    row["line"] = issue.line;
    row["column"] = issue.column;
    row["problem"] = issue.problem;
    row["cure"] = issue.cure;
    failure.details["errors"].push_back(std::move(row));
  }
  return failure;
}

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
  return out;
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
    reply.data["rate_plan"] = api::show(*plan);
    co_return reply;
  }
  const auto shared = std::make_shared<const std::vector<domain::Rate>>(std::move(*lines));
  const auto source = take<std::string>(call.query, "source").value_or("api");
  const auto published = co_await services.rate_plans.publish(call.as_operator(), id, shared, source);
  if (!published) {
    if (published.error().kind == store::ErrorKind::Duplicate) {
      Failure failure{ErrorCode::InvalidImport, "Two lines have one prefix and one effective_from."};
      co_return failure;
    }
    co_return from_store(published.error(), "rate plan");
  }
  reply.data["rate_plan"] = api::show(*published);
  co_return reply;
}

Answer list_rates(Services& services, Call call) {
  const auto page = read_page(call.query, kPaging);
  const auto prefix = take<std::string>(call.query, "prefix").value_or("");
  const auto found = co_await services.rate_plans.rates(call.as_operator(),
                                                        call.id<RatePlanId>("rate_plan_id"), prefix, page);
  if (!found) co_return from_store(found.error(), "rate plan");
  Reply reply;
  reply.data = Json::array();
  for (const auto& rate : found->items)
    reply.data.push_back(show(rate));
  put_paging(reply, page, found->total);
  co_return reply;
}

}  // namespace

void add_rates(EndpointTable& table, Services& services) {
  const std::string tag = "Rate plans";
  const std::string path = "/rate-plans/{rate_plan_id:uuid}/rates";
  auto query = paging_fields(kPaging);
  query.push_back(text("prefix", 15).is(is_prefix, "up to 15 digits").says("Lines that begin with it."));
  table.push_back({.path = path,
                   .summary = "Lines in force, by prefix",
                   .tag = tag,
                   .action = act(services, list_rates),
                   .operators_only = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = {"Rate",
                              {text("prefix"), amount("per_minute"), amount("setup_fee"),
                               integer("initial_increment"), integer("increment"), integer("minimum_seconds"),
                               instant("effective_from"), instant("effective_to").or_null()}},
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
