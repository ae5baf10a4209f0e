#include "warp/store/catalogue_repository.h"

#include <array>
#include <unordered_map>

#include "warp/store/endpoint_limits.h"

#include "catalogue_parts.h"
#include "catalogue_rows.h"
#include "load_rows.h"
#include "rate_copy.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using domain::Catalogue;

// Loaded by themselves, after the rows that they complete.
constexpr std::array kParts{load_tariffs, load_routing_rules, load_charging, load_number_data, load_billing};

struct PlanRow {
  domain::RatePlan plan;
  std::optional<std::int64_t> deck;
};

constexpr pg::Query kCataloguePlans{
    "store.catalogue.rate_plans",
    "SELECT id, name, kind, currency, rounding, decimals, allow_below_cost, version, deck_id, "
    "unknown_as, match_lrn, toll_free_by = 'ORIGIN', minimum_margin_nanos, minimum_margin_e9 "
    "FROM billing.rate_plans",
    30s};

void read_plan(pg::RowReader& row, PlanRow& out) {
  row.next(out.plan.id);
  row.next(out.plan.name);
  next_named(row, out.plan.kind, domain::parse_rate_plan_kind);
  row.next(out.plan.currency);
  next_named(row, out.plan.rounding, parse_rounding);
  row.next(out.plan.decimals);
  row.next(out.plan.allow_below_cost);
  row.next(out.plan.version);
  row.next(out.deck);
  const auto unknown = row.next<std::optional<std::string>>();
  out.plan.unknown_as = unknown ? domain::parse_jurisdiction(*unknown) : std::nullopt;
  row.next(out.plan.match_lrn);
  row.next(out.plan.toll_free_by_origin);
  row.next(out.plan.minimum_margin);
  row.next(out.plan.minimum_margin_e9);
}

// Lines of earlier loads by plan, for plans whose version is still the same.
class HeldLines {
 public:
  explicit HeldLines(const Catalogue* previous) {
    if (!previous) return;
    for (const auto& plan : previous->rate_plans)
      plans_[plan.id] = &plan;
  }
  DeckLines find(const domain::RatePlan& wanted) const {
    const auto found = plans_.find(wanted.id);
    return found != plans_.end() && found->second->version == wanted.version ? found->second->rates : nullptr;
  }

 private:
  std::unordered_map<RatePlanId, const domain::RatePlan*> plans_;
};

Task<std::vector<domain::RatePlan>> load_plans(pg::Transaction& tx, const HeldLines& held) {
  const auto rows = co_await tx.query(kCataloguePlans, pg::Params());
  if (!rows) co_return error_of(rows.error());
  auto plans = read_all<PlanRow>(*rows, read_plan, kCataloguePlans.name);
  if (!plans) co_return std::move(plans).error();
  std::vector<domain::RatePlan> out;
  for (auto& row : *plans) {
    auto lines = held.find(row.plan);
    if (!lines && row.deck) {
      auto read = co_await read_deck_lines(tx, *row.deck);
      if (!read) co_return std::move(read).error();
      lines = std::move(*read);
    }
    row.plan.rates = lines ? std::move(lines) : std::make_shared<const std::vector<domain::Rate>>();
    out.push_back(std::move(row.plan));
  }
  co_return out;
}

}  // namespace

Task<std::shared_ptr<const Catalogue>> CatalogueRepository::load(std::shared_ptr<const Catalogue> previous) {
  auto catalogue = std::make_shared<Catalogue>();
  auto& c = *catalogue;
  c.loaded_at = clock_.wall();
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool_.begin(pg::Scope::operators().by("warpd", ""), options);
  if (!tx) co_return error_of(tx.error());
  std::optional<Error> failed;
  std::vector<OwnedEndpoint> endpoints;
  std::vector<OwnedSource> sources;
  std::vector<EndpointLimits> limits;
  co_await load_into(*tx, kCatalogueCustomers, read_catalogue_customer, c.customers, failed);
  co_await load_into(*tx, kCatalogueTrunks, read_catalogue_trunk, c.trunks, failed);
  co_await load_into(*tx, kCatalogueAcl, read_catalogue_acl, c.ip_acl, failed);
  co_await load_into(*tx, kCatalogueNumbers, read_catalogue_number, c.numbers, failed);
  co_await load_into(*tx, kCatalogueProviders, read_catalogue_provider, c.providers, failed);
  co_await load_into(*tx, kCataloguePartitions, read_catalogue_partition, c.partitions, failed);
  co_await load_into(*tx, kCatalogueRoutes, read_catalogue_route, c.routes, failed);
  co_await load_into(*tx, kCatalogueNumberRules, read_catalogue_number_rule, c.number_rules, failed);
  co_await load_into(*tx, kCatalogueEmergencyLocations, read_catalogue_emergency_location,
                     c.emergency_locations, failed);
  co_await load_into(*tx, kCatalogueEndpoints, read_catalogue_endpoint, endpoints, failed);
  co_await load_into(*tx, kCatalogueSources, read_catalogue_source, sources, failed);
  std::vector<domain::ProviderCredential> provider_credentials;
  co_await load_into(*tx, kCatalogueCredentials, read_catalogue_credential, c.credentials, failed);
  co_await load_into(*tx, kCatalogueProviderCredentials, read_catalogue_provider_credential,
                     provider_credentials, failed);
  co_await load_into(*tx, kCatalogueEndpointLimits, read_endpoint_limits, limits, failed);
  if (failed) co_return std::move(*failed);
  const HeldLines held(previous.get());
  auto plans = co_await load_plans(*tx, held);
  if (!plans) co_return std::move(plans).error();
  c.rate_plans = std::move(*plans);
  for (const auto load : kParts) {
    const auto loaded = co_await load(*tx, c);
    if (!loaded) co_return loaded.error();
  }
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  attach(c, std::move(endpoints), std::move(sources));
  attach(c, std::move(provider_credentials));
  set_limits(c, limits);
  c.version = ++loads_;
  co_return std::shared_ptr<const Catalogue>(std::move(catalogue));
}

}  // namespace warp::store
