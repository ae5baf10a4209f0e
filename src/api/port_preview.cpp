// POST /porting/preview: whom numbers belong to now, and which of them can be ported.
#include <algorithm>

#include "formats.h"
#include "port_work.h"

namespace warp::api {

Answer preview_port(Services& services, Call call) {
  auto* port = services.ports.porting;
  if (!port) co_return no_gateway("desk for port requests");
  auto numbers = numbers_in_list(call.body["tns"]);
  if (!numbers) co_return numbers.error();
  store::PortOutPinRepository pins(services.pool);
  const auto held = co_await pins.holdings(call.as_operator(), *numbers);
  if (!held) co_return from_store(held.error(), "number");
  auto start = [port, tns = *numbers](domain::PortDone<std::vector<domain::PortNumber>> done) {
    port->preview(tns, std::move(done));
  };
  auto asking = ask_port<std::vector<domain::PortNumber>>(std::move(start));
  const auto said = co_await std::move(asking);
  if (!said) co_return from_port(said.error(), "number", ErrorCode::GatewayUnavailable);
  Reply reply;
  reply.data["groups"] = Json::array();
  std::size_t portable = 0;
  for (const auto& number : *said) {
    auto& groups = reply.data["groups"];
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Json& one) { return one["spid"] == number.spid; });
    if (group == groups.end()) {
      Json fresh;
      fresh["spid"] = number.spid;
      fresh["carrier_name"] = number.carrier_name;
      fresh["on_net"] = number.on_net;
      fresh["tn_count"] = 0;
      fresh["tns"] = Json::array();
      groups.push_back(std::move(fresh));
      group = std::prev(groups.end());
    }
    const bool mine = std::any_of(held->begin(), held->end(), [&](const store::Holding& one) {
      return one.e164 == number.e164 && one.customer == call.customer();
    });
    Json row;
    row["tn"] = shown_number(number.e164);
    Json reason;
    if (mine)
      reason = "already_yours";
    else if (number.spid == "0000")
      reason = "unknown_carrier";
    else if (number.errors.is_array() && !number.errors.empty())
      reason = number.errors[0].value("code", "not_portable");
    row["portable"] = reason.is_null();
    row["reason"] = reason;
    for (const char* name : {"state", "rate_center", "lata"})
      row[name] = number.facts.is_object() && number.facts.contains(name) ? Json(number.facts[name]) : Json();
    portable += reason.is_null();
    (*group)["tns"].push_back(std::move(row));
    (*group)["tn_count"] = (*group)["tns"].size();
  }
  reply.data["total"] = said->size();
  reply.data["portable"] = portable;
  co_return reply;
}

}  // namespace warp::api
