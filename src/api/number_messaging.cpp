// Where messages to a number go, and which numbers can send.
#include "warp/store/messaging_numbers.h"

#include "formats.h"
#include "message_submit.h"
#include "number_view.h"

namespace warp::api {
namespace {

Schema sms_schema() {
  return {
      "NumberSms",
      {text("inbound_webhook_url").or_null(), text("fallback_inbound_url").or_null(), boolean("has_secret"),
       uuid("esme_id").or_null(), boolean("mms_enabled"), uuid("campaign_id").or_null()}};
}

std::vector<Field> number_messaging_changes() {
  return {text("inbound_webhook_url", 2048).is(is_https_url, "an https URL or empty").or_null(),
          text("inbound_webhook_secret", 256).or_null().says("Signs what is posted; never shown."),
          text("fallback_inbound_url", 2048)
              .is(is_https_url, "an https URL or empty")
              .or_null()
              .says("When the first fails."),
          uuid("esme_id").or_null().says("An own SMPP account takes the messages instead of the webhook."),
          boolean("mms_enabled").says("False: the platform carries SMS alone.")};
}

// Null clears a text.
std::optional<std::string> text_in(const Json& body, const char* name) {
  if (!has(body, name)) return std::nullopt;
  return take<std::string>(body, name).value_or("");
}

Answer set_sms(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  if (take<bool>(call.body, "mms_enabled").value_or(false))
    co_return Failure{ErrorCode::ValidationError, "The platform carries no MMS."};
  store::NumberMessagingPatch patch;
  patch.webhook_url = text_in(call.body, "inbound_webhook_url");
  patch.fallback_url = text_in(call.body, "fallback_inbound_url");
  patch.webhook_secret = text_in(call.body, "inbound_webhook_secret");
  if (has(call.body, "esme_id")) {
    const auto id = take<std::string>(call.body, "esme_id");
    patch.esme = id ? EsmeId::parse(*id) : std::nullopt;
  }
  const auto changed = co_await services.number_messaging.update(call.actor(), *tn, std::move(patch));
  if (!changed) co_return from_number_store(changed.error());
  co_return reply_with(show_number_messaging(*changed));
}

Answer clear_sms(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto changed = co_await services.number_messaging.clear(call.actor(), *tn);
  if (!changed) co_return from_number_store(changed.error());
  co_return no_content();
}

std::string status_of(const store::NumberMessaging& number) {
  if (!number.campaign) return "unassigned";
  return number.campaign_status == "approved" ? "active" : number.campaign_status;
}

Answer list_messaging_numbers(Services& services, Call call) {
  const auto found = co_await services.number_messaging.list(call.actor(), call.customer());
  if (!found) co_return from_store(found.error(), "number");
  Reply reply;
  reply.data = Json::array();
  for (const auto& number : *found) {
    Json row;
    row["tn"] = shown_number(number.e164);
    row["campaign_id"] = id_or_null(number.campaign);
    row["brand_id"] = id_or_null(number.brand);
    row["messaging_status"] = status_of(number);
    row["mms_enabled"] = false;
    row["has_webhook"] = !number.webhook_url.empty();
    row["esme_id"] = id_or_null(number.esme);
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

}  // namespace

void add_number_messaging(EndpointTable& table, Services& services) {
  const std::string path = "/numbers/{tn}/sms";
  table.push_back({.method = http::Method::Patch,
                   .path = path,
                   .summary = "Where messages to the number go; only the fields present",
                   .tag = "Numbers",
                   .action = act(services, set_sms),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NumberSmsPatch", number_messaging_changes()},
                   .partial = true,
                   .body_error = ErrorCode::InvalidRequest,
                   .answer = sms_schema(),
                   .errors = {ErrorCode::TnNotOwned, ErrorCode::ValidationError, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Delete,
                   .path = path,
                   .summary = "Messages to the number go nowhere; its campaign stays",
                   .tag = "Numbers",
                   .action = act(services, clear_sms),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::TnNotOwned}});
  table.push_back({.path = "/messaging/numbers",
                   .summary = "Numbers and whether they can send: campaign, webhook",
                   .tag = "Messaging",
                   .action = act(services, list_messaging_numbers),
                   .scope = "messaging:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::List,
                   .answer = {"MessagingNumber",
                              {text("tn"), uuid("campaign_id").or_null(), uuid("brand_id").or_null(),
                               text("messaging_status").says("`active` when it can send."),
                               boolean("mms_enabled"), boolean("has_webhook"), uuid("esme_id").or_null()}}});
}

}  // namespace warp::api
