#include "warp/domain/event_types.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace warp::domain {
namespace {

#define ID "\"0190c7a0-5b8e-7000-8000-000000000001\""
#define AT "\"2027-01-31T12:00:00+00:00\""

constexpr std::string_view kCall =
    R"({"id": )" ID R"(, "call_id": )" ID R"(, "trunk_id": )" ID
    R"(, "direction": "outbound", "from": "+12025550100", "to": "+442079460123", "started_at": )" AT
    R"(, "answered_at": )" AT R"(, "ended_at": )" AT
    R"(, "duration_seconds": 61.2, "disposition": "ANSWERED", "reason": "NORMAL_CLEARING", "sip_status": 200,)"
    R"( "cost": 0.0316, "currency": "USD"})";
constexpr std::string_view kRerated =
    R"({"id": )" ID R"(, "run_id": )" ID R"(, "before": 0.0316, "after": 0.0210})";
constexpr std::string_view kSent =
    R"({"id": )" ID
    R"(, "direction": "outbound", "from": "12025550100", "to": "447700900123", "status": "sent",)"
    R"( "segments": 1, "client_reference": "order 7", "accepted_at": )" AT R"(, "sent_at": )" AT "}";
constexpr std::string_view kDelivered =
    R"({"id": )" ID
    R"(, "direction": "outbound", "kind": "sms", "from": "12025550100", "to": "447700900123",)"
    R"( "status": "delivered", "reason": "NORMAL_CLEARING", "network_error": "", "segments": 1,)"
    R"( "client_reference": "order 7", "accepted_at": )" AT R"(, "sent_at": )" AT R"(, "final_at": )" AT
    R"(, "cost": 0.0075, "currency": "USD"})";
constexpr std::string_view kFailed =
    R"({"id": )" ID
    R"(, "direction": "outbound", "kind": "sms", "from": "12025550100", "to": "447700900123",)"
    R"( "status": "undelivered", "reason": "UNREACHABLE", "network_error": "001", "segments": 1,)"
    R"( "client_reference": "order 7", "accepted_at": )" AT R"(, "sent_at": )" AT R"(, "final_at": )" AT
    R"(, "cost": 0.0075, "currency": "USD"})";
constexpr std::string_view kReceived =
    R"({"id": )" ID R"(, "direction": "inbound", "kind": "sms", "from": "447700900123", "to": "12025550100",)"
    R"( "status": "delivered", "reason": "NORMAL_CLEARING", "network_error": "", "segments": 1,)"
    R"( "client_reference": "", "accepted_at": )" AT R"(, "sent_at": null, "final_at": )" AT
    R"(, "cost": 0, "currency": "USD"})";
constexpr std::string_view kNumber = R"({"e164": "12025550100", "status": "active", "trunk_id": )" ID "}";
constexpr std::string_view kGoneNumber = R"({"e164": "12025550100", "status": "released"})";
constexpr std::string_view kTrunk =
    R"({"id": )" ID R"(, "name": "office", "enabled": true, "changed": "trunk"})";
constexpr std::string_view kTrunkPart =
    R"({"id": )" ID R"(, "name": "office", "enabled": true, "changed": "ips"})";
constexpr std::string_view kLow = R"({"customer_id": )" ID R"(, "percent": 80, "balance": 12.5})";
constexpr std::string_view kExhausted = R"({"customer_id": )" ID R"(, "percent": 100, "balance": 0})";
constexpr std::string_view kInvoice =
    R"({"id": )" ID R"(, "number": "INV-000007", "ban": "B000001", "status": "ISSUED", "currency": "USD",)"
    R"( "total": 120.5, "due_at": )" AT "}";
constexpr std::string_view kPort =
    R"({"id": )" ID R"(, "name": "from the old carrier", "status": "SUBMITTED"})";
constexpr std::string_view kPorted =
    R"({"id": )" ID R"(, "name": "from the old carrier", "status": "COMPLETE"})";
constexpr std::string_view kUser = R"({"id": )" ID R"(, "email": "ann@example.net", "ip": "192.0.2.1"})";
constexpr std::string_view kKey =
    R"({"id": )" ID
    R"(, "name": "billing job", "prefix": "rk_3f9a", "actor": "user:0190c7a0-5b8e-7000-8000-000000000001"})";
constexpr std::string_view kDisabled =
    R"({"id": )" ID R"(, "url": "https://example.net/warp", "reason": "failures"})";

#undef ID
#undef AT

constexpr std::array kTypes{
    EventType{"call.completed", "A call ended and its record is stored; answered or not.", kCall},
    EventType{"call.rerated", "A call was rated again and its price changed.", kRerated},
    EventType{"message.sent", "An upstream took a message.", kSent},
    EventType{"message.delivered", "The handset has a message.", kDelivered},
    EventType{"message.failed", "A message will not be delivered: refused, expired, failed or cancelled.",
              kFailed},
    EventType{"message.received", "A message to one of the account's numbers came in.", kReceived},
    EventType{"number.updated", "A number came to the account, or its settings changed.", kNumber},
    EventType{"number.released", "A number left the account.", kGoneNumber},
    EventType{"trunk.created", "A trunk was made.", kTrunk},
    EventType{"trunk.updated",
              "A trunk, its addresses, endpoints or credentials changed; `changed` says which.", kTrunkPart},
    EventType{"trunk.deleted", "A trunk and all that belongs to it is gone.", kTrunk},
    EventType{"balance.low", "50 or 80 percent of the balance or of the credit limit is spent.", kLow},
    EventType{"balance.credit_exhausted", "All of the balance or of the credit limit is spent.", kExhausted},
    EventType{"invoice.issued", "An invoice is to be paid.", kInvoice},
    EventType{"invoice.paid", "An invoice was paid in full.", kInvoice},
    EventType{"invoice.void", "An invoice does not count any more.", kInvoice},
    EventType{"port.updated", "A port request is in another state.", kPort},
    EventType{"port.completed", "All numbers of a port request are in service.", kPorted},
    EventType{"security.login", "Somebody signed in.", kUser},
    EventType{"security.login_failed", "Somebody failed to sign in.", kUser},
    EventType{"security.logout", "Somebody signed out.", kUser},
    EventType{"security.password_changed", "A password was changed or reset.", kUser},
    EventType{"security.mfa_enabled", "A second factor was set up.", kUser},
    EventType{"security.mfa_disabled", "A second factor was taken away.", kUser},
    EventType{"security.session_reused", "A refresh token came twice: its session was ended.", kUser},
    EventType{"security.key_created", "An API key was made.", kKey},
    EventType{"security.key_revoked", "An API key was revoked.", kKey},
    EventType{"security.webhook_disabled", "A webhook endpoint is told nothing any more.", kDisabled},
    EventType{"webhook.test", "Asked for by `POST /webhooks/{webhook_id}/test`.", R"({"test": true})"},
};

std::string instant(WallTime at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  char text[128];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return text;
}

std::string_view subject_of(std::string_view name) {
  return name.substr(0, name.find('.'));
}

}  // namespace

std::span<const EventType> event_types() {
  return kTypes;
}

const EventType* event_type(std::string_view name) {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const EventType& type) { return type.name == name; });
  return found == kTypes.end() ? nullptr : &*found;
}

bool is_event_filter(std::string_view text) {
  if (text == "*") return true;
  if (!text.ends_with(".*")) return event_type(text) != nullptr;
  text.remove_suffix(2);
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [&](const EventType& type) { return subject_of(type.name) == text; });
}

bool wants(const std::vector<std::string>& filters, std::string_view type) {
  return std::any_of(filters.begin(), filters.end(), [&](const std::string& filter) {
    return filter == "*" || filter == type || filter == std::string(subject_of(type)) + ".*";
  });
}

std::string event_body(const Uuid& id, std::string_view type, std::optional<CustomerId> customer, WallTime at,
                       std::string_view data) {
  std::string out = "{\"id\":\"" + id.to_string() + "\",\"type\":\"";
  out.append(type).append("\",\"timestamp\":\"").append(instant(at)).append("\",\"customer_id\":");
  out += customer ? "\"" + customer->to_string() + "\"" : std::string("null");
  return out.append(",\"data\":").append(data).append("}");
}

}  // namespace warp::domain
