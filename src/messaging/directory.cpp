#include "warp/messaging/directory.h"

#include <algorithm>
#include <map>

#include "quiet.h"
#include "rules.h"

namespace warp::messaging {

Directory::Directory(domain::MessagingCatalogue catalogue) : catalogue_(std::move(catalogue)) {
  for (const auto& customer : catalogue_.customers)
    customers_.emplace(customer.id, &customer);
  for (const auto& esme : catalogue_.esmes) {
    esmes_.emplace(esme.id, &esme);
    system_ids_.emplace(esme.system_id, &esme);
  }
  for (const auto& connector : catalogue_.connectors)
    connectors_.emplace(connector.id, &connector);
  for (const auto& plan : catalogue_.plans)
    terms_.emplace(plan.id, &plan);
  for (const auto& number : catalogue_.numbers)
    numbers_.emplace(number.e164, &number);
  for (const auto& campaign : catalogue_.campaigns)
    campaigns_.emplace(campaign.id, &campaign);
  for (const auto& number : catalogue_.numbers)
    if (number.campaign) campaign_numbers_[*number.campaign].push_back(number.e164);
  for (const auto& entry : catalogue_.opt_outs)
    opt_outs_.insert(opt_out_key(entry.customer, entry.sender, entry.recipient));
  for (const auto& route : catalogue_.routes) {
    if (!route.enabled) continue;
    routes_[route.prefix].push_back(&route);
    longest_ = std::max(longest_, route.prefix.size());
  }
  for (auto& [prefix, routes] : routes_)
    std::stable_sort(routes.begin(), routes.end(),
                     [](const auto* a, const auto* b) { return a->priority < b->priority; });
  compile_rates();
  compile_carriers();
  rules_ = std::make_unique<const RuleBook>(catalogue_.rules);
  quiet_ = std::make_unique<const QuietBook>(catalogue_);
}

Directory::~Directory() = default;

void Directory::compile_carriers() {
  std::map<rating::PrefixKey, std::string> sorted;
  for (auto& row : catalogue_.carrier_prefixes)
    if (const auto key = rating::PrefixKey::parse(row.prefix))
      sorted.insert_or_assign(*key, std::move(row.carrier));
  std::vector<rating::PrefixKey> keys;
  keys.reserve(sorted.size());
  carriers_.reserve(sorted.size());
  for (auto& [key, carrier] : sorted) {
    keys.push_back(key);
    carriers_.push_back(std::move(carrier));
  }
  carrier_index_ = rating::DigitIndex(keys);
  catalogue_.carrier_prefixes = {};  // held once
}

void Directory::compile_rates() {
  std::unordered_map<RatePlanId, std::map<rating::PrefixKey, Rate>> sorted;
  for (const auto& rate : catalogue_.rates)
    if (const auto key = rating::PrefixKey::parse(rate.prefix))
      sorted[rate.plan].insert_or_assign(*key, Rate{rate.prefix, rate.per_segment});
  for (auto& [id, rates] : sorted) {
    std::vector<rating::PrefixKey> keys;
    keys.reserve(rates.size());
    Plan plan;
    plan.rates.reserve(rates.size());
    for (auto& [key, rate] : rates) {
      keys.push_back(key);
      plan.rates.push_back(std::move(rate));
    }
    plan.index = rating::DigitIndex(keys);
    plans_.emplace(id, std::move(plan));
  }
  catalogue_.rates = {};  // held once
}

namespace {
template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}
}  // namespace

const domain::MessagingCustomer* Directory::customer(CustomerId id) const {
  return find_in(customers_, id);
}
const domain::Esme* Directory::esme(EsmeId id) const {
  return find_in(esmes_, id);
}
const domain::Esme* Directory::esme(std::string_view system_id) const {
  return find_in(system_ids_, system_id);
}
const domain::Connector* Directory::connector(ConnectorId id) const {
  return find_in(connectors_, id);
}
const domain::MessagingNumber* Directory::number(std::string_view e164) const {
  return find_in(numbers_, e164);
}

const domain::Campaign* Directory::campaign(CampaignId id) const {
  return find_in(campaigns_, id);
}
const std::vector<std::string_view>& Directory::numbers_of(CampaignId campaign) const {
  static const std::vector<std::string_view> kNone;
  const auto found = campaign_numbers_.find(campaign);
  return found == campaign_numbers_.end() ? kNone : found->second;
}
std::string_view Directory::carrier(std::string_view digits) const {
  if (carriers_.empty()) return {};
  const auto at = carrier_index_.find(rating::Digits(digits));
  return at == rating::DigitIndex::kNone ? std::string_view() : std::string_view(carriers_[at]);
}

bool Directory::opted_out(CustomerId customer, std::string_view sender, std::string_view recipient) const {
  return !opt_outs_.empty() && opt_outs_.count(opt_out_key(customer, sender, recipient)) > 0;
}

std::string Directory::opt_out_key(CustomerId customer, std::string_view sender, std::string_view recipient) {
  std::string key(customer.value.bytes.begin(), customer.value.bytes.end());
  key.append(sender).append(1, '\0').append(recipient);
  return key;
}

const Directory::Rate* Directory::rate(RatePlanId plan, std::string_view digits) const {
  const auto found = plans_.find(plan);
  if (found == plans_.end()) return nullptr;
  const auto at = found->second.index.find(rating::Digits(digits));
  return at == rating::DigitIndex::kNone ? nullptr : &found->second.rates[at];
}

const domain::MessageRatePlan* Directory::plan(RatePlanId id) const {
  return find_in(terms_, id);
}

const Directory::Routes* Directory::routes(std::string_view prefix) const {
  const auto found = routes_.find(prefix);
  return found == routes_.end() ? nullptr : &found->second;
}

}  // namespace warp::messaging
