// Rows of what is provisioned for messaging: read alike by the catalogue and by the repositories.
#pragma once

#include "warp/domain/messaging_catalogue.h"
#include "warp/pg/rows.h"

namespace warp::store {

#define CONNECTOR_COLUMNS                                                                            \
  "id, name, enabled, paused, host, port, tls, tls_ca_file, tls_server_name, system_id, password, "  \
  "system_type, bind_type, binds, send_window, mps, address_range, interface_version, source_ton, "  \
  "source_npi, dest_ton, dest_npi, default_alphabet, latin1, substitute, packed, gsm7_data_coding, " \
  "split, submit_id_form, receipt_id_form, receipt_zone_quarters, response_timeout_ms, "             \
  "enquire_interval_ms, ambiguity, rate_plan_id, currency, validity_form, validity_zone_quarters, "  \
  "priority_map, tls_certificate_file, tls_key_file, fallback_hosts, protocol, local_domain, "       \
  "remote_domain, allowed::text[], base_url, agent, max_media_octets"
#define ESME_COLUMNS                                                                    \
  "id, customer_id, system_id, enabled, allowed::text[], max_binds, send_window, mps, " \
  "default_alphabet, receipt_tlvs"
#define MESSAGE_ROUTE_COLUMNS                                                                     \
  "id, enabled, priority, weight, customer_id, prefix, sender, keyword, from_minute, to_minute, " \
  "connector_id, carrier, min_quality, by_quality"

#define MESSAGE_RULE_COLUMNS                                                                              \
  "id, enabled, last, rule_order, customer_id, inbound, sender, recipient, pattern, refuse, set_sender, " \
  "set_recipient, replacement, set_priority, via"
#define QUIET_HOURS_COLUMNS "customer_id, prefix, from_minute, to_minute, enabled"

void read_connector(pg::RowReader& row, domain::Connector& out);
void read_esme(pg::RowReader& row, domain::Esme& out);  // without the password's hash
void read_message_route(pg::RowReader& row, domain::MessageRoute& out);
void read_message_rule(pg::RowReader& row, domain::MessageRule& out);
void read_quiet_hours(pg::RowReader& row, domain::QuietHours& out);
void read_zone(pg::RowReader& row, domain::PrefixZone& out);

std::string_view to_string(domain::AmbiguityPolicy policy);  // fail, resend
std::vector<std::string> networks_text(const std::vector<domain::Cidr>& networks);

}  // namespace warp::store
