#include "warp/routing/simulation.h"

#include <algorithm>

#include "warp/rating/price.h"

namespace warp::routing {
namespace {

constexpr std::string_view kNobody = "none";

void charge(std::optional<domain::PricedSide>& side, const SimulatedCall& call, std::uint64_t& overflowed) {
  if (!side) return;
  const auto priced = call.answered ? rating::reprice(*side, call.duration) : rating::price_attempt(*side);
  if (priced)
    side = priced;
  else
    ++overflowed;
}

template <class Items, class Id>
auto* find_id(Items& items, const Id& id) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.id == id; });
  return found == items.end() ? nullptr : &*found;
}

template <class Owner>
void set_margins(const SimulatedChange& change, Owner& owner) {
  if (change.minimum_margin) owner.minimum_margin = *change.minimum_margin;
  if (change.minimum_margin_e9) owner.minimum_margin_e9 = *change.minimum_margin_e9;
}

bool apply_to_plan(const SimulatedChange& change, domain::Catalogue& catalogue) {
  auto* plan = find_id(catalogue.rate_plans, *change.plan);
  if (!plan) return false;
  if (change.rates) plan->rates = change.rates;
  // Another version: a deck that is kept is one of the same.
  ++plan->version;
  set_margins(change, *plan);
  return true;
}

bool apply_to_route(const SimulatedChange& change, domain::Catalogue& catalogue) {
  auto* route = find_id(catalogue.routes, *change.route);
  if (!route) return false;
  route->enabled = change.enabled.value_or(route->enabled);
  route->priority = change.priority.value_or(route->priority);
  route->weight = change.weight.value_or(route->weight);
  return true;
}

}  // namespace

Simulation::Outcome Simulation::decide(const Snapshot& snapshot, const SimulatedCall& call) {
  Outcome out;
  RouteQuery query;
  query.trunk = snapshot.trunk(call.trunk);
  if (!query.trunk) return out;
  query.ani = call.ani;
  query.dni = call.dni;
  query.numbers = call.numbers;
  query.when = call.when;
  query.random = call.random;
  const auto decision = decide_outbound(snapshot, query);
  if (decision.customer) out.customer = decision.customer->id.to_string();
  if (decision.reason != domain::Reason::NormalClearing) return out;
  const auto& first = decision.candidates.front();
  out.stands = true;
  out.provider = first.provider->id;
  out.price = decision.price;
  out.cost = first.cost;
  return out;
}

void Simulation::sum(std::map<std::string, SimulatedMoney>& sums,
                     const std::optional<domain::PricedSide>& side, bool afterwards) {
  if (!side) return;
  auto& money = sums[std::string(side->currency.view())];
  auto& amount = afterwards ? money.after : money.before;
  if (const auto more = Money::add(amount, side->amount))
    amount = *more;
  else
    ++overflowed_;
}

void Simulation::note(Group& group, const Outcome& before, const Outcome& after) {
  ++group.calls;
  group.moved += before.stands && after.stands && before.provider != after.provider;
  group.refused += before.stands && !after.stands;
  group.admitted += !before.stands && after.stands;
  sum(group.price, before.price, false);
  sum(group.price, after.price, true);
  sum(group.cost, before.cost, false);
  sum(group.cost, after.cost, true);
}

void Simulation::add(const SimulatedCall& call) {
  auto before = decide(before_, call);
  auto after = decide(after_, call);
  for (auto* side : {&before.price, &before.cost, &after.price, &after.cost})
    charge(*side, call, overflowed_);
  const auto& customer = before.customer.empty() ? after.customer : before.customer;
  const auto& carrier = before.stands ? before : after;
  note(total_, before, after);
  note(customers_[customer.empty() ? std::string(kNobody) : customer], before, after);
  note(providers_[carrier.stands ? carrier.provider.to_string() : std::string(kNobody)], before, after);
  note(prefixes_[domain::quality_key(call.dni)], before, after);
}

bool apply(const SimulatedChange& change, domain::Catalogue& catalogue) {
  if (change.plan && !apply_to_plan(change, catalogue)) return false;
  if (change.route && !apply_to_route(change, catalogue)) return false;
  if (!change.partition) return true;
  auto* partition = find_id(catalogue.partitions, *change.partition);
  if (!partition) return false;
  set_margins(change, *partition);
  return true;
}

}  // namespace warp::routing
