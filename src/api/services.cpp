#include "services.h"

#include "warp/api/authenticator.h"
#include "warp/http/client.h"
#include "warp/store/api_keys.h"
#include "warp/store/billing.h"
#include "warp/store/brands.h"
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

struct Repositories {
  explicit Repositories(pg::Pool& pool)
      : api_keys(pool),
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
        media(pool) {}

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

std::string SharedIds::request_id(WallTime now) {
  std::lock_guard guard(mutex_);
  return ids_.uuid7(now).to_string();
}

std::uint64_t SharedIds::next64() {
  std::lock_guard guard(mutex_);
  return ids_.next64();
}

NewKey SharedIds::key(bool test) {
  std::lock_guard guard(mutex_);
  return make_key(ids_, test);
}

Services::Services(pg::Pool& pg_pool, const Settings& configured, const Clock& time, IdSource& id_source,
                   const routing::SnapshotHolder& holder, const LiveState& live_state, Authenticator& keeper,
                   domain::MessagePort* port, domain::CampaignRegistry* campaign_registry,
                   domain::ProviderCallbacks* providers, HealthView* health_view)
    : pool(pg_pool),
      settings(configured),
      clock(time),
      snapshots(holder),
      live(live_state),
      authenticator(keeper),
      authorizer({configured.require_step_up, configured.step_up_window}, time),
      messaging(port),
      registry(campaign_registry),
      callbacks(providers),
      health(health_view),
      roles(make_role_book(pg_pool, time)),
      ids(id_source),
      repositories(std::make_unique<Repositories>(pg_pool)),
      api_keys(repositories->api_keys),
      customers(repositories->customers),
      contracts(repositories->contracts),
      trunks(repositories->trunks),
      trunk_endpoints(repositories->trunk_endpoints),
      credentials(repositories->credentials),
      numbers(repositories->numbers),
      emergency_locations(repositories->emergency_locations),
      number_rules(repositories->number_rules),
      partitions(repositories->partitions),
      routes(repositories->routes),
      providers(repositories->providers),
      provider_endpoints(repositories->provider_endpoints),
      provider_credentials(repositories->provider_credentials),
      endpoint_limits(repositories->endpoint_limits),
      rate_plans(repositories->rate_plans),
      records(repositories->records),
      messages(repositories->messages),
      deliveries(repositories->deliveries),
      connectors(repositories->connectors),
      message_routes(repositories->message_routes),
      esmes(repositories->esmes),
      opt_outs(repositories->opt_outs),
      messaging_settings(repositories->messaging_settings),
      number_messaging(repositories->number_messaging),
      senders(repositories->senders),
      message_rules(repositories->message_rules),
      quiet_hours(repositories->quiet_hours),
      carrier_prefixes(repositories->carrier_prefixes),
      prefix_zones(repositories->prefix_zones),
      campaign_rules(repositories->campaign_rules),
      billing(repositories->billing),
      message_records(repositories->message_records),
      brands(repositories->brands),
      campaigns(repositories->campaigns),
      media(repositories->media) {
  if (auto client = http::Client::make(settings.media.fetch)) fetcher = std::move(*client);
}

Services::~Services() = default;

Action act(Services& services, Operation operation) {
  return [&services, operation](Call call) { return operation(services, std::move(call)); };
}

void add_update(EndpointTable& table, Endpoint endpoint) {
  endpoint.partial = true;
  endpoint.method = http::Method::Put;
  table.push_back(endpoint);
  endpoint.method = http::Method::Patch;
  table.push_back(std::move(endpoint));
}

}  // namespace warp::api
