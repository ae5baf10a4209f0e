// /messaging/campaigns/{id}/numbers: which numbers send under a campaign. Answers to POST and DELETE stand
// bare, number by number.
#include <algorithm>
#include <map>

#include "warp/store/campaigns.h"
#include "warp/store/messaging_numbers.h"

#include "formats.h"
#include "registry_calls.h"

namespace warp::api {
namespace {

const Paging kCampaignNumberPaging{"per_page", 50, 500};
constexpr const char* kCampaignNumberTag = "Brands and campaigns";
constexpr std::int64_t kMostCampaignNumbers = 1000;
constexpr const char* kNotFound = "not_found";
constexpr const char* kNotOwned = "not_owned";
constexpr const char* kLookupError = "lookup_error";
constexpr const char* kWriteError = "write_error";

// The numbers of a body, each as it was written, and what is to be said of it.
struct Wanted {
  std::vector<std::string> e164s;                            // to be tried
  std::vector<std::pair<std::string, std::string>> written;  // text, E.164 (empty: none)
};

Wanted read_numbers(const Json& body) {
  Wanted out;
  for (const auto& item : body.at("phone_numbers")) {
    const auto& text = item.get_ref<const std::string&>();
    auto e164 = e164_of(text).value_or("");
    if (!e164.empty() && std::find(out.e164s.begin(), out.e164s.end(), e164) != out.e164s.end()) continue;
    if (!e164.empty()) out.e164s.push_back(e164);
    out.written.emplace_back(text, std::move(e164));
  }
  return out;
}

// {"<name>": [...], "failed": [{"phone_number", "reason"}]}; `otherwise` is said of what was not done.
Reply per_number(const Wanted& wanted, const std::vector<std::string>& done, const char* name,
                 const std::map<std::string, const char*>& reasons, const char* otherwise) {
  Reply reply;
  reply.bare = true;
  reply.data[name] = Json::array();
  reply.data["failed"] = Json::array();
  for (const auto& [text, e164] : wanted.written) {
    if (!e164.empty() && std::find(done.begin(), done.end(), e164) != done.end()) {
      reply.data[name].push_back(shown_number(e164));
      continue;
    }
    const auto known = reasons.find(e164);
    Json row;
    row["phone_number"] = text;
    row["reason"] = e164.empty() ? kNotFound : known == reasons.end() ? otherwise : known->second;
    reply.data["failed"].push_back(std::move(row));
  }
  return reply;
}

// The customer's own rows alone, whoever acts.
store::Actor as_customer(const Call& call, CustomerId customer) {
  auto actor = call.actor();
  actor.customer = customer;
  return actor;
}

Answer list_campaign_numbers(Services& services, Call call) {
  const auto id = call.id<CampaignId>("campaign_id");
  const auto campaign = co_await services.campaigns.get(call.actor(), id);
  if (!campaign) co_return from_store(campaign.error(), "campaign");
  const auto page = read_page(call.query, kCampaignNumberPaging);
  const auto found = co_await services.campaigns.numbers(as_customer(call, campaign->customer), id, page);
  if (!found) co_return from_store(found.error(), "number");
  Reply reply;
  reply.data = Json::array();
  for (const auto& number : found->items) {
    Json row;
    row["phone_number"] = shown_number(number.e164);
    row["campaign_id"] = id.to_string();
    row["updated_at"] = timestamp(number.attached_at);
    reply.data.push_back(std::move(row));
  }
  put_paging(reply, page, found->total);
  co_return reply;
}

// A number of somebody else and one that does not exist are told apart by nobody but their owner.
Answer change_numbers(Services& services, Call call, bool attaching) {
  const char* const name = attaching ? "assigned" : "removed";
  const auto id = call.id<CampaignId>("campaign_id");
  const auto campaign = co_await services.campaigns.get(call.actor(), id);
  if (!campaign) co_return from_store(campaign.error(), "campaign");
  const auto wanted = read_numbers(call.body);
  const auto actor = as_customer(call, campaign->customer);
  const std::map<std::string, const char*> no_reasons;
  const auto held = co_await services.number_messaging.of(actor, wanted.e164s);
  if (!held) co_return per_number(wanted, {}, name, no_reasons, kLookupError);
  std::vector<std::string> own;
  std::map<std::string, const char*> reasons;
  for (const auto& number : *held) {
    own.push_back(number.e164);
    reasons[number.e164] = attaching || number.campaign == id ? kWriteError : kNotFound;
  }
  auto changing = attaching ? services.campaigns.attach(actor, campaign->customer, id, own)
                            : services.campaigns.detach(actor, id, wanted.e164s);
  const auto done = co_await std::move(changing);
  if (!done) co_return per_number(wanted, {}, name, reasons, kNotOwned);
  co_return per_number(wanted, *done, name, reasons, kNotOwned);
}

Answer attach(Services& services, Call call) {
  return change_numbers(services, std::move(call), true);
}

Answer detach(Services& services, Call call) {
  return change_numbers(services, std::move(call), false);
}

Schema body_schema() {
  return {"CampaignNumbers",
          {list("phone_numbers", text("", 32), kMostCampaignNumbers)
               .needed()
               .says("10 digits, 11 with a leading 1, or E.164 with `+`.")}};
}
Schema outcome_schema(const char* schema, const char* name) {
  const auto reason = text("reason").one_of({kNotFound, kNotOwned, kLookupError, kWriteError});
  return {schema, {list(name, text("")), list("failed", object("", {text("phone_number"), reason}))}};
}

}  // namespace

void add_campaign_numbers(EndpointTable& table, Services& services) {
  const std::string path = "/messaging/campaigns/{campaign_id:uuid}/numbers";
  table.push_back(
      {.path = path,
       .summary = "Numbers that send under the campaign",
       .tag = kCampaignNumberTag,
       .action = act(services, list_campaign_numbers),
       .scope = "messaging:read",
       .of_customer = true,
       .query = paging_fields(kCampaignNumberPaging),
       .answer_kind = AnswerKind::Page,
       .answer = {"CampaignNumber", {text("phone_number"), uuid("campaign_id"), instant("updated_at")}},
       .errors = {ErrorCode::NotFound}});
  const auto add_change = [&](http::Method method, const char* summary, Operation operation, Schema answer) {
    table.push_back({.method = method,
                     .path = path,
                     .summary = summary,
                     .tag = kCampaignNumberTag,
                     .action = act(services, operation),
                     .scope = "messaging:write",
                     .of_customer = true,
                     .body_kind = BodyKind::Json,
                     .body = body_schema(),
                     .answer_kind = AnswerKind::Bare,
                     .answer = std::move(answer),
                     .errors = {ErrorCode::NotFound}});
  };
  add_change(http::Method::Post, "Attach numbers; each fails by itself", attach,
             outcome_schema("NumbersAssigned", "assigned"));
  add_change(http::Method::Delete, "Detach numbers: they can no longer send; each fails by itself", detach,
             outcome_schema("NumbersRemoved", "removed"));
}

}  // namespace warp::api
