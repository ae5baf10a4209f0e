// What providers' calls came to of late, by kind of number: what a partition's QUALITY orders by.
#include "warp/store/quality.h"

#include <algorithm>

#include "services.h"

namespace warp::api {
namespace {

const Paging kQualityPaging;
constexpr std::int64_t kMostHours = 24 * 31;
constexpr std::int64_t kWholeShare = 1'000'000'000;

Json share_e9(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return {};
  return static_cast<std::int64_t>(std::min(part, whole)) * kWholeShare / static_cast<std::int64_t>(whole);
}

Json mean(std::uint64_t sum, std::uint64_t count) {
  return count == 0 ? Json() : Json(sum / count);
}

Json show(const store::QualityRow& row) {
  Json out;
  out["provider_id"] = row.provider.to_string();
  out["prefix"] = row.prefix;
  out["latest_hour"] = timestamp(row.hour);
  out["attempts"] = row.attempts;
  out["answered"] = row.answered;
  out["asr_e9"] = share_e9(row.answered, row.attempts);
  out["ner_e9"] = share_e9(row.network_ok, row.attempts);
  out["short_e9"] = share_e9(row.short_calls, row.answered);
  out["acd_s"] = mean(row.seconds, row.answered);
  out["pdd_ms"] = mean(row.pdd_ms, row.attempts);
  return out;
}

Answer list_quality(Services& services, Call call) {
  const auto page = read_page(call.query, kQualityPaging);
  const auto hours = take<std::int64_t>(call.query, "hours").value_or(24);
  const auto id = take<std::string>(call.query, "provider_id");
  const auto from = services.clock.wall() - std::chrono::hours(hours);
  store::QualityRepository repository(services.pool);
  const auto provider = id ? ProviderId::parse(*id) : std::nullopt;
  const auto found = co_await repository.sums(call.as_operator(), from, provider, page);
  if (!found) co_return from_store(found.error(), "quality");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

}  // namespace

void add_quality(EndpointTable& table, Services& services) {
  auto query = paging_fields(kQualityPaging);
  query.push_back(integer("hours", 1, kMostHours).says("How far back; 24."));
  query.push_back(uuid("provider_id"));
  table.push_back(
      {.path = "/routing/quality",
       .summary = "Answered share, efficiency, length and delay of providers' calls, most calls first",
       .tag = "Routing",
       .action = act(services, list_quality),
       .operators_only = true,
       .query = std::move(query),
       .answer_kind = AnswerKind::Page,
       .answer = {"RouteQuality",
                  {uuid("provider_id"), text("prefix").says("1NPA, else the first five digits."),
                   instant("latest_hour"), integer("attempts"), integer("answered"),
                   integer("asr_e9").or_null().says("Shares are parts of 1,000,000,000."),
                   integer("ner_e9").or_null(), integer("short_e9").or_null(), integer("acd_s").or_null(),
                   integer("pdd_ms").or_null()}}});
}

}  // namespace warp::api
