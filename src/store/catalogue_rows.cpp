#include "catalogue_rows.h"

#include <unordered_map>

#include <nlohmann/json.hpp>

#include "warp/store/sip_policy.h"

#include "contract_columns.h"
#include "endpoint_columns.h"
#include "support.h"

namespace warp::store {

using namespace std::chrono_literals;
using pg::RowReader;

// The sum over the account's number classes; NULL as soon as one has none (api/trunk_rules.h:
// account_ceilings).
#define CEILING(direction, kind)                                                                           \
  "(SELECT CASE WHEN count(*) > 0 AND count(*) = count(ceiling) THEN least(sum(ceiling), 4294967295) END " \
  "::bigint FROM (SELECT CASE WHEN jsonb_typeof(a.capacity #> ARRAY[class, '" direction "', '" kind        \
  "']) = 'number' THEN (a.capacity #>> ARRAY[class, '" direction "', '" kind                               \
  "'])::numeric END AS ceiling FROM unnest(a.allowed_number_classes) AS class) AS ceilings)"

const pg::Query kCatalogueCustomers{
    "store.catalogue.customers",
    "SELECT a.id, a.name, a.status = 'ACTIVE', a.billing_mode, a.currency, a.partition_id, " CONTRACT_PLAN
    ", " CEILING("inbound", "cps") ", " CEILING("outbound", "cps") ", " CEILING(
        "inbound", "channels") ", " CEILING("outbound", "channels") " FROM customers.accounts a",
    30s};
const pg::Query kCatalogueTrunks{
    "store.catalogue.trunks",
    "SELECT id, customer_id, name, enabled, auth_type, capacity_cps_inbound, capacity_cps_outbound, "
    "capacity_channels_inbound, capacity_channels_outbound, media_mode, symmetric_rtp, "
    "media_timeout_seconds, "
    "ring_timeout_seconds, max_duration_seconds, allowed_number_classes, sip_policy FROM "
    "trunks.configurations",
    30s};
const pg::Query kCatalogueAcl{"store.catalogue.acl",
                              "SELECT cidr, trunk_id, port, transport FROM trunks.ip_whitelist WHERE enabled",
                              30s};
const pg::Query kCatalogueNumbers{"store.catalogue.numbers",
                                  "SELECT e164, customer_id, trunk_id, rate_plan_id FROM numbers.inventory "
                                  "WHERE status IN ('held', 'active')",
                                  30s};
const pg::Query kCatalogueProviders{
    "store.catalogue.providers",
    "SELECT id, name, enabled, rate_plan_id, currency, cps, channels, media_mode, symmetric_rtp, inbound, "
    "attempt_timeout_ms, strip_digits, add_digits, sip_policy FROM routing.providers",
    30s};
const pg::Query kCataloguePartitions{"store.catalogue.partitions",
                                     "SELECT id, name, max_attempts, route_order, match_lrn, quality::text, "
                                     "minimum_margin_nanos, minimum_margin_e9 FROM routing.partitions",
                                     30s};
const pg::Query kCatalogueRoutes{"store.catalogue.routes",
                                 "SELECT id, partition_id, coalesce(provider_id, "
                                 "'00000000-0000-0000-0000-000000000000'), prefix, priority, "
                                 "weight, enabled, action, percent, ani_prefix, schedule_id, jurisdictions, "
                                 "customer_id FROM routing.routes",
                                 30s};
const pg::Query kCatalogueEndpoints{
    "store.catalogue.endpoints",
    "SELECT trunk_id, id, " ENDPOINT_TARGET("") ", priority, weight FROM trunks.endpoints WHERE enabled "
    "UNION ALL "
    "SELECT provider_id, id, " ENDPOINT_TARGET("") ", priority, weight FROM routing.provider_endpoints "
    "WHERE enabled",
    30s};
const pg::Query kCatalogueSources{
    "store.catalogue.sources",
    "SELECT provider_id, cidr, port, transport FROM routing.provider_addresses WHERE enabled", 30s};
const pg::Query kCatalogueNumberRules{
    "store.catalogue.number_rules",
    "SELECT id, coalesce(trunk_id, provider_id), stage, subject, position, pattern, replacement "
    "FROM routing.number_rules WHERE enabled",
    30s};
const pg::Query kCatalogueEmergencyLocations{
    "store.catalogue.emergency_locations",
    "SELECT e164, customer_id, civic, callback_name FROM numbers.emergency_locations", 30s};

namespace {

template <class Duration>
void next_duration(RowReader& row, Duration& out) {
  out = Duration(row.next<std::int64_t>());
}

// What this daemon does not know restricts nothing by itself.
void next_classes(RowReader& row, domain::NumberClasses& out) {
  for (const auto& name : row.next<std::vector<std::string>>())
    if (const auto one = domain::parse_number_class(name)) out |= static_cast<domain::NumberClasses>(*one);
}

// Elements that it does not know are left out.
void next_civic(RowReader& row, domain::CivicAddress& out) {
  const auto json = nlohmann::json::parse(row.next<std::string>(), nullptr, false);
  if (!json.is_object()) return row.fail();
  for (const auto name : domain::kCivicElements)
    if (const auto found = json.find(name); found != json.end() && found->is_string())
      out.emplace_back(name, found->get<std::string>());
}

void next_policy(RowReader& row, domain::SipPolicy& out) {
  const auto text = row.next<std::string>();
  if (text != "{}") out = kept_sip_policy(text);
}

}  // namespace

void read_catalogue_customer(RowReader& row, domain::Customer& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.active);
  next_named(row, out.billing_mode, domain::parse_billing_mode);
  row.next(out.currency);
  row.next(out.partition);
  row.next(out.rate_plan);
  row.next(out.cps_inbound);
  row.next(out.cps_outbound);
  row.next(out.channels_inbound);
  row.next(out.channels_outbound);
}

void read_catalogue_trunk(RowReader& row, domain::Trunk& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.name);
  row.next(out.enabled);
  next_named(row, out.auth_type, domain::parse_auth_type);
  row.next(out.cps_inbound);
  row.next(out.cps_outbound);
  row.next(out.channels_inbound);
  row.next(out.channels_outbound);
  next_named(row, out.media_mode, domain::parse_media_mode);
  row.next(out.symmetric_rtp);
  next_duration(row, out.media_timeout);
  next_duration(row, out.ring_timeout);
  next_duration(row, out.max_duration);
  next_classes(row, out.number_classes);
  next_policy(row, out.sip);
}

void read_catalogue_acl(RowReader& row, domain::IpAclEntry& out) {
  next_cidr(row, out.cidr);
  row.next(out.trunk);
  next_match(row, out.match);
}

void read_catalogue_number(RowReader& row, domain::Number& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.trunk);
  row.next(out.rate_plan);
}

void read_catalogue_provider(RowReader& row, domain::Provider& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.enabled);
  row.next(out.rate_plan);
  row.next(out.currency);
  row.next(out.cps);
  row.next(out.channels);
  next_named(row, out.media_mode, domain::parse_media_mode);
  row.next(out.symmetric_rtp);
  row.next(out.inbound);
  next_duration(row, out.attempt_timeout);
  row.next(out.strip_digits);
  row.next(out.add_digits);
  next_policy(row, out.sip);
}

void read_catalogue_partition(RowReader& row, domain::Partition& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.max_attempts);
  next_named(row, out.order, domain::parse_route_order);
  row.next(out.match_lrn);
  row.next(out.quality);
  row.next(out.minimum_margin);
  row.next(out.minimum_margin_e9);
}

void read_catalogue_route(RowReader& row, domain::Route& out) {
  row.next(out.id);
  row.next(out.partition);
  row.next(out.provider);
  row.next(out.prefix);
  row.next(out.priority);
  row.next(out.weight);
  row.next(out.enabled);
  next_named(row, out.action, domain::parse_route_action);
  row.next(out.percent);
  row.next(out.ani_prefix);
  row.next(out.schedule);
  row.next(out.jurisdictions);
  row.next(out.customer);
}

void read_catalogue_endpoint(RowReader& row, OwnedEndpoint& out) {
  row.next(out.owner);
  row.next(out.endpoint.id);
  next_endpoint_target(row, out.endpoint);
  row.next(out.endpoint.priority);
  row.next(out.endpoint.weight);
}

void read_catalogue_source(RowReader& row, OwnedSource& out) {
  row.next(out.provider);
  next_cidr(row, out.source.cidr);
  next_match(row, out.source.match);
}

void read_catalogue_number_rule(RowReader& row, domain::NumberRule& out) {
  row.next(out.id);
  row.next(out.owner);
  next_named(row, out.stage, domain::parse_number_stage);
  next_named(row, out.subject, domain::parse_number_subject);
  row.next(out.position);
  row.next(out.pattern);
  row.next(out.replacement);
}

void read_catalogue_emergency_location(RowReader& row, domain::EmergencyLocation& out) {
  row.next(out.e164);
  row.next(out.customer);
  next_civic(row, out.civic);
  row.next(out.callback_name);
}

void attach(domain::Catalogue& catalogue, std::vector<OwnedEndpoint> endpoints,
            std::vector<OwnedSource> sources) {
  std::unordered_map<Uuid, std::vector<domain::Endpoint>*> owners;
  std::unordered_map<ProviderId, domain::Provider*> providers;
  for (auto& trunk : catalogue.trunks)
    owners[trunk.id.value] = &trunk.endpoints;
  for (auto& provider : catalogue.providers) {
    owners[provider.id.value] = &provider.endpoints;
    providers[provider.id] = &provider;
  }
  for (auto& owned : endpoints)
    if (const auto owner = owners.find(owned.owner); owner != owners.end())
      owner->second->push_back(owned.endpoint);
  for (auto& owned : sources)
    if (const auto owner = providers.find(owned.provider); owner != providers.end())
      owner->second->source_addresses.push_back(owned.source);
}

}  // namespace warp::store
