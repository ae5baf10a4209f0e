// Services: what the resources work with. Owned by Api, outlives every request; hence actions take it by
// reference. And the list of resources, one file each. Repositories are named here and no more: a resource
// includes those that it uses.
#pragma once

#include <memory>
#include <mutex>

#include "warp/api/authorizer.h"
#include "warp/api/endpoint.h"
#include "warp/api/ports.h"
#include "warp/api/roles.h"
#include "warp/api/settings.h"
#include "warp/base/clock.h"
#include "warp/base/holder.h"
#include "warp/base/random.h"

#include "lists.h"
#include "shared_reads.h"

namespace warp::domain {
class CampaignRegistry;
class MessagePort;
class ProviderCallbacks;
}  // namespace warp::domain
namespace warp::http {
class Client;
}
namespace warp::pg {
class Pool;
}
namespace warp::numbering {
class Table;
}
namespace warp::routing {
class QualityTable;
class SnapshotHolder;
}  // namespace warp::routing
namespace warp::store {
class ApiKeyRepository;
class BillingRepository;
class BrandRepository;
class CampaignRepository;
class CampaignRuleRepository;
class CarrierPrefixRepository;
class ConnectorRepository;
class ContractRepository;
class CredentialRepository;
class CustomerRepository;
class DeliveryRepository;
class EmergencyLocationRepository;
class EndpointLimitsRepository;
class EsmeRepository;
class MediaRepository;
class MessageRecordRepository;
class MessageRepository;
class MessageRouteRepository;
class MessageRuleRepository;
class MessagingSettingsRepository;
class NumberMessagingRepository;
class NumberRepository;
class NumberRuleRepository;
class OptOutRepository;
class PartitionRepository;
class PrefixZoneRepository;
class ProviderCredentialRepository;
class ProviderEndpointRepository;
class ProviderRepository;
class QuietHoursRepository;
class RatePlanRepository;
class RecordRepository;
class RouteRepository;
class SenderRepository;
class TrunkEndpointRepository;
class TrunkRepository;
}  // namespace warp::store

namespace warp::api {

class Authenticator;
class HealthView;
class LiveState;
class Registrations;
struct NewKey;
struct Repositories;

// The IdSource behind a lock: requests run on all threads of the control pool.
class SharedIds {
 public:
  explicit SharedIds(IdSource& ids) : ids_(ids) {}
  std::string request_id(WallTime now);
  template <class Id>
  Id id(WallTime now) {
    std::lock_guard guard(mutex_);
    return {ids_.uuid7(now)};
  }
  std::uint64_t next64();
  NewKey key(bool test);

 private:
  std::mutex mutex_;
  IdSource& ids_;
};

struct Services {
  Services(pg::Pool& pg_pool, const Settings& configured, const Clock& time, IdSource& id_source,
           const routing::SnapshotHolder& holder, const LiveState& live_state, Authenticator& keeper,
           domain::MessagePort* port, domain::CampaignRegistry* campaign_registry,
           domain::ProviderCallbacks* providers, HealthView* health_view);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  pg::Pool& pool;  // for the repositories that a resource makes for itself
  const Settings& settings;
  const Clock& clock;
  const routing::SnapshotHolder& snapshots;
  const LiveState& live;
  Authenticator& authenticator;
  const Authorizer authorizer;
  domain::MessagePort* messaging;                          // null: this node carries no messages
  domain::CampaignRegistry* registry;                      // null: none is to be had
  domain::ProviderCallbacks* callbacks;                    // null: providers are not heard
  HealthView* health;                                      // null: endpoints are not watched
  Registrations* registrations = nullptr;                  // null: nobody registers here
  const Holder<numbering::Table>* places = nullptr;        // null: no number has a place
  const Holder<routing::QualityTable>* quality = nullptr;  // null: no route has a quality
  Ports ports;                                             // of this node; null where there is none
  std::unique_ptr<RoleBook> roles;                         // never null
  std::unique_ptr<http::Client> fetcher;  // null: the authorities' certificates cannot be read
  SharedIds ids;
  SharedReads shared_reads;

  std::unique_ptr<Repositories> repositories;
  store::ApiKeyRepository& api_keys;
  store::CustomerRepository& customers;
  store::ContractRepository& contracts;
  store::TrunkRepository& trunks;
  store::TrunkEndpointRepository& trunk_endpoints;
  store::CredentialRepository& credentials;
  store::NumberRepository& numbers;
  store::EmergencyLocationRepository& emergency_locations;
  store::NumberRuleRepository& number_rules;
  store::PartitionRepository& partitions;
  store::RouteRepository& routes;
  store::ProviderRepository& providers;
  store::ProviderEndpointRepository& provider_endpoints;
  store::ProviderCredentialRepository& provider_credentials;
  store::EndpointLimitsRepository& endpoint_limits;
  store::RatePlanRepository& rate_plans;
  store::RecordRepository& records;
  store::MessageRepository& messages;
  store::DeliveryRepository& deliveries;
  store::ConnectorRepository& connectors;
  store::MessageRouteRepository& message_routes;
  store::EsmeRepository& esmes;
  store::OptOutRepository& opt_outs;
  store::MessagingSettingsRepository& messaging_settings;
  store::NumberMessagingRepository& number_messaging;
  store::SenderRepository& senders;
  store::MessageRuleRepository& message_rules;
  store::QuietHoursRepository& quiet_hours;
  store::CarrierPrefixRepository& carrier_prefixes;
  store::PrefixZoneRepository& prefix_zones;
  store::CampaignRuleRepository& campaign_rules;
  store::BillingRepository& billing;
  store::MessageRecordRepository& message_records;
  store::BrandRepository& brands;
  store::CampaignRepository& campaigns;
  store::MediaRepository& media;
};

// roles in Postgres, those of the system from code (role_book.cpp)
std::unique_ptr<RoleBook> make_role_book(pg::Pool& pool, const Clock& clock);

using Operation = Answer (*)(Services&, Call);
Action act(Services& services, Operation operation);

// One change of an object under both PUT and PATCH: only the fields present change.
void add_update(EndpointTable& table, Endpoint endpoint);

void add_api_keys(EndpointTable& table, Services& services);
void add_customers(EndpointTable& table, Services& services);
void add_utilization(EndpointTable& table, Services& services);
void add_contracts(EndpointTable& table, Services& services);
void add_trunks(EndpointTable& table, Services& services);
void add_trunk_ips(EndpointTable& table, Services& services);
void add_credentials(EndpointTable& table, Services& services);
void add_provider_credentials(EndpointTable& table, Services& services);
void add_endpoints(EndpointTable& table, Services& services);
void add_endpoint_health(EndpointTable& table, Services& services);
void add_numbers(EndpointTable& table, Services& services);
void add_number_voice(EndpointTable& table, Services& services);
void add_number_e911(EndpointTable& table, Services& services);
void add_number_rules(EndpointTable& table, Services& services);
void add_providers(EndpointTable& table, Services& services);
void add_partitions(EndpointTable& table, Services& services);
void add_routes(EndpointTable& table, Services& services);
void add_rate_plans(EndpointTable& table, Services& services);
void add_rates(EndpointTable& table, Services& services);
void add_records(EndpointTable& table, Services& services);
void add_network(EndpointTable& table, Services& services);
void add_endpoint_limits(EndpointTable& table, Services& services);
void add_security(EndpointTable& table, Services& services);
void add_explain(EndpointTable& table, Services& services);
void add_messages(EndpointTable& table, Services& services);
void add_message_batch(EndpointTable& table, Services& services);
void add_messaging_reference(EndpointTable& table, Services& services);
void add_number_messaging(EndpointTable& table, Services& services);
void add_deliveries(EndpointTable& table, Services& services);
void add_connectors(EndpointTable& table, Services& services);
void add_connector_control(EndpointTable& table, Services& services);
void add_message_routes(EndpointTable& table, Services& services);
void add_esmes(EndpointTable& table, Services& services);
void add_opt_outs(EndpointTable& table, Services& services);
void add_senders(EndpointTable& table, Services& services);
void add_messaging_settings(EndpointTable& table, Services& services);
void add_message_rates(EndpointTable& table, Services& services);
void add_message_rules(EndpointTable& table, Services& services);
void add_quiet_hours(EndpointTable& table, Services& services);
void add_campaign_rules(EndpointTable& table, Services& services);
void add_message_records(EndpointTable& table, Services& services);
void add_billing(EndpointTable& table, Services& services);
void add_media(EndpointTable& table, Services& services);
void add_brands(EndpointTable& table, Services& services);
void add_campaigns(EndpointTable& table, Services& services);
void add_campaign_review(EndpointTable& table, Services& services);
void add_campaign_numbers(EndpointTable& table, Services& services);
void add_number_data(EndpointTable& table, Services& services);
void add_lookups(EndpointTable& table, Services& services);
void add_jobs(EndpointTable& table, Services& services);
void add_deck_imports(EndpointTable& table, Services& services);
void add_schedules(EndpointTable& table, Services& services);
void add_fx(EndpointTable& table, Services& services);
void add_route_rules(EndpointTable& table, Services& services);
void add_number_lists(EndpointTable& table, Services& services);
void add_quality(EndpointTable& table, Services& services);
void add_simulation(EndpointTable& table, Services& services);
void add_destinations(EndpointTable& table, Services& services);
void add_leases(EndpointTable& table, Services& services);
void add_spend_limits(EndpointTable& table, Services& services);
void add_alarms(EndpointTable& table, Services& services);
void add_rerates(EndpointTable& table, Services& services);
void add_usage(EndpointTable& table, Services& services);
void add_bans(EndpointTable& table, Services& services);
void add_invoices(EndpointTable& table, Services& services);
void add_taxes(EndpointTable& table, Services& services);
void add_vendor_billing(EndpointTable& table, Services& services);
void add_sessions(EndpointTable& table, Services& services);
void add_profile(EndpointTable& table, Services& services);
void add_second_factors(EndpointTable& table, Services& services);
void add_passwords(EndpointTable& table, Services& services);
void add_roles(EndpointTable& table, Services& services);
void add_members(EndpointTable& table, Services& services);
void add_operators(EndpointTable& table, Services& services);
void add_audit(EndpointTable& table, Services& services);
void add_bulk(EndpointTable& table, Services& services);
void add_number_stock(EndpointTable& table, Services& services);
void add_number_orders(EndpointTable& table, Services& services);
void add_port_out_pins(EndpointTable& table, Services& services);
void add_port_requests(EndpointTable& table, Services& services);
void add_port_groups(EndpointTable& table, Services& services);
void add_port_documents(EndpointTable& table, Services& services);
void add_port_tracking(EndpointTable& table, Services& services);
void add_transfers(EndpointTable& table, Services& services);
void add_entity_checks(EndpointTable& table, Services& services);
void add_dashboard(EndpointTable& table, Services& services);
void add_live(EndpointTable& table, Services& services);
void add_webhooks(EndpointTable& table, Services& services);
void add_webhook_deliveries(EndpointTable& table, Services& services);
void add_calls(EndpointTable& table, Services& services);
void add_nodes(EndpointTable& table, Services& services);
void add_recordings(EndpointTable& table, Services& services);
// Pages for people, beside the table: the reference, the errors.
void add_reference(http::Router& router, Services& services, const EndpointTable& table);

}  // namespace warp::api
