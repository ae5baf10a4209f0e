#include "warp/api/call_json.h"

#include "warp/api/schema.h"

#include "member_text.h"

namespace warp::api {
namespace {

bool flag_of(const Json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_boolean() && found->get<bool>();
}

Json object_of(const Json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_object() ? *found : Json();
}

// Exact, as text: 441 is "4.41".
std::string hundredths(std::uint32_t value) {
  return std::to_string(value / 100) + '.' + std::to_string(value % 100 + 100).substr(1);
}

// Scores are text by their name alone, shares a text of percent.
void put_figure(Json& out, std::string_view name, const domain::MediaQuality::Figure& figure) {
  const bool score = name.ends_with("_e2"), share = name.ends_with("_e4");
  std::string shown(name);
  if (score || share) shown.resize(name.size() - 3);
  if (share) shown += "_percent";
  if (!figure)
    out[shown] = nullptr;
  else if (score || share)
    out[shown] = hundredths(*figure);
  else
    out[shown] = *figure;
}

}  // namespace

Json to_json(const domain::LegMedia& leg) {
  Json out;
  out["codec"] = leg.codec;
  out["packets_received"] = leg.packets_received;
  out["packets_sent"] = leg.packets_sent;
  out["packets_lost"] = leg.packets_lost;
  out["jitter_us"] = leg.jitter_us;
  out["rtt_us"] = value_or_null(leg.rtt_us);
  out["remote_loss_percent"] = value_or_null(leg.remote_loss_percent);
  out["mos"] = leg.mos_e2 ? Json(hundredths(*leg.mos_e2)) : Json();
  const auto& quality = leg.quality.read();
  out["one_way"] = quality.one_way_ms.has_value();
  out["silent"] = quality.silent_ms.has_value();
  domain::each_figure(quality,
                      [&out](const char* name, const auto& figure) { put_figure(out, name, figure); });
  return out;
}

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
  out["caller_media"] = call.caller_media;
  out["callee_media"] = call.callee_media;
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
  call.caller_media = object_of(value, "caller_media");
  call.callee_media = object_of(value, "callee_media");
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
