// Carriers, and how much of a campaign they take; what a campaign answers to keywords.
#include <set>

#include "warp/store/messaging_rules.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kPrefixes = "/messaging/carrier-prefixes";
constexpr const char* kLimits = "/messaging/campaigns/{campaign_id:uuid}/limits";
constexpr const char* kReplies = "/messaging/campaigns/{campaign_id:uuid}/replies";
constexpr std::int64_t kMostPrefixes = 500'000;
constexpr std::size_t kPrefixBodyLimit = 48 * 1024 * 1024;
const Paging kCampaignRulePaging{"per_page", 100, 1000};

bool is_some_prefix(std::string_view text) {
  return !text.empty() && is_prefix(text);
}

Failure bad_row(const char* list, std::size_t index, const char* why) {
  Failure failure{ErrorCode::ValidationError, "A row cannot be used; nothing was changed."};
  failure.details["fields"][std::string(list) + "[" + std::to_string(index) + "]"] = why;
  return failure;
}

std::vector<Field> prefix_fields() {
  return {text("prefix", 15).is(is_some_prefix, "1 to 15 digits").needed(),
          text("carrier", 64).between(1, 64).needed().says("A name, or MCC-MNC.")};
}

Answer list_prefixes(Services& services, Call call) {
  const auto page = read_page(call.query, kCampaignRulePaging);
  const auto found = co_await services.carrier_prefixes.list(
      call.as_operator(), take<std::string>(call.query, "prefix").value_or(""),
      take<std::string>(call.query, "carrier").value_or(""), page);
  if (!found) co_return from_store(found.error(), "prefix");
  Reply reply;
  reply.data = Json::array();
  for (const auto& row : found->items) {
    Json out;
    out["prefix"] = row.prefix;
    out["carrier"] = row.carrier;
    reply.data.push_back(std::move(out));
  }
  put_paging(reply, page, found->total);
  co_return reply;
}

Answer set_prefixes(Services& services, Call call) {
  std::vector<domain::CarrierPrefix> rows;
  std::set<std::string> seen;
  for (const auto& row : call.body.at("prefixes")) {
    auto prefix = row.at("prefix").get<std::string>();
    if (!seen.insert(prefix).second) co_return bad_row("prefixes", rows.size(), "the prefix is there twice");
    rows.push_back({std::move(prefix), row.at("carrier").get<std::string>()});
  }
  Reply reply;
  reply.data["prefixes"] = rows.size();
  const auto done = co_await services.carrier_prefixes.set(call.as_operator(), std::move(rows));
  if (!done) co_return from_store(done.error(), "prefix");
  co_return reply;
}

std::vector<Field> campaign_limit_fields() {
  return {text("carrier", 64).says("As in carrier-prefixes; empty: all together."),
          integer("per_minute", 1).or_null().says("Segments; a minute's worth may go at once."),
          integer("per_day", 1).or_null().says("Segments; the day is UTC's.")};
}

Json show(const std::vector<domain::CampaignLimit>& limits) {
  auto out = Json::array();
  for (const auto& limit : limits) {
    Json row;
    row["carrier"] = limit.carrier;
    row["per_minute"] = value_or_null(limit.per_minute);
    row["per_day"] = value_or_null(limit.per_day);
    out.push_back(std::move(row));
  }
  return out;
}

Answer get_campaign_limits(Services& services, Call call) {
  const auto found =
      co_await services.campaign_rules.limits(call.as_operator(), call.id<CampaignId>("campaign_id"));
  if (!found) co_return from_store(found.error(), "campaign");
  co_return reply_with(show(*found));
}

Answer set_campaign_limits(Services& services, Call call) {
  const auto id = call.id<CampaignId>("campaign_id");
  const auto campaign = co_await services.campaign_rules.replies(call.as_operator(), id);
  if (!campaign) co_return from_store(campaign.error(), "campaign");
  std::vector<domain::CampaignLimit> wanted;
  std::set<std::string> seen;
  for (const auto& row : call.body.at("limits")) {
    domain::CampaignLimit limit{take<std::string>(row, "carrier").value_or(""),
                                take<std::uint32_t>(row, "per_minute"), take<std::uint32_t>(row, "per_day")};
    if (!limit.per_minute && !limit.per_day) co_return bad_row("limits", wanted.size(), "limits nothing");
    if (!seen.insert(limit.carrier).second)
      co_return bad_row("limits", wanted.size(), "the carrier is there twice");
    wanted.push_back(std::move(limit));
  }
  const auto done = co_await services.campaign_rules.set_limits(call.as_operator(), id, std::move(wanted));
  if (!done) co_return from_store(done.error(), "limit");
  co_return reply_with(show(*done));
}

std::vector<Field> reply_fields() {
  return {text("opt_in_reply", 1600).says("To START; empty: the platform's."),
          text("opt_out_reply", 1600).says("To STOP; empty: the platform's."),
          text("help_reply", 1600).says("To HELP; empty: the platform's.")};
}

Json show(const store::CampaignReplies& replies) {
  Json out;
  out["opt_in_reply"] = replies.opt_in;
  out["opt_out_reply"] = replies.opt_out;
  out["help_reply"] = replies.help;
  return out;
}

Answer get_replies(Services& services, Call call) {
  const auto found =
      co_await services.campaign_rules.replies(call.as_operator(), call.id<CampaignId>("campaign_id"));
  if (!found) co_return from_store(found.error(), "campaign");
  co_return reply_with(show(*found));
}

Answer set_replies(Services& services, Call call) {
  const auto id = call.id<CampaignId>("campaign_id");
  auto wanted = co_await services.campaign_rules.replies(call.as_operator(), id);
  if (!wanted) co_return from_store(wanted.error(), "campaign");
  wanted->opt_in = take<std::string>(call.body, "opt_in_reply").value_or(wanted->opt_in);
  wanted->opt_out = take<std::string>(call.body, "opt_out_reply").value_or(wanted->opt_out);
  wanted->help = take<std::string>(call.body, "help_reply").value_or(wanted->help);
  const auto done = co_await services.campaign_rules.set_replies(call.as_operator(), id, *wanted);
  if (!done) co_return from_store(done.error(), "campaign");
  co_return reply_with(show(*done));
}

void add_carriers(EndpointTable& table, Services& services) {
  auto query = paging_fields(kCampaignRulePaging);
  query.push_back(text("prefix", 15).is(is_prefix, "up to 15 digits").says("Those that begin with it."));
  query.push_back(text("carrier", 64));
  table.push_back({.path = kPrefixes,
                   .summary = "Which carrier's numbers begin how; the longest prefix decides",
                   .tag = "Messaging",
                   .action = act(services, list_prefixes),
                   .operators_only = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = {"CarrierPrefix", prefix_fields()}});
  table.push_back(
      {.method = http::Method::Put,
       .path = kPrefixes,
       .summary = "All prefixes of carriers at once",
       .tag = "Messaging",
       .action = act(services, set_prefixes),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"CarrierPrefixes", {list("prefixes", object("", prefix_fields()), kMostPrefixes).needed()}},
       .body_limit = kPrefixBodyLimit,
       .answer = {"CarrierPrefixCount", {integer("prefixes")}},
       .errors = {ErrorCode::ValidationError}});
}

}  // namespace

void add_campaign_rules(EndpointTable& table, Services& services) {
  add_carriers(table, services);
  const Schema limit{"CampaignLimit", campaign_limit_fields()};
  table.push_back({.path = kLimits,
                   .summary = "How much of a campaign carriers take",
                   .tag = "Messaging",
                   .action = act(services, get_campaign_limits),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = limit,
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Put,
       .path = kLimits,
       .summary = "All limits of a campaign at once",
       .tag = "Messaging",
       .action = act(services, set_campaign_limits),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"CampaignLimits", {list("limits", object("", campaign_limit_fields()), 100).needed()}},
       .answer_kind = AnswerKind::List,
       .answer = limit,
       .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  table.push_back({.path = kReplies,
                   .summary = "What a campaign answers to keywords",
                   .tag = "Messaging",
                   .action = act(services, get_replies),
                   .operators_only = true,
                   .answer = {"CampaignReplies", reply_fields()},
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = kReplies,
                     .summary = "Change what a campaign answers to keywords; only the fields present",
                     .tag = "Messaging",
                     .action = act(services, set_replies),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = {"CampaignRepliesPatch", reply_fields()},
                     .answer = {"CampaignReplies", reply_fields()},
                     .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
