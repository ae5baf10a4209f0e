#include "trunk_view.h"

#include "formats.h"
#include "sip_policy_body.h"

namespace warp::api {

Schema trunk_ip_schema() {
  return {"TrunkIp",
          {uuid("id"), text("ip"), integer("netmask", 0, 128), source_port_field(), source_transport_field(),
           text("description"), boolean("enabled"), instant("created_at")}};
}

Schema trunk_schema() {
  return {"Trunk",
          {uuid("id"),
           uuid("customer_id"),
           text("name"),
           text("description"),
           boolean("enabled"),
           text("auth_type").one_of({"IP_ACL", "DIGEST", "EITHER", "BOTH"}),
           list("allowed_number_classes", text("")),
           integer("capacity_cps_inbound").or_null(),
           integer("capacity_cps_outbound").or_null(),
           integer("capacity_channels_inbound").or_null(),
           integer("capacity_channels_outbound").or_null(),
           free_object("sip_config"),
           text("media_mode").one_of({"ANCHOR", "BYPASS"}),
           boolean("symmetric_rtp"),
           integer("media_timeout_seconds"),
           integer("ring_timeout_seconds"),
           integer("max_duration_seconds"),
           free_object("sip_policy"),
           list("lookups", text("")),
           text("lookup_absent").one_of({"CONTINUE", "REFUSE"}),
           list("ips", object("", trunk_ip_schema().fields)),
           instant("created_at"),
           instant("updated_at")}};
}

Json show_trunk_ip(const store::TrunkIp& ip) {
  Json out;
  out["id"] = ip.id.to_string();
  out["ip"] = ip.cidr.network.to_string();
  out["netmask"] = ip.cidr.length;
  show_match(out, ip.match);
  out["description"] = ip.description;
  out["enabled"] = ip.enabled;
  out["created_at"] = timestamp(ip.created_at);
  return out;
}

void put_capacity(Json& out, const store::Trunk& trunk) {
  out["capacity_cps_inbound"] = value_or_null(trunk.cps_inbound);
  out["capacity_cps_outbound"] = value_or_null(trunk.cps_outbound);
  out["capacity_channels_inbound"] = value_or_null(trunk.channels_inbound);
  out["capacity_channels_outbound"] = value_or_null(trunk.channels_outbound);
}

Json show_trunk(const store::Trunk& trunk) {
  Json out;
  out["id"] = trunk.id.to_string();
  out["customer_id"] = trunk.customer.to_string();
  out["name"] = trunk.name;
  out["description"] = trunk.description;
  out["enabled"] = trunk.enabled;
  out["auth_type"] = domain::to_string(trunk.auth_type);
  out["allowed_number_classes"] = trunk.allowed_number_classes;
  put_capacity(out, trunk);
  out["sip_config"] = parse_json(trunk.sip_config).value_or(Json::object());
  out["media_mode"] = domain::to_string(trunk.media_mode);
  out["symmetric_rtp"] = trunk.symmetric_rtp;
  out["media_timeout_seconds"] = trunk.media_timeout_seconds;
  out["ring_timeout_seconds"] = trunk.ring_timeout_seconds;
  out["max_duration_seconds"] = trunk.max_duration_seconds;
  out["sip_policy"] = show_sip_policy(trunk.sip_policy);
  out["ips"] = Json::array();
  for (const auto& ip : trunk.ips)
    out["ips"].push_back(show_trunk_ip(ip));
  out["created_at"] = timestamp(trunk.created_at);
  out["updated_at"] = timestamp(trunk.updated_at);
  return out;
}

store::Task<store::Trunk> find_trunk(Services& services, const Call& call) {
  return services.trunks.get(call.actor(), call.id<TrunkId>("trunk_id"));
}

}  // namespace warp::api
