#include "message_view.h"

#include <array>

#include "warp/base/text.h"

namespace warp::api {
namespace {

using domain::Reason;

struct Named {
  Reason reason;
  ErrorCode code;
};
constexpr std::array kCodes{
    Named{Reason::AccountSuspended, ErrorCode::NoActiveCustomer},
    Named{Reason::NumberInvalid, ErrorCode::InvalidTo},
    Named{Reason::MessageMalformed, ErrorCode::InvalidPayload},
    Named{Reason::Overloaded, ErrorCode::ServiceUnavailable},
    Named{Reason::NotReady, ErrorCode::ServiceUnavailable},
    Named{Reason::DaemonStopping, ErrorCode::ServiceUnavailable},
    Named{Reason::StoreUnavailable, ErrorCode::ServiceUnavailable},
    Named{Reason::SenderNotAllowed, ErrorCode::FromNotOwned},
    Named{Reason::CampaignMissing, ErrorCode::FromNotEnrolled},
    Named{Reason::RecipientOptedOut, ErrorCode::RecipientOptedOut},
    Named{Reason::MessageThrottled, ErrorCode::RateLimited},
    Named{Reason::MessageTooLong, ErrorCode::MessageTooLong},
    Named{Reason::MessageExpired, ErrorCode::MessageExpired},
    Named{Reason::MessageUnrated, ErrorCode::MessageUnrated},
    Named{Reason::NoMessageRoute, ErrorCode::NoMessageRoute},
    Named{Reason::ContentRefused, ErrorCode::ContentRefused},
    Named{Reason::CampaignNotApproved, ErrorCode::FromCampaignNotApproved},
    Named{Reason::QuietHours, ErrorCode::QuietHours},
    Named{Reason::MediaRefused, ErrorCode::MediaRefused},
    Named{Reason::InsufficientFunds, ErrorCode::InsufficientFunds},
};

std::string shown_encoding(std::string_view name) {
  if (name == "gsm7") return "GSM-7";
  if (name == "ucs2") return "UCS-2";
  return std::string(name);
}

Json show(const std::optional<domain::PricedMessage>& side) {
  if (!side) return {};
  Json out;
  out["amount"] = money(side->amount);
  out["per_segment"] = money(side->per_segment);
  out["currency"] = side->currency.view();
  out["prefix"] = side->prefix;
  return out;
}

Json show(const domain::MessageAttempt& attempt) {
  Json out;
  out["connector_id"] = attempt.connector.to_string();
  out["at"] = timestamp(attempt.at);
  out["status"] = attempt.status;
  out["reason"] = domain::to_string(attempt.reason);
  return out;
}

void put_rich(Json& out, const domain::Message& message) {
  out["kind"] = domain::to_string(message.kind);
  out["media_urls"] = Json::array();
  out["media"] = Json::array();
  out["subject"] = Json();
  if (!message.rich) return;
  if (!message.rich->subject.empty()) out["subject"] = message.rich->subject;
  for (const auto& part : message.rich->media) {
    Json row;
    row["id"] = part.id.to_string();
    row["content_type"] = part.content_type;
    row["name"] = part.name;
    row["octets"] = part.octets;
    out["media"].push_back(std::move(row));
    out["media_urls"].push_back("/api/v1/messaging/media/" + part.id.to_string());
  }
}

// Nothing went wrong: there is no error to show.
bool is_well(Reason reason) {
  return reason == Reason::NormalClearing;
}

}  // namespace

Schema message_schema() {
  return {"Message",
          {uuid("id"),
           text("direction").one_of({"INBOUND", "OUTBOUND"}),
           text("from"),
           text("to"),
           text("body").or_null().says("Null for what is no text."),
           text("status").one_of(
               {"queued", "sending", "sent", "delivered", "undelivered", "expired", "failed", "cancelled"}),
           text("encoding"),
           integer("segments"),
           uuid("campaign_id").or_null(),
           list("media_urls", text("")).says("Paths of the attachments, for their owner's key."),
           text("kind").one_of({"sms", "mms", "rcs"}).says("An RCS that fell back is an sms."),
           text("subject").or_null(),
           list("media", object("", {uuid("id"), text("content_type"), text("name"), integer("octets")})),
           text("error_code").or_null().says("A name of `GET /reason-codes`."),
           text("network_error").or_null(),
           text("status_callback").or_null(),
           free_object("price").or_null().says("What is held until the message ends."),
           amount("charged").or_null().says("What of the price the customer pays; null until it has ended."),
           instant("created_at"),
           instant("scheduled_at").or_null(),
           instant("valid_until").or_null(),
           instant("sent_at").or_null(),
           instant("delivered_at").or_null(),
           uuid("customer_id"),
           text("origin").says("Operators only, as what follows."),
           uuid("connector_id").or_null(),
           list("attempts", free_object("")),
           free_object("cost").or_null()}};
}

std::string shown_address(const domain::MessageAddress& address) {
  const bool number = address.ton != domain::kTonLetters && address.digits.size() > kLongestShortCode &&
                      std::all_of(address.digits.begin(), address.digits.end(), is_digit);
  return (number ? "+" : "") + address.digits;
}

Json show_message(const domain::Message& message, bool by_operator) {
  const auto text_or_null = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  const bool delivered = message.state == domain::MessageState::Delivered;
  Json out;
  out["id"] = message.id.to_string();
  out["direction"] = message.direction == domain::Direction::Inbound ? "INBOUND" : "OUTBOUND";
  out["from"] = shown_address(message.from);
  out["to"] = shown_address(message.to);
  out["body"] = message.binary_coding ? Json() : Json(message.text);
  out["status"] = domain::to_string(message.state);
  out["encoding"] = shown_encoding(message.encoding);
  out["segments"] = message.segments;
  out["campaign_id"] = id_or_null(message.campaign);
  put_rich(out, message);
  out["error_code"] = is_well(message.reason) ? Json() : Json(domain::to_string(message.reason));
  out["network_error"] = text_or_null(message.network_error);
  out["status_callback"] = text_or_null(message.status_callback);
  out["price"] = show(message.price);
  out["charged"] = message.charged ? money(*message.charged) : Json();
  out["created_at"] = timestamp(message.accepted_at);
  out["scheduled_at"] =
      message.not_before > message.accepted_at ? Json(timestamp(message.not_before)) : Json();
  out["valid_until"] = message.valid_until == WallTime{} ? Json() : Json(timestamp(message.valid_until));
  out["sent_at"] = timestamp(message.sent_at);
  out["delivered_at"] = delivered ? timestamp(message.final_at) : Json();
  if (!by_operator) return out;
  out["customer_id"] = message.customer.to_string();
  out["origin"] = domain::to_string(message.origin);
  out["connector_id"] = message.connector.is_nil() ? Json() : Json(message.connector.to_string());
  out["attempts"] = Json::array();
  for (const auto& attempt : message.attempts)
    out["attempts"].push_back(show(attempt));
  out["cost"] = show(message.cost);
  return out;
}

std::vector<Field> message_filter_fields() {
  return {text("direction").one_of({"INBOUND", "OUTBOUND"}),
          text("status").one_of(
              {"queued", "sending", "sent", "delivered", "undelivered", "expired", "failed", "cancelled"}),
          uuid("campaign_id")};
}

store::MessageFilter read_message_filter(const Json& query) {
  store::MessageFilter filter;
  if (const auto direction = take<std::string>(query, "direction"))
    filter.direction = *direction == "INBOUND" ? domain::Direction::Inbound : domain::Direction::Outbound;
  if (const auto status = take<std::string>(query, "status"))
    filter.state = domain::parse_message_state(*status);
  if (const auto id = take<std::string>(query, "campaign_id")) filter.campaign = CampaignId::parse(*id);
  return filter;
}

ErrorCode code_of(Reason reason) {
  for (const auto& row : kCodes)
    if (row.reason == reason) return row.code;
  return ErrorCode::InternalError;
}

Failure refused(Reason reason) {
  Failure failure{code_of(reason), std::string(domain::info(reason).cause)};
  failure.details["reason"] = domain::to_string(reason);
  if (failure.code == ErrorCode::InternalError) {
    failure.message.clear();
    failure.internal = "messaging refused with " + std::string(domain::to_string(reason));
  }
  return failure;
}

}  // namespace warp::api
