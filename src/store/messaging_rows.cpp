#include "messaging_rows.h"

#include "support.h"

namespace warp::store {
namespace {

std::optional<domain::AmbiguityPolicy> parse_ambiguity(std::string_view text) {
  for (const auto policy : {domain::AmbiguityPolicy::Fail, domain::AmbiguityPolicy::Resend})
    if (to_string(policy) == text) return policy;
  return std::nullopt;
}

void next_networks(pg::RowReader& row, std::vector<domain::Cidr>& out) {
  for (const auto& text : row.next<std::vector<std::string>>()) {
    const auto cidr = domain::Cidr::parse(text);
    if (!cidr) return row.fail();
    out.push_back(*cidr);
  }
}

void next_milliseconds(pg::RowReader& row, std::chrono::milliseconds& out) {
  out = std::chrono::milliseconds(row.next<std::int64_t>());
}

}  // namespace

std::string_view to_string(domain::AmbiguityPolicy policy) {
  switch (policy) {
    case domain::AmbiguityPolicy::Fail:
      return "fail";
    case domain::AmbiguityPolicy::Resend:
      return "resend";
  }
  return "";
}

std::vector<std::string> networks_text(const std::vector<domain::Cidr>& networks) {
  std::vector<std::string> out;
  for (const auto& network : networks)
    out.push_back(network.to_string());
  return out;
}

void read_connector(pg::RowReader& row, domain::Connector& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.enabled);
  row.next(out.paused);
  row.next(out.host);
  row.next(out.port);
  row.next(out.tls);
  row.next(out.tls_ca_file);
  row.next(out.tls_server_name);
  row.next(out.system_id);
  row.next(out.password);
  row.next(out.system_type);
  row.next(out.bind_type);
  row.next(out.binds);
  row.next(out.window);
  row.next(out.mps);
  row.next(out.address_range);
  row.next(out.interface_version);
  row.next(out.source_ton);
  row.next(out.source_npi);
  row.next(out.dest_ton);
  row.next(out.dest_npi);
  row.next(out.default_alphabet);
  row.next(out.latin1);
  row.next(out.substitute);
  row.next(out.packed);
  row.next(out.gsm7_data_coding);
  row.next(out.split);
  row.next(out.submit_id_form);
  row.next(out.receipt_id_form);
  row.next(out.receipt_zone_quarters);
  next_milliseconds(row, out.response_timeout);
  next_milliseconds(row, out.enquire_interval);
  next_named(row, out.ambiguity, parse_ambiguity);
  row.next(out.rate_plan);
  row.next(out.currency);
  row.next(out.validity_form);
  row.next(out.validity_zone_quarters);
  row.next(out.priority_map);
  row.next(out.tls_certificate_file);
  row.next(out.tls_key_file);
  row.next(out.fallback_hosts);
  next_named(row, out.protocol, domain::parse_connector_protocol);
  row.next(out.local_domain);
  row.next(out.remote_domain);
  next_networks(row, out.allowed);
  row.next(out.base_url);
  row.next(out.agent);
  row.next(out.max_media_octets);
}

void read_esme(pg::RowReader& row, domain::Esme& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.system_id);
  row.next(out.enabled);
  next_networks(row, out.allowed);
  row.next(out.max_binds);
  row.next(out.window);
  row.next(out.mps);
  row.next(out.default_alphabet);
  row.next(out.receipt_tlvs);
}

void read_message_route(pg::RowReader& row, domain::MessageRoute& out) {
  row.next(out.id);
  row.next(out.enabled);
  row.next(out.priority);
  row.next(out.weight);
  row.next(out.customer);
  row.next(out.prefix);
  row.next(out.sender);
  row.next(out.keyword);
  row.next(out.from_minute);
  row.next(out.to_minute);
  row.next(out.connector);
  row.next(out.carrier);
  row.next(out.min_quality);
  row.next(out.by_quality);
}

void read_message_rule(pg::RowReader& row, domain::MessageRule& out) {
  row.next(out.id);
  row.next(out.enabled);
  row.next(out.last);
  row.next(out.order);
  row.next(out.customer);
  row.next(out.inbound);
  row.next(out.sender);
  row.next(out.recipient);
  row.next(out.pattern);
  row.next(out.refuse);
  row.next(out.set_sender);
  row.next(out.set_recipient);
  row.next(out.replacement);
  row.next(out.set_priority);
  row.next(out.via);
}

void read_zone(pg::RowReader& row, domain::PrefixZone& out) {
  row.next(out.prefix);
  row.next(out.zone);
}

void read_quiet_hours(pg::RowReader& row, domain::QuietHours& out) {
  row.next(out.customer);
  row.next(out.prefix);
  row.next(out.from_minute);
  row.next(out.to_minute);
  row.next(out.enabled);
}

}  // namespace warp::store
