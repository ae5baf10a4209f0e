// /cdr/…: detail records, their export and their sums.
#include "record_view.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kRecordPaging{"per_page", 50, 500};
constexpr std::uint32_t kExportPage = 500;

Failure failed_query(const store::Error& error, ErrorCode code) {
  if (error.kind != store::ErrorKind::Internal) return from_store(error, "record");
  Failure failure{code, ""};
  failure.internal = error.message;
  return failure;
}

// Pages through the database as the client takes what was sent: no connection is held while it does not.
class RecordExport final : public http::BodySource {
 public:
  RecordExport(Services& services, store::Actor actor, store::RecordFilter filter,
               std::vector<domain::CallRecord> first)
      : services_(services), actor_(std::move(actor)), filter_(std::move(filter)), page_(std::move(first)) {}

  boost::asio::awaitable<Piece> next() override {
    Piece piece;
    if (!begun_) {
      begun_ = true;
      piece.data = csv_header();
    } else if (!finished_ && page_.empty()) {
      const auto wanted = std::min(kExportPage, services_.settings.export_limit - sent_);
      auto more = co_await services_.records.next(actor_, filter_, after_, wanted);
      if (!more) {
        piece.ok = false;
        co_return piece;
      }
      page_ = std::move(*more);
    }
    for (const auto& record : page_) {
      piece.data += csv_line(record);
      after_ = store::RecordRepository::Cursor{record.setup_at, record.id};
    }
    sent_ += static_cast<std::uint32_t>(page_.size());
    finished_ = page_.size() < kExportPage || sent_ >= services_.settings.export_limit;
    page_.clear();
    co_return piece;
  }

 private:
  Services& services_;
  const store::Actor actor_;
  const store::RecordFilter filter_;
  std::vector<domain::CallRecord> page_;
  std::optional<store::RecordRepository::Cursor> after_;
  std::uint32_t sent_ = 0;
  bool begun_ = false, finished_ = false;
};

Sorting record_sorting() {
  return {{{"start_time", SortType::Time}, {"duration", SortType::Number}}, "-start_time"};
}

Answer list_records(Services& services, Call call) {
  const auto filter = read_filter(call, services.clock.wall());
  if (!filter) co_return filter.error();
  const auto page = read_window(call.query, kRecordPaging, record_sorting());
  if (!page) co_return page.error();
  const auto found = co_await services.records.list(call.actor(), *filter, *page);
  if (!found) co_return failed_query(found.error(), ErrorCode::CdrQueryFailed);
  co_return window_reply(
      *found, *page, [&](const auto& record) { return show_record(record, call.principal().is_operator()); });
}

Answer get_record(Services& services, Call call) {
  const auto found = co_await services.records.get(call.actor(), call.id<RecordId>("record_id"));
  if (!found) co_return failed_query(found.error(), ErrorCode::CdrQueryFailed);
  co_return reply_with(show_record(*found, call.principal().is_operator()));
}

Answer export_records(Services& services, Call call) {
  const auto filter = read_filter(call, services.clock.wall());
  if (!filter) co_return filter.error();
  const auto limit = services.settings.export_limit;
  store::Page probe;
  probe.per_page = 1;
  const auto counted = co_await services.records.list(call.actor(), *filter, probe);
  if (!counted) co_return failed_query(counted.error(), ErrorCode::CdrExportFailed);
  auto first =
      co_await services.records.next(call.actor(), *filter, std::nullopt, std::min(kExportPage, limit));
  if (!first) co_return failed_query(first.error(), ErrorCode::CdrExportFailed);
  const auto rows = std::min<std::uint64_t>(counted->total, limit);
  auto told_of = *filter;
  told_of.customer = call.customer();
  const auto told = co_await services.records.exported(call.as_operator(), told_of, rows);
  if (!told) co_return failed_query(told.error(), ErrorCode::CdrExportFailed);
  Reply reply;
  reply.headers.set("Content-Type", "text/csv; charset=utf-8");
  reply.headers.set("Content-Disposition", "attachment; filename=\"cdr.csv\"");
  if (counted->total > limit) reply.headers.set("X-Result-Truncated", "true");
  reply.source = std::make_unique<RecordExport>(services, call.actor(), *filter, std::move(*first));
  co_return reply;
}

Json ratio_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? Json() : Json(static_cast<double>(part) / static_cast<double>(whole));
}

Json by_currency(const std::map<std::string, Money>& sums) {
  auto out = Json::array();
  for (const auto& [currency, sum] : sums) {
    Json row;
    row["currency"] = currency;
    row["amount"] = money(sum);
    out.push_back(std::move(row));
  }
  return out;
}

// Amounts of different currencies have no sum.
void put_charged(Json& out, const char* name, const std::map<std::string, Money>& charged) {
  const bool single = charged.size() == 1;
  out[name] = single ? money(charged.begin()->second) : charged.empty() ? Json(0) : Json();
  out["currency"] = single ? Json(charged.begin()->first) : Json();
  out["charged"] = by_currency(charged);
}

void put_quality(Json& out, const store::RecordQuality& quality, std::uint64_t total) {
  out["ner"] = ratio_of(quality.network_ok, total);
  out["short_calls"] = quality.short_calls;
  out["pdd_ms"] = ratio_of(quality.pdd_ms, quality.pdd_calls);
}

Answer record_statistics(Services& services, Call call) {
  const auto filter = read_filter(call, services.clock.wall());
  if (!filter) co_return filter.error();
  const auto found = co_await services.records.statistics(call.actor(), *filter);
  if (!found) co_return failed_query(found.error(), ErrorCode::CdrQueryFailed);
  Reply reply;
  auto& data = reply.data;
  data["total_calls"] = found->total;
  data["answered_calls"] = found->answered;
  data["failed_calls"] = found->total - found->answered;
  data["total_seconds"] = found->seconds;
  data["billable_seconds"] = found->billed_seconds;
  data["asr"] = ratio_of(found->answered, found->total);
  data["acd_seconds"] = ratio_of(found->seconds, found->answered);
  data["by_disposition"] = Json::object();
  for (const auto& [name, count] : found->by_disposition)
    data["by_disposition"][name] = count;
  data["by_direction"] = Json::object();
  for (const auto& [name, count] : found->by_direction)
    data["by_direction"][name] = count;
  put_quality(data, found->quality, found->total);
  put_charged(data, "total_cost", found->charged);
  if (call.principal().is_operator()) {
    data["provider_cost"] = by_currency(found->cost);
    data["margin"] = by_currency(found->margin);
  }
  co_return reply;
}

std::optional<store::Granularity> parse_granularity(std::string_view text) {
  if (text == "hour") return store::Granularity::Hour;
  if (text == "day") return store::Granularity::Day;
  if (text == "week") return store::Granularity::Week;
  return std::nullopt;
}

constexpr int kMostBuckets = 10'000;  // a year of hours, and what stays readable

bool too_many_buckets(const RecordRange& range, store::Granularity granularity) {
  const auto span = range.to - range.from;
  return granularity == store::Granularity::Hour ? span > std::chrono::hours(kMostBuckets)
                                                 : span > std::chrono::days(kMostBuckets);
}

Answer record_trends(Services& services, Call call) {
  const auto granularity = parse_granularity(take<std::string>(call.query, "granularity").value_or("day"));
  if (!granularity) co_return Failure{ErrorCode::InvalidGranularity, ""};
  const auto range = read_range(call.query, services.clock.wall());
  if (!range) co_return range.error();
  if (too_many_buckets(*range, *granularity)) {
    Failure failure{ErrorCode::InvalidDate,
                    "The range has too many buckets: shorten it, or take longer ones."};
    failure.details["param"] = "start_date";
    co_return failure;
  }
  const auto filter = read_filter(call, services.clock.wall());
  if (!filter) co_return filter.error();
  const auto found =
      co_await services.records.trends(call.actor(), *filter, *granularity, range->offset_minutes);
  if (!found) co_return failed_query(found.error(), ErrorCode::CdrQueryFailed);
  Reply reply;
  reply.data = Json::array();
  for (const auto& bucket : *found) {
    Json row;
    row["bucket_start"] = timestamp(bucket.start);
    row["total_calls"] = bucket.total;
    row["answered_calls"] = bucket.answered;
    row["total_seconds"] = bucket.seconds;
    row["asr"] = ratio_of(bucket.answered, bucket.total);
    row["acd_seconds"] = ratio_of(bucket.seconds, bucket.answered);
    put_quality(row, bucket.quality, bucket.total);
    put_charged(row, "cost", bucket.by_currency);
    if (call.principal().is_operator()) row["margin"] = by_currency(bucket.margin);
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

Schema record_statistics_schema() {
  return {
      "CallStatistics",
      {integer("total_calls"), integer("answered_calls"), integer("failed_calls"), integer("total_seconds"),
       integer("billable_seconds"), ratio("asr").or_null(), ratio("acd_seconds").or_null(),
       ratio("ner").or_null().says("Network effectiveness: answered, busy, away or unwilling."),
       integer("short_calls").says("Answered, and over within 6 s."),
       ratio("pdd_ms").or_null().says("Mean post-dial delay."), free_object("by_disposition"),
       free_object("by_direction"), amount("total_cost").or_null(), text("currency").or_null(),
       list("charged", free_object("")),
       list("provider_cost", free_object("")).says("Operators only, like margin."),
       list("margin", free_object(""))}};
}

Schema trend_schema() {
  return {
      "CallTrend",
      {instant("bucket_start"), integer("total_calls"), integer("answered_calls"), integer("total_seconds"),
       ratio("asr").or_null(), ratio("acd_seconds").or_null(), ratio("ner").or_null(), integer("short_calls"),
       ratio("pdd_ms").or_null(), amount("cost").or_null(), text("currency").or_null(),
       list("charged", free_object("")), list("margin", free_object("")).says("Operators only.")}};
}

}  // namespace

void add_records(EndpointTable& table, Services& services) {
  const std::string tag = "Detail records";
  auto paged = filter_fields();
  for (auto& field : window_fields(kRecordPaging, record_sorting()))
    paged.push_back(std::move(field));
  auto trends = range_fields();
  trends.push_back(text("granularity", 16).says("hour, day (default) or week."));
  table.push_back({.path = "/cdr/details",
                   .summary = "Detail records, newest first",
                   .tag = tag,
                   .action = act(services, list_records),
                   .scope = "cdr:read",
                   .of_customer = true,
                   .query = paged,
                   .answer_kind = AnswerKind::Page,
                   .answer = record_schema(),
                   .errors = {ErrorCode::InvalidDate, ErrorCode::CdrQueryFailed}});
  table.push_back({.path = "/cdr/{record_id:uuid}",
                   .summary = "One detail record",
                   .tag = tag,
                   .action = act(services, get_record),
                   .scope = "cdr:read",
                   .of_customer = true,
                   .answer = record_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::CdrQueryFailed}});
  table.push_back({.path = "/cdr/export",
                   .summary = "Detail records as CSV; `X-Result-Truncated: true` when rows were left out",
                   .tag = tag,
                   .action = act(services, export_records),
                   .scope = "cdr:export",
                   .of_customer = true,
                   .query = filter_fields(),
                   .answer_kind = AnswerKind::Csv,
                   .errors = {ErrorCode::InvalidDate, ErrorCode::CdrExportFailed}});
  table.push_back({.path = "/cdr/statistics",
                   .summary = "Sums over a range of days",
                   .tag = tag,
                   .action = act(services, record_statistics),
                   .scope = "cdr:read",
                   .of_customer = true,
                   .query = filter_fields(),
                   .answer = record_statistics_schema(),
                   .errors = {ErrorCode::InvalidDate, ErrorCode::CdrQueryFailed}});
  table.push_back(
      {.path = "/cdr/trends",
       .summary = "Sums by hour, day or week, cut in local time; empty ones included",
       .tag = tag,
       .action = act(services, record_trends),
       .scope = "cdr:read",
       .of_customer = true,
       .query = trends,
       .answer_kind = AnswerKind::List,
       .answer = trend_schema(),
       .errors = {ErrorCode::InvalidDate, ErrorCode::InvalidGranularity, ErrorCode::CdrQueryFailed}});
}

}  // namespace warp::api
