#include "warp/routing/snapshot.h"

#include <algorithm>
#include <unordered_map>

#include "snapshot_impl.h"

namespace warp::routing {
namespace {

template <class Map, class Id>
auto find_in(const Map& map, const Id& id) -> decltype(&map.begin()->second) {
  const auto found = map.find(id);
  return found == map.end() ? nullptr : &found->second;
}

void sort_by_priority(std::vector<domain::Endpoint>& endpoints) {
  std::stable_sort(endpoints.begin(), endpoints.end(),
                   [](const auto& a, const auto& b) { return a.priority < b.priority; });
}

bool same_terms(const domain::RatePlan& a, const domain::RatePlan& b) {
  return a.version == b.version && a.name == b.name && a.kind == b.kind && a.currency == b.currency &&
         a.rounding == b.rounding && a.decimals == b.decimals && a.allow_below_cost == b.allow_below_cost &&
         a.unknown_as == b.unknown_as && a.match_lrn == b.match_lrn &&
         a.toll_free_by_origin == b.toll_free_by_origin && a.minimum_margin == b.minimum_margin &&
         a.minimum_margin_e9 == b.minimum_margin_e9;
}

// Lines that hang on schedules were compiled with them.
bool still_holds(const rating::Deck& deck, const domain::RatePlan& plan,
                 const std::shared_ptr<const rating::ScheduleBook>& schedules) {
  return same_terms(deck.plan(), plan) && (!deck.timed() || deck.schedules() == schedules);
}

bool is_plain(const domain::Route& route) {
  return route.action == domain::RouteAction::Offer && !route.customer && route.ani_prefix.empty() &&
         route.schedule == 0 && route.jurisdictions == domain::kAllJurisdictions;
}

struct KeyedTarget {
  rating::PrefixKey key;
  RouteTarget target;
};

RouteTarget target_of(const domain::Route& route, const domain::Provider* provider, const rating::Deck* deck,
                      const Lists* lists) {
  RouteTarget target;
  target.route = &route;
  target.priority = route.priority;
  target.plain = is_plain(route);
  if (!provider) return target;
  target.provider = provider;
  target.deck = deck;
  target.currency = deck ? deck->plan().currency : provider->currency;
  target.has_endpoint = !provider->endpoints.empty();
  target.only_endpoint = provider->endpoints.size() == 1 ? &provider->endpoints.front() : nullptr;
  target.lists = lists;
  return target;
}

// Routes of one prefix that lead to one provider.
void mark_shared(std::span<RouteTarget> targets) {
  std::unordered_map<const domain::Provider*, RouteTarget*> seen;
  for (auto& target : targets) {
    const auto [first, fresh] = seen.try_emplace(target.provider, &target);
    if (!fresh) first->second->shared = target.shared = true;
  }
}

void fill(RouteGroups& table, std::vector<KeyedTarget> keyed) {
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  std::vector<rating::PrefixKey> keys;
  for (const auto& entry : keyed) {
    if (keys.empty() || keys.back() != entry.key) {
      keys.push_back(entry.key);
      table.first.push_back(static_cast<std::uint32_t>(table.targets.size()));
    }
    table.targets.push_back(entry.target);
  }
  table.first.push_back(static_cast<std::uint32_t>(table.targets.size()));
  for (std::size_t i = 0; i + 1 < table.first.size(); ++i)
    mark_shared(std::span(table.targets).subspan(table.first[i], table.first[i + 1] - table.first[i]));
  table.index = rating::DigitIndex(keys);
}

}  // namespace

const rating::Deck* Snapshot::Impl::deck(const std::optional<RatePlanId>& id) const {
  if (!id) return nullptr;
  const auto* found = find_in(decks, *id);
  return found ? found->get() : nullptr;
}

const domain::Number* Snapshot::Impl::number(std::string_view e164) const {
  const auto key = rating::PrefixKey::parse(e164);
  const auto at = key && !e164.empty() ? numbers.find(*key) : FlatIndex::kNone;
  return at == FlatIndex::kNone ? nullptr : &catalogue.numbers[at];
}

void Snapshot::Impl::compile_decks(const Snapshot* previous) {
  for (auto& plan : catalogue.rate_plans) {
    const auto* kept = previous ? find_in(previous->impl_->decks, plan.id) : nullptr;
    decks.emplace(plan.id, kept && still_holds(**kept, plan, schedules)
                               ? *kept
                               : rating::Deck::compile(plan, schedules));
    plan.rates = nullptr;
  }
}

void Snapshot::Impl::compile_endpoints() {
  for (auto& trunk : catalogue.trunks) {
    sort_by_priority(trunk.endpoints);
    trunk.sip.health.compile();
    trunks.emplace(trunk.id, &trunk);
  }
  for (auto& provider : catalogue.providers) {
    sort_by_priority(provider.endpoints);
    provider.sip.health.compile();
    providers.emplace(provider.id, &provider);
  }
}

void Snapshot::Impl::compile_partitions() {
  struct Keyed {
    std::vector<KeyedTarget> offers, rules;
  };
  std::unordered_map<PartitionId, Keyed> keyed;
  for (const auto& route : catalogue.routes) {
    const auto* found = find_in(providers, route.provider);
    const auto* provider = found ? *found : nullptr;
    const bool blocks_all = route.action == domain::RouteAction::Block && route.provider.is_nil();
    const auto key = rating::PrefixKey::parse(route.prefix);
    if (!route.enabled || !key || (!blocks_all && (!provider || !provider->enabled))) continue;
    auto& rows = keyed[route.partition];
    auto& kind = route.action == domain::RouteAction::Offer ? rows.offers : rows.rules;
    kind.push_back({*key, target_of(route, provider, provider ? deck(provider->rate_plan) : nullptr,
                                    provider ? lists_of(provider->id.value) : nullptr)});
  }
  for (const auto& partition : catalogue.partitions) {
    auto& table = partitions[partition.id];
    if (table.partition) continue;
    table.partition = &partition;
    table.quality = QualityRules::parse(partition.quality);
    table.lists = lists_of(partition.id.value);
    fill(table, std::move(keyed[partition.id].offers));
    fill(table.rules, std::move(keyed[partition.id].rules));
    table.conditional = std::any_of(table.targets.begin(), table.targets.end(),
                                    [](const RouteTarget& target) { return !target.plain; });
  }
}

void Snapshot::Impl::compile_accounts() {
  for (const auto& customer : catalogue.customers) {
    Account account;
    account.customer = &customer;
    account.lists = lists_of(customer.id.value);
    if (customer.partition) account.partition = find_in(partitions, *customer.partition);
    for (const auto& dated : customer.plans)
      if (const auto* by = deck(dated.plan))
        account.decks.push_back({by, dated.from, dated.to.value_or(WallTime::max())});
    std::stable_sort(account.decks.begin(), account.decks.end(),
                     [](const auto& a, const auto& b) { return a.from > b.from; });
    if (const auto* by = customer.plans.empty() ? deck(customer.rate_plan) : nullptr)
      account.decks.push_back({by, WallTime::min(), WallTime::max()});
    accounts.emplace(customer.id, std::move(account));
  }
}

void Snapshot::Impl::compile_numbers() {
  numbers.reserve(catalogue.numbers.size());
  for (std::uint32_t at = 0; at < catalogue.numbers.size(); ++at) {
    const auto& e164 = catalogue.numbers[at].e164;
    const auto key = rating::PrefixKey::parse(e164);
    if (key && !e164.empty()) numbers.insert(*key, at);
  }
}

void Snapshot::Impl::compile_sources() {
  // Among equal networks that ask for the same: enabled trunks, other trunks, providers; then by position,
  // that is by chance of the database, but the same for the whole snapshot.
  std::vector<SourceNetwork> networks;
  const auto trunk_count = static_cast<std::uint32_t>(catalogue.trunks.size());
  for (const auto& entry : catalogue.ip_acl) {
    const auto* trunk = find_in(trunks, entry.trunk);
    if (!trunk) continue;
    const auto owner = static_cast<std::uint32_t>(*trunk - catalogue.trunks.data());
    networks.push_back({entry.cidr, owner, (*trunk)->enabled ? 0u : 1u, entry.match});
  }
  for (std::uint32_t at = 0; at < catalogue.providers.size(); ++at) {
    const auto& provider = catalogue.providers[at];
    const std::uint32_t rank = provider.enabled && provider.inbound ? 2 : 3;
    for (const auto& endpoint : provider.endpoints) {
      if (endpoint.named()) continue;  // who sends from there is listed by source address
      const auto length = static_cast<std::uint8_t>(endpoint.address.ip.v6 ? 128 : 32);
      networks.push_back({domain::Cidr{endpoint.address.ip, length}, trunk_count + at, rank});
    }
    for (const auto& source : provider.source_addresses)
      networks.push_back({source.cidr, trunk_count + at, rank, source.match});
  }
  sources = SourceTable(networks);
  for (const auto& trunk : catalogue.trunks) {
    for (const auto& endpoint : trunk.endpoints)
      deliveries.push_back(endpoint.address.ip);
    challenges = challenges || (trunk.enabled && (trunk.auth_type == domain::AuthType::Digest ||
                                                  trunk.auth_type == domain::AuthType::Either));
  }
  std::sort(deliveries.begin(), deliveries.end());
}

Snapshot::Snapshot() : impl_(std::make_unique<Impl>()) {}
Snapshot::~Snapshot() = default;

std::shared_ptr<const Snapshot> Snapshot::compile(domain::Catalogue catalogue, const Snapshot* previous,
                                                  const SnapshotLimits& limits) {
  std::shared_ptr<Snapshot> snapshot(new Snapshot);
  auto& impl = *snapshot->impl_;
  impl.catalogue = std::move(catalogue);
  const WallTime at = limits.at.value_or(impl.catalogue.loaded_at);
  impl.compile_tariffs(previous, at, limits.base);
  impl.compile_lists();
  impl.compile_destinations();
  impl.compile_decks(previous);
  impl.compile_endpoints();
  impl.compile_partitions();
  impl.compile_cost_tables(previous, limits, at);
  impl.compile_accounts();
  impl.compile_changes(at);
  impl.compile_numbers();
  impl.compile_sources();
  impl.compile_credentials();
  impl.compile_number_rules(previous);
  impl.compile_locations();
  return snapshot;
}

std::uint64_t Snapshot::version() const {
  return impl_->catalogue.version;
}

WallTime Snapshot::loaded_at() const {
  return impl_->catalogue.loaded_at;
}

WallTime Snapshot::changes_at() const {
  return impl_->changes_at;
}

Source Snapshot::Impl::source(std::uint32_t owner) const {
  if (owner == SourceTable::kNone) return {};
  if (owner < catalogue.trunks.size()) return {&catalogue.trunks[owner], nullptr};
  const auto& provider = catalogue.providers[owner - catalogue.trunks.size()];
  return {nullptr, provider.enabled && provider.inbound ? &provider : nullptr};
}

Source Snapshot::source(const domain::SocketAddress& from, domain::SipTransport by) const {
  return impl_->source(impl_->sources.find(from.ip, from.port, by));
}

Source Snapshot::source(const domain::IpAddress& address) const {
  return impl_->source(impl_->sources.find(address));
}

bool Snapshot::knows(const domain::IpAddress& address) const {
  return impl_->sources.holds(address) ||
         std::binary_search(impl_->deliveries.begin(), impl_->deliveries.end(), address);
}

bool Snapshot::challenges_strangers() const {
  return impl_->challenges;
}

const domain::Trunk* Snapshot::trunk_by_source(const domain::IpAddress& address) const {
  return source(address).trunk;
}

const domain::Provider* Snapshot::provider_by_source(const domain::IpAddress& address) const {
  return source(address).provider;
}

const domain::Trunk* Snapshot::trunk(TrunkId id) const {
  const auto* found = find_in(impl_->trunks, id);
  return found ? *found : nullptr;
}

const domain::Customer* Snapshot::customer(CustomerId id) const {
  const auto* found = find_in(impl_->accounts, id);
  return found ? found->customer : nullptr;
}

const domain::Provider* Snapshot::provider(ProviderId id) const {
  const auto* found = find_in(impl_->providers, id);
  return found ? *found : nullptr;
}

const domain::Partition* Snapshot::partition(PartitionId id) const {
  const auto* found = find_in(impl_->partitions, id);
  return found ? found->partition : nullptr;
}

const domain::Number* Snapshot::number(std::string_view e164) const {
  return impl_->number(e164);
}

const rating::Deck* Snapshot::deck(RatePlanId id) const {
  return impl_->deck(id);
}

std::span<const RouteTarget> Snapshot::routes(PartitionId partition, std::string_view e164) const {
  const auto* table = find_in(impl_->partitions, partition);
  return table ? table->group(table->index.find(rating::Digits(e164))) : std::span<const RouteTarget>();
}

const rating::FxTable& Snapshot::exchange() const {
  return impl_->fx;
}

bool Snapshot::is_open(std::uint16_t schedule, WallTime when) const {
  return impl_->schedules->open(schedule, when);
}

std::span<const domain::Trunk> Snapshot::trunks() const {
  return impl_->catalogue.trunks;
}

std::span<const domain::Provider> Snapshot::providers() const {
  return impl_->catalogue.providers;
}

Snapshot::Counts Snapshot::counts() const {
  const auto& catalogue = impl_->catalogue;
  Counts counts{catalogue.customers.size(),
                catalogue.trunks.size(),
                catalogue.numbers.size(),
                catalogue.providers.size(),
                catalogue.routes.size(),
                catalogue.rate_plans.size(),
                0};
  for (const auto& [id, deck] : impl_->decks)
    counts.rates += deck->size();
  return counts;
}

std::size_t Snapshot::decks_octets() const {
  std::size_t octets = 0;
  for (const auto& [id, deck] : impl_->decks)
    octets += deck->memory_octets();
  return octets;
}

std::size_t Snapshot::cost_tables_octets() const {
  std::size_t octets = 0;
  for (const auto& table : impl_->cost_tables)
    octets += table->memory_octets();
  return octets;
}

}  // namespace warp::routing
