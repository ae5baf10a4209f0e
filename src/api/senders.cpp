// Names and short codes that messages may come from, beside telephone numbers.
#include "warp/store/senders.h"

#include <algorithm>

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kSenderPaging;
constexpr const char* kSenderPath = "/messaging/senders";
constexpr std::size_t kLongestSenderName = 11;

bool is_sender(std::string_view text) {
  const bool digits = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (digits) return text.size() >= 3 && text.size() <= 6;
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return text.size() <= kLongestSenderName && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), printable);
}

Schema sender_schema() {
  return {"Sender",
          {text("sender"), uuid("customer_id"), text("description"), uuid("campaign_id").or_null(),
           instant("created_at")}};
}

Json show(const store::Sender& row) {
  Json out;
  out["sender"] = row.sender;
  out["customer_id"] = row.customer.to_string();
  out["description"] = row.description;
  out["campaign_id"] = row.campaign ? Json(row.campaign->to_string()) : Json();
  out["created_at"] = timestamp(row.created_at);
  return out;
}

Answer list_senders(Services& services, Call call) {
  const auto page = read_page(call.query, kSenderPaging);
  const auto found = co_await services.senders.list(call.actor(), call.customer(), page);
  if (!found) co_return from_store(found.error(), "sender");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer add_sender(Services& services, Call call) {
  store::Sender wanted;
  wanted.sender = call.body["sender"].get<std::string>();
  wanted.customer = *CustomerId::parse(call.body["customer_id"].get<std::string>());
  wanted.description = take<std::string>(call.body, "description").value_or("");
  if (const auto id = take<std::string>(call.body, "campaign_id")) wanted.campaign = CampaignId::parse(*id);
  const auto made = co_await services.senders.add(call.as_operator(), std::move(wanted));
  if (!made) co_return from_store(made.error(), "sender");
  co_return reply_with(show(*made), 201);
}

Answer remove_sender(Services& services, Call call) {
  auto name = std::string(call.request.param("sender"));
  const auto gone = co_await services.senders.remove(call.as_operator(), std::move(name));
  if (!gone) co_return from_store(gone.error(), "sender");
  co_return no_content();
}

}  // namespace

void add_senders(EndpointTable& table, Services& services) {
  table.push_back({.path = kSenderPath,
                   .summary = "Short codes and names that the customer may send from",
                   .tag = "Messaging",
                   .action = act(services, list_senders),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .query = paging_fields(kSenderPaging),
                   .answer_kind = AnswerKind::Page,
                   .answer = sender_schema()});
  table.push_back(
      {.method = http::Method::Post,
       .path = kSenderPath,
       .summary = "Give a customer a short code or a name to send from; nobody else may use it then",
       .tag = "Messaging",
       .action = act(services, add_sender),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"NewSender",
                {text("sender", kLongestSenderName)
                     .between(1, kLongestSenderName)
                     .is(is_sender, "3 to 6 digits, or up to 11 characters that are not all digits")
                     .needed(),
                 uuid("customer_id").needed(), text("description", 256), uuid("campaign_id").or_null()}},
       .answer = sender_schema(),
       .status = 201,
       .errors = {ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = std::string(kSenderPath) + "/{sender}",
                   .summary = "Take a short code or a name away",
                   .tag = "Messaging",
                   .action = act(services, remove_sender),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
