#include "number_view.h"

#include <map>

#include "warp/store/trunks.h"

#include "formats.h"

namespace warp::api {

Schema number_schema() {
  return {"Number",
          {text("tn").says("10 digits for NANP, else with `+`."), text("e164"), uuid("customer_id").or_null(),
           text("type").one_of({"did", "tfn"}),
           text("status").one_of({"available", "held", "active", "released"}), text("friendly_name"),
           text("description"), uuid("rate_plan_id").or_null(), object("voice", voice_fields()).or_null(),
           free_object("sms").or_null(), text("rate_center"), text("locality"), text("state"),
           amount("monthly_rate"), amount("setup_rate"), instant("assigned_at").or_null(),
           instant("created_at"), instant("updated_at")}};
}

std::vector<Field> voice_fields() {
  return {uuid("trunk_id").or_null(), text("voice_routing_type").one_of({"trunk"}), boolean("e911_enabled"),
          boolean("cnam_enabled"), text("cnam_display_name").or_null()};
}

Json show_number(const store::Number& number) {
  Json out;
  out["tn"] = shown_number(number.e164);
  out["e164"] = number.e164;
  out["customer_id"] = id_or_null(number.customer);
  out["type"] = number.type;
  out["status"] = number.status;
  out["friendly_name"] = number.friendly_name;
  out["description"] = number.description;
  out["rate_plan_id"] = id_or_null(number.rate_plan);
  out["voice"] = Json();
  if (number.trunk || number.e911_enabled || number.cnam_enabled || !number.cnam_display_name.empty()) {
    auto& voice = out["voice"];
    voice["trunk_id"] = id_or_null(number.trunk);
    voice["voice_routing_type"] = "trunk";
    voice["e911_enabled"] = number.e911_enabled;
    voice["cnam_enabled"] = number.cnam_enabled;
    voice["cnam_display_name"] = number.cnam_display_name.empty() ? Json() : Json(number.cnam_display_name);
  }
  out["sms"] = Json();
  out["rate_center"] = number.rate_center;
  out["locality"] = number.locality;
  out["state"] = number.state;
  out["monthly_rate"] = money(number.monthly);
  out["setup_rate"] = money(number.setup);
  out["assigned_at"] = timestamp(number.assigned_at);
  out["created_at"] = timestamp(number.created_at);
  out["updated_at"] = timestamp(number.updated_at);
  return out;
}

Json show_number_messaging(const store::NumberMessaging& number) {
  Json out;
  out["inbound_webhook_url"] = number.webhook_url.empty() ? Json() : Json(number.webhook_url);
  out["fallback_inbound_url"] = number.fallback_url.empty() ? Json() : Json(number.fallback_url);
  out["has_secret"] = number.has_secret;
  out["esme_id"] = id_or_null(number.esme);
  out["mms_enabled"] = false;
  out["campaign_id"] = id_or_null(number.campaign);
  return out;
}

boost::asio::awaitable<Outcome<Json>> show_all(Services& services, store::Actor actor,
                                               std::vector<store::Number> numbers) {
  std::vector<std::string> digits;
  for (const auto& number : numbers)
    digits.push_back(number.e164);
  const auto found = co_await services.number_messaging.of(std::move(actor), std::move(digits));
  if (!found) co_return from_number_store(found.error());
  std::map<std::string_view, const store::NumberMessaging*> sides;
  for (const auto& side : *found)
    if (!side.webhook_url.empty() || side.esme) sides[side.e164] = &side;
  auto out = Json::array();
  for (const auto& number : numbers) {
    out.push_back(show_number(number));
    if (const auto side = sides.find(number.e164); side != sides.end())
      out.back()["sms"] = show_number_messaging(*side->second);
  }
  co_return Outcome<Json>(boost::system::in_place_value, std::move(out));
}

boost::asio::awaitable<Outcome<Json>> show_one(Services& services, store::Actor actor, store::Number number) {
  std::vector<store::Number> alone;
  alone.push_back(std::move(number));
  auto shown = co_await show_all(services, std::move(actor), std::move(alone));
  if (!shown) co_return shown.error();
  co_return Outcome<Json>(boost::system::in_place_value, std::move(shown->front()));
}

Outcome<std::string> tn_of(const Call& call) {
  auto e164 = e164_of(call.request.param("tn"));
  if (!e164)
    return Failure{ErrorCode::InvalidId, "A number has 10 digits, 11 with a leading 1, or begins with +."};
  return std::move(*e164);
}

Failure from_number_store(const store::Error& error) {
  if (error.kind == store::ErrorKind::NotFound) return Failure{ErrorCode::TnNotOwned, ""};
  return from_store(error, "number");
}

boost::asio::awaitable<std::optional<Failure>> check_trunk(Services& services, store::Actor actor,
                                                           TrunkId trunk) {
  const auto found = co_await services.trunks.get(actor, trunk);
  if (found) co_return std::nullopt;
  if (found.error().kind == store::ErrorKind::NotFound) co_return Failure{ErrorCode::TrunkUnowned, ""};
  co_return from_store(found.error(), "trunk");
}

}  // namespace warp::api
