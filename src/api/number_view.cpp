#include "number_view.h"

#include "formats.h"

namespace warp::api {

Schema number_schema() {
  return {"Number",
          {text("tn").says("10 digits for NANP, else with `+`."), text("e164"), uuid("customer_id").or_null(),
           text("type").one_of({"did", "tfn"}),
           text("status").one_of({"available", "held", "active", "released"}), text("friendly_name"),
           text("description"), uuid("rate_plan_id").or_null(),
           object("voice", {uuid("trunk_id"), text("voice_routing_type")}).or_null(),
           free_object("sms").or_null(), instant("created_at"), instant("updated_at")}};
}

Json show(const store::Number& number) {
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
  if (number.trunk) {
    out["voice"]["trunk_id"] = number.trunk->to_string();
    out["voice"]["voice_routing_type"] = "trunk";
  }
  out["sms"] = Json();
  out["created_at"] = timestamp(number.created_at);
  out["updated_at"] = timestamp(number.updated_at);
  return out;
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
