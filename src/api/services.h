// Services: what the resources work with. Owned by Api, outlives every request; hence actions take it by
// reference. And the list of resources, one file each.
#pragma once

#include <mutex>

#include "warp/api/authenticator.h"
#include "warp/api/endpoint.h"
#include "warp/api/health_view.h"
#include "warp/api/live_state.h"
#include "warp/api/registrations.h"
#include "warp/api/settings.h"
#include "warp/base/clock.h"
#include "warp/base/random.h"
#include "warp/domain/campaign_registry.h"
#include "warp/domain/message_port.h"
#include "warp/domain/provider_callbacks.h"
#include "warp/http/client.h"
#include "warp/routing/snapshot.h"
#include "warp/store/api_keys.h"
#include "warp/store/billing.h"
#include "warp/store/campaigns.h"
#include "warp/store/credentials.h"
#include "warp/store/customers.h"
#include "warp/store/deliveries.h"
#include "warp/store/emergency_locations.h"
#include "warp/store/endpoint_limits.h"
#include "warp/store/endpoints.h"
#include "warp/store/media.h"
#include "warp/store/message_records.h"
#include "warp/store/messages.h"
#include "warp/store/messaging.h"
#include "warp/store/messaging_numbers.h"
#include "warp/store/messaging_rules.h"
#include "warp/store/number_rules.h"
#include "warp/store/numbers.h"
#include "warp/store/providers.h"
#include "warp/store/rate_plans.h"
#include "warp/store/record_repository.h"
#include "warp/store/routing.h"
#include "warp/store/senders.h"
#include "warp/store/trunks.h"

namespace warp::api {

// The IdSource behind a lock: requests run on all threads of the control pool.
class SharedIds {
 public:
  explicit SharedIds(IdSource& ids) : ids_(ids) {}
  std::string request_id(WallTime now) {
    std::lock_guard guard(mutex_);
    return ids_.uuid7(now).to_string();
  }
  template <class Id>
  Id id(WallTime now) {
    std::lock_guard guard(mutex_);
    return {ids_.uuid7(now)};
  }
  std::uint64_t next64() {
    std::lock_guard guard(mutex_);
    return ids_.next64();
  }
  NewKey key(bool test) {
    std::lock_guard guard(mutex_);
    return make_key(ids_, test);
  }

 private:
  std::mutex mutex_;
  IdSource& ids_;
};

struct Services {
  Services(pg::Pool& pool, const Settings& configured, const Clock& time, IdSource& id_source,
           const routing::SnapshotHolder& holder, const LiveState& live_state, Authenticator& keeper,
           domain::MessagePort* port, domain::CampaignRegistry* campaign_registry,
           domain::ProviderCallbacks* providers, HealthView* health_view)
      : settings(configured),
        clock(time),
        snapshots(holder),
        live(live_state),
        authenticator(keeper),
        messaging(port),
        registry(campaign_registry),
        callbacks(providers),
        health(health_view),
        ids(id_source),
        api_keys(pool),
        customers(pool),
        contracts(pool),
        trunks(pool),
        trunk_endpoints(pool),
        credentials(pool),
        numbers(pool),
        emergency_locations(pool),
        number_rules(pool),
        partitions(pool),
        routes(pool),
        providers(pool),
        provider_endpoints(pool),
        provider_credentials(pool),
        endpoint_limits(pool),
        rate_plans(pool),
        records(pool),
        messages(pool),
        deliveries(pool),
        connectors(pool),
        message_routes(pool),
        esmes(pool),
        opt_outs(pool),
        messaging_settings(pool),
        number_messaging(pool),
        senders(pool),
        message_rules(pool),
        quiet_hours(pool),
        carrier_prefixes(pool),
        prefix_zones(pool),
        campaign_rules(pool),
        billing(pool),
        message_records(pool),
        brands(pool),
        campaigns(pool),
        media(pool) {
    if (auto client = http::Client::make(settings.media.fetch)) fetcher = std::move(*client);
  }

  const Settings& settings;
  const Clock& clock;
  const routing::SnapshotHolder& snapshots;
  const LiveState& live;
  Authenticator& authenticator;
  domain::MessagePort* messaging;          // null: this node carries no messages
  domain::CampaignRegistry* registry;      // null: none is to be had
  domain::ProviderCallbacks* callbacks;    // null: providers are not heard
  HealthView* health;                      // null: endpoints are not watched
  Registrations* registrations = nullptr;  // null: nobody registers here
  std::unique_ptr<http::Client> fetcher;   // null: the authorities' certificates cannot be read
  SharedIds ids;
  store::ApiKeyRepository api_keys;
  store::CustomerRepository customers;
  store::ContractRepository contracts;
  store::TrunkRepository trunks;
  store::TrunkEndpointRepository trunk_endpoints;
  store::CredentialRepository credentials;
  store::NumberRepository numbers;
  store::EmergencyLocationRepository emergency_locations;
  store::NumberRuleRepository number_rules;
  store::PartitionRepository partitions;
  store::RouteRepository routes;
  store::ProviderRepository providers;
  store::ProviderEndpointRepository provider_endpoints;
  store::ProviderCredentialRepository provider_credentials;
  store::EndpointLimitsRepository endpoint_limits;
  store::RatePlanRepository rate_plans;
  store::RecordRepository records;
  store::MessageRepository messages;
  store::DeliveryRepository deliveries;
  store::ConnectorRepository connectors;
  store::MessageRouteRepository message_routes;
  store::EsmeRepository esmes;
  store::OptOutRepository opt_outs;
  store::MessagingSettingsRepository messaging_settings;
  store::NumberMessagingRepository number_messaging;
  store::SenderRepository senders;
  store::MessageRuleRepository message_rules;
  store::QuietHoursRepository quiet_hours;
  store::CarrierPrefixRepository carrier_prefixes;
  store::PrefixZoneRepository prefix_zones;
  store::CampaignRuleRepository campaign_rules;
  store::BillingRepository billing;
  store::MessageRecordRepository message_records;
  store::BrandRepository brands;
  store::CampaignRepository campaigns;
  store::MediaRepository media;
};

using Operation = Answer (*)(Services&, Call);
inline Action act(Services& services, Operation operation) {
  return [&services, operation](Call call) { return operation(services, std::move(call)); };
}

// One change of an object under both PUT and PATCH: only the fields present change.
inline void add_update(EndpointTable& table, Endpoint endpoint) {
  endpoint.partial = true;
  endpoint.method = http::Method::Put;
  table.push_back(endpoint);
  endpoint.method = http::Method::Patch;
  table.push_back(std::move(endpoint));
}

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

}  // namespace warp::api
