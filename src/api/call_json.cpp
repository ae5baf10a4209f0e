#include "warp/api/call_json.h"

#include "warp/api/schema.h"

#include "member_text.h"

namespace warp::api {
namespace {

bool flag_of(const Json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_boolean() && found->get<bool>();
}

}  // namespace

Json to_json(const ActiveCall& call) {
  Json out;
  out["id"] = call.id;
  out["node"] = call.node;
  out["customer_id"] = call.customer.to_string();
  out["trunk_id"] = call.trunk.to_string();
  out["provider_id"] = id_or_null(call.provider);
  out["direction"] = call.direction;
  out["state"] = call.state;
  out["ani"] = call.ani;
  out["dni"] = call.dni;
  out["setup_at"] = timestamp(call.setup_at);
  out["answered_at"] = timestamp(call.answered_at);
  out["recording"] = call.recording;
  out["tracing"] = call.tracing;
  return out;
}

Json to_json(const TracedMessage& message) {
  Json out;
  out["at"] = timestamp(message.at);
  out["sent"] = message.sent;
  out["transport"] = message.transport;
  out["local"] = message.local;
  out["remote"] = message.remote;
  out["text"] = message.text;
  return out;
}

std::optional<ActiveCall> call_of(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  const auto customer = CustomerId::parse(member_text(value, "customer_id"));
  const auto trunk = TrunkId::parse(member_text(value, "trunk_id"));
  const auto setup = parse_timestamp(member_text(value, "setup_at"));
  if (!customer || !trunk || !setup) return std::nullopt;
  ActiveCall call;
  call.id = member_text(value, "id");
  call.node = member_text(value, "node");
  call.customer = *customer;
  call.trunk = *trunk;
  call.provider = ProviderId::parse(member_text(value, "provider_id"));
  call.direction = member_text(value, "direction");
  call.state = member_text(value, "state");
  call.ani = member_text(value, "ani");
  call.dni = member_text(value, "dni");
  call.setup_at = *setup;
  call.answered_at = parse_timestamp(member_text(value, "answered_at"));
  call.recording = flag_of(value, "recording");
  call.tracing = flag_of(value, "tracing");
  return call;
}

std::optional<TracedMessage> message_of(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  const auto at = parse_timestamp(member_text(value, "at"));
  if (!at) return std::nullopt;
  TracedMessage message;
  message.at = *at;
  message.sent = flag_of(value, "sent");
  message.transport = member_text(value, "transport");
  message.local = member_text(value, "local");
  message.remote = member_text(value, "remote");
  message.text = member_text(value, "text");
  return message;
}

}  // namespace warp::api
