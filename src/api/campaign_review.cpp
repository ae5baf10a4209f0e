// The review of a campaign: the partner that brings it to the review_by_carriers, their states, and, on a
// site without a registry beside its own database, the operator's decision.
#include "warp/domain/campaign_registry.h"
#include "warp/store/campaigns.h"

#include "registry_calls.h"

namespace warp::api {
namespace {

using domain::CampaignStatus;
constexpr const char* kCampaignReviewTag = "Brands and campaigns";

struct Asked {
  store::Campaign campaign;
  RegistryResult<RegistryAnswer> answer;
};
using ReviewQuestion = void (*)(domain::CampaignRegistry&, std::string id, Json body,
                                domain::RegistryDone<RegistryAnswer> done);

// The campaign as its customer sees it, and what the registry answers about it.
boost::asio::awaitable<Outcome<Asked>> ask_about(Services& services, Call& call, ReviewQuestion question,
                                                 Json body) {
  auto found = co_await services.campaigns.get(call.actor(), call.id<CampaignId>("campaign_id"));
  if (!found) co_return from_store(found.error(), "campaign");
  if (auto other = other_registry(services, found->registry)) co_return *other;
  auto start = [&services, question, id = found->registry_id,
                body = std::move(body)](domain::RegistryDone<RegistryAnswer> done) {
    question(*services.registry, id, body, std::move(done));
  };
  auto asking = ask_registry<RegistryAnswer>(std::move(start));
  auto answer = co_await std::move(asking);
  if (!answer && answer.error().kind != RegistryError::Kind::NotKept)
    co_return from_registry(answer.error(), "campaign");
  co_return Asked{std::move(*found), std::move(answer)};
}

void ask_resubmit(domain::CampaignRegistry& registry, std::string id, Json,
                  domain::RegistryDone<RegistryAnswer> done) {
  registry.resubmit(std::move(id), std::move(done));
}
void ask_elect(domain::CampaignRegistry& registry, std::string id, Json body,
               domain::RegistryDone<RegistryAnswer> done) {
  registry.elect(std::move(id), std::move(body), std::move(done));
}
void ask_nudge(domain::CampaignRegistry& registry, std::string id, Json body,
               domain::RegistryDone<RegistryAnswer> done) {
  registry.nudge(std::move(id), std::move(body), std::move(done));
}
void ask_carriers(domain::CampaignRegistry& registry, std::string id, Json,
                  domain::RegistryDone<RegistryAnswer> done) {
  registry.carriers(std::move(id), std::move(done));
}
void ask_sharing(domain::CampaignRegistry& registry, std::string id, Json,
                 domain::RegistryDone<RegistryAnswer> done) {
  registry.sharing(std::move(id), std::move(done));
}

boost::asio::awaitable<std::optional<Failure>> write_review(Services& services, Call& call,
                                                            store::Campaign campaign) {
  const auto written = co_await services.campaigns.write(call.as_operator(), std::move(campaign));
  if (!written) co_return from_store(written.error(), "campaign");
  co_return std::nullopt;
}

// A campaign in force is not put back into review by its customer: its messages would be refused.
Answer resubmit(Services& services, Call call) {
  const auto id = call.id<CampaignId>("campaign_id");
  const auto before = co_await services.campaigns.get(call.actor(), id);
  if (!before) co_return from_store(before.error(), "campaign");
  if (before->status == CampaignStatus::Approved || before->status == CampaignStatus::Expired)
    co_return conflict("Only a campaign that waits, or was rejected or suspended, is reviewed again.",
                       "not_in_review");
  if (before->registry == "local" && before->status == CampaignStatus::Suspended)
    co_return conflict("The operator has suspended it and decides alone.", "suspended");
  auto asking = ask_about(services, call, ask_resubmit, Json());
  auto asked = co_await std::move(asking);
  if (!asked) co_return asked.error();
  auto campaign = std::move(asked->campaign);
  campaign.decide(CampaignStatus::Pending, "");
  auto writing = write_review(services, call, std::move(campaign));
  if (const auto failed = co_await std::move(writing)) co_return *failed;
  co_return Reply{};
}

Answer elect(Services& services, Call call) {
  auto body = call.body;
  const auto& usual = services.settings.connectivity_partner;
  if (!has(body, "cnp_id") && !usual.empty()) body["cnp_id"] = usual;
  auto asking = ask_about(services, call, ask_elect, std::move(body));
  const auto asked = co_await std::move(asking);
  if (!asked) co_return asked.error();
  co_return Reply{};
}

Answer nudge(Services& services, Call call) {
  auto asking = ask_about(services, call, ask_nudge, call.body);
  const auto asked = co_await std::move(asking);
  if (!asked) co_return asked.error();
  Reply reply;
  reply.status = 202;
  reply.bare = true;
  co_return reply;
}

std::string capitals(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

Answer review_by_carriers(Services& services, Call call) {
  auto asking = ask_about(services, call, ask_carriers, Json());
  auto asked = co_await std::move(asking);
  if (!asked) co_return asked.error();
  co_return reply_with(asked->answer ? std::move(asked->answer->data)
                                     : carriers_at(capitals(to_string(asked->campaign.status))));
}

// {"shared", "accepted"} and what the registry says of both sides.
Answer sharing(Services& services, Call call) {
  auto asking = ask_about(services, call, ask_sharing, Json());
  auto asked = co_await std::move(asking);
  if (!asked) co_return asked.error();
  const auto said = asked->answer ? asked->answer->data : Json::object();
  const auto mine = said.is_object() ? said.value("shared_by_me", Json()) : Json();
  const auto status =
      mine.is_object() ? take<std::string>(mine, "sharing_status").value_or("") : std::string();
  Reply reply;
  reply.data["shared"] = mine.is_object() && !mine.empty();
  reply.data["accepted"] = status == "ACCEPTED";
  if (said.is_object())
    for (const auto& [name, value] : said.items())
      reply.data[name] = value;
  co_return reply;
}

Answer decide(Services& services, Call call) {
  auto found = co_await services.campaigns.get(call.as_operator(), call.id<CampaignId>("campaign_id"));
  if (!found) co_return from_store(found.error(), "campaign");
  if (found->registry != "local")
    co_return conflict("The Campaign Registry decides about this campaign.", "registry_decides");
  const auto decision = *domain::parse_campaign_status(call.body["decision"].get<std::string>());
  found->decide(decision, take<std::string>(call.body, "reason").value_or(""));
  const auto written = co_await services.campaigns.write(call.as_operator(), std::move(*found));
  if (!written) co_return from_store(written.error(), "campaign");
  co_return reply_with(show_campaign(*written));
}

}  // namespace

void add_campaign_review(EndpointTable& table, Services& services) {
  const std::string one = "/messaging/campaigns/{campaign_id:uuid}";
  const auto add = [&](Endpoint endpoint) {
    endpoint.tag = kCampaignReviewTag;
    endpoint.scope = endpoint.method == http::Method::Get ? "messaging:read" : "messaging:write";
    endpoint.of_customer = true;
    for (const auto code : {ErrorCode::NotFound, ErrorCode::TniqError, ErrorCode::Conflict})
      endpoint.errors.push_back(code);
    table.push_back(std::move(endpoint));
  };
  add({.method = http::Method::Put,
       .path = one + "/resubmit",
       .summary = "To review again, after a fix",
       .tag = kCampaignReviewTag,
       .action = act(services, resubmit),
       .errors = {ErrorCode::TniqValidation}});
  add({.method = http::Method::Post,
       .path = one + "/cnp",
       .summary = "Elect the connectivity partner that brings the campaign to the carriers",
       .tag = kCampaignReviewTag,
       .action = act(services, elect),
       .body_kind = BodyKind::Json,
       .body = {"CampaignPartner", {text("cnp_id").says("Without it, the platform's usual partner.")}},
       .free_body = true,
       .errors = {ErrorCode::TniqValidation}});
  add({.method = http::Method::Post,
       .path = one + "/nudge",
       .summary = "Ask the partner to look again",
       .tag = kCampaignReviewTag,
       .action = act(services, nudge),
       .body_kind = BodyKind::Json,
       .body = {"CampaignNudge",
                {text("nudge_intent").says("REVIEW (usual) or APPEAL_REJECTION."), text("description")}},
       .free_body = true,
       .answer_kind = AnswerKind::Nothing,
       .status = 202,
       .errors = {ErrorCode::TniqValidation}});
  add({.path = one + "/mno-status",
       .summary = "The state of the registration at each mobile carrier",
       .tag = kCampaignReviewTag,
       .action = act(services, review_by_carriers),
       .answer_kind = AnswerKind::List,
       .answer = {"CarrierState", {text("carrier"), text("network_id"), text("status")}}});
  add({.path = one + "/sharing",
       .summary = "Whether the partner has it and has accepted it",
       .tag = kCampaignReviewTag,
       .action = act(services, sharing),
       .answer = {"CampaignSharing",
                  {boolean("shared"), boolean("accepted"), free_object("shared_by_me").or_null(),
                   free_object("shared_with_me").or_null()}}});
  table.push_back(
      {.method = http::Method::Post,
       .path = one + "/decision",
       .summary = "The operator's decision, where no other registry decides",
       .tag = kCampaignReviewTag,
       .action = act(services, decide),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body =
           {"CampaignDecision",
            {text("decision").one_of({"pending", "approved", "rejected", "suspended", "expired"}).needed(),
             text("reason", 2000).says("Told to the customer.")}},
       .answer = campaign_schema(),
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
}

}  // namespace warp::api
