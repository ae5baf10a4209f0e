// What does not change while the daemon runs: addresses, scopes, reason codes.
#include "warp/domain/reason.h"

#include "services.h"

namespace warp::api {
namespace {

Answer ingress_ips(Services& services, Call) {
  Reply reply;
  reply.data = Json::array();
  for (const auto& address : services.settings.ingress) {
    Json row;
    row["transport"] = address.transport;
    row["host"] = address.host;
    row["ips"] = address.ips;
    row["port"] = address.port;
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

Answer vendor_ips(Services& services, Call) {
  Reply reply;
  reply.data = Json::array();
  for (const auto& address : services.settings.vendor) {
    Json row;
    row["ip"] = address.ip;
    row["netmask"] = address.netmask;
    row["description"] = address.description;
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

Answer scopes(Services&, Call) {
  Reply reply;
  reply.data = Json::array();
  for (const auto& scope : all_scopes()) {
    if (reply.data.empty() || reply.data.back()["category"] != scope.category) {
      Json category;
      category["category"] = scope.category;
      category["scopes"] = Json::array();
      reply.data.push_back(std::move(category));
    }
    Json row;
    row["name"] = scope.name;
    row["description"] = scope.description;
    row["superadmin"] = scope.superadmin;
    reply.data.back()["scopes"].push_back(std::move(row));
  }
  co_return reply;
}

Answer reason_codes(Services&, Call) {
  Reply reply;
  reply.data = Json::array();
  for (const auto& reason : domain::all_reasons()) {
    Json row;
    row["code"] = static_cast<unsigned>(reason.reason);
    row["name"] = reason.name;
    row["sip_status"] = reason.sip_status == 0 ? Json() : Json(reason.sip_status);
    row["q850"] = reason.q850;
    row["phrase"] = reason.phrase;
    row["cause"] = reason.cause;
    row["cure"] = reason.cure;
    reply.data.push_back(std::move(row));
  }
  co_return reply;
}

}  // namespace

void add_network(EndpointTable& table, Services& services) {
  table.push_back({.path = "/network/ingress-ips",
                   .summary = "Our SIP addresses: where calls are sent to",
                   .tag = "Network",
                   .action = act(services, ingress_ips),
                   .answer_kind = AnswerKind::List,
                   .answer = {"IngressAddress",
                              {text("transport"), text("host"), list("ips", text("")), integer("port")}}});
  table.push_back({.path = "/network/vendor-ips",
                   .summary = "Where calls from the platform come from",
                   .tag = "Network",
                   .action = act(services, vendor_ips),
                   .answer_kind = AnswerKind::List,
                   .answer = {"VendorAddress", {text("ip"), integer("netmask"), text("description")}}});
  table.push_back({.path = "/scopes",
                   .summary = "All scopes, by category",
                   .tag = "API keys",
                   .action = act(services, scopes),
                   .scope = "team:read",
                   .answer_kind = AnswerKind::List,
                   .answer = {"ScopeCategory", {text("category"), list("scopes", free_object(""))}}});
  table.push_back({.path = "/reason-codes",
                   .summary = "Why calls are refused or end, and what to do about it",
                   .tag = "Routing",
                   .action = act(services, reason_codes),
                   .answer_kind = AnswerKind::List,
                   .answer = {"ReasonCode",
                              {integer("code"), text("name"), integer("sip_status").or_null(),
                               integer("q850"), text("phrase"), text("cause"), text("cure")}}});
}

}  // namespace warp::api
