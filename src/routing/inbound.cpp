// Calls to our own numbers, and those that must get through.
#include <algorithm>

#include "warp/rating/price.h"

#include "order.h"
#include "steps.h"

namespace warp::routing {
namespace {

using domain::Reason;

constexpr std::size_t kMostEmergency = 32;
// No number of E.164 begins with 0: this line of a plan is for calls between our customers.
constexpr std::string_view kOnNet = "0";

// What the caller pays for a call to another customer of ours: the line of its plan, or nothing.
void price_on_net(const Account& account, const Asked& asked, Decision& decision) {
  const auto* deck = account.deck_at(asked.query.when);
  const auto* line = deck ? deck->find(kOnNet, asked.query.when, asked.jurisdiction) : nullptr;
  if (line && line->prefix == kOnNet)
    rating::put_line(*deck, *line, decision.price.emplace(), asked.jurisdiction);
}

Reason price_of_number(const Snapshot& snapshot, const domain::Number& number, const Asked& asked,
                       Decision& decision) {
  if (!number.rate_plan) return Reason::NormalClearing;
  const auto* deck = snapshot.deck(*number.rate_plan);
  if (!deck) return Reason::DestinationUnrated;
  return price_by(*deck, deck->index().find(asked.rated(deck->plan())), asked, decision);
}

// The caller is a customer of ours: its account and its lists may forbid the call, and it may pay for it.
Reason admit_caller(const Snapshot& snapshot, const domain::Customer& owner, const Asked& asked,
                    Decision& decision) {
  auto reason = Reason::NormalClearing;
  decision.on_net = asked.query.trunk->customer != owner.id;
  const auto* account = caller_of(snapshot.impl(), *asked.query.trunk, decision, reason);
  if (!account) return reason;
  reason = refused_by_lists(snapshot.impl(), *account, *asked.query.trunk, asked, decision);
  if (reason != Reason::NormalClearing || !decision.on_net) return reason;
  decision.callee = &owner;
  decision.rule = "on-net";
  price_on_net(*account, asked, decision);
  return Reason::NormalClearing;
}

// The callee's lists; the account's and the trunk's.
Reason refused_by_callee(const Snapshot::Impl& snapshot, const domain::Customer& owner,
                         const domain::Trunk& trunk, const Asked& asked, Decision& decision) {
  const auto reason = refused_by(snapshot.lists_of(owner.id.value), asked, decision);
  return reason != Reason::NormalClearing ? reason
                                          : refused_by(snapshot.lists_of(trunk.id.value), asked, decision);
}

Reason list_endpoints(const domain::Trunk& trunk, const Asked& asked, Decision& decision) {
  // Priced all the same: it may be reached where its devices registered.
  if (trunk.endpoints.empty()) return Reason::TrunkHasNoEndpoint;
  Draw draw(asked.query.random);
  for (const auto* endpoint : ordered(trunk.endpoints, draw)) {
    auto& candidate = decision.candidates.emplace_back();
    candidate.endpoint = endpoint;
    candidate.destination = decision.destination;
  }
  return Reason::NormalClearing;
}

Reason deliver(const Snapshot& snapshot, const domain::Number& number, const domain::Trunk* trunk,
               const Asked& asked, Decision& decision) {
  const auto* owner = snapshot.customer(number.customer);
  decision.customer = owner;
  decision.trunk = trunk;
  if (!owner || !trunk) return Reason::NumberUnassigned;
  if (!owner->active) return Reason::AccountSuspended;
  if (!trunk->enabled) return Reason::TrunkDisabled;
  auto reason = asked.query.trunk ? admit_caller(snapshot, *owner, asked, decision) : Reason::NormalClearing;
  if (reason != Reason::NormalClearing) return reason;
  if (!snapshot.impl().lists.empty())
    reason = refused_by_callee(snapshot.impl(), *owner, *trunk, asked, decision);
  if (reason == Reason::NormalClearing && !decision.on_net)
    reason = price_of_number(snapshot, number, asked, decision);
  return reason == Reason::NormalClearing ? list_endpoints(*trunk, asked, decision) : reason;
}

const domain::Trunk* trunk_of(const Snapshot& snapshot, const domain::Number& number,
                              const std::optional<TrunkId>& id) {
  const auto* trunk = id ? snapshot.trunk(*id) : nullptr;
  return trunk && trunk->customer == number.customer ? trunk : nullptr;
}

// The owner calls, by its own plan, as if the number's trunk had.
Decision forward(const Snapshot& snapshot, const RouteQuery& query, const domain::Number& number,
                 const domain::Destination& destination) {
  RouteQuery leg = query;
  leg.trunk = number.trunk ? snapshot.trunk(*number.trunk) : nullptr;
  leg.dni = destination.target;
  leg.numbers = nullptr;
  Decision decision;
  decision.reason = Reason::NumberUnassigned;
  if (!leg.trunk) return decision;
  decision.reason = Reason::LoopDetected;
  if (destination.target == number.e164) return decision;
  decision =
      snapshot.number(destination.target) ? decide_inbound(snapshot, leg) : decide_outbound(snapshot, leg);
  if (!decision.trunk) decision.trunk = leg.trunk;
  for (auto& candidate : decision.candidates)
    candidate.destination = destination.position;
  decision.rule = "forwarded";
  return decision;
}

Decision to_uri(const Snapshot& snapshot, const domain::Number& number,
                const domain::Destination& destination, const Asked& asked, Decision decision) {
  decision.customer = snapshot.customer(number.customer);
  decision.trunk = number.trunk ? snapshot.trunk(*number.trunk) : nullptr;
  const auto endpoint = snapshot.impl().uris.find(&destination);
  decision.reason = Reason::NumberUnassigned;
  if (!decision.customer || !decision.trunk) return decision;
  decision.reason = Reason::TrunkHasNoEndpoint;
  if (endpoint == snapshot.impl().uris.end()) return decision;
  decision.reason = price_of_number(snapshot, number, asked, decision);
  if (decision.reason != Reason::NormalClearing) return decision;
  auto& candidate = decision.candidates.emplace_back();
  candidate.endpoint = &endpoint->second;
  candidate.destination = destination.position;
  return decision;
}

}  // namespace

Decision decide_inbound(const Snapshot& snapshot, const RouteQuery& query) {
  const Asked asked(query);
  Decision decision;
  decision.numbers = query.numbers;
  decision.jurisdiction = asked.jurisdiction;
  const auto* number = snapshot.number(query.dni);
  decision.reason = Reason::NumberUnassigned;
  decision.number = number;
  if (!number) return decision;
  const auto* trunk = number->trunk ? snapshot.trunk(*number->trunk) : nullptr;
  decision.reason = deliver(snapshot, *number, trunk, asked, decision);
  return decision;
}

Decision decide_destination(const Snapshot& snapshot, const RouteQuery& query,
                            const domain::Destination& destination) {
  const Asked asked(query);
  Decision decision;
  decision.numbers = query.numbers;
  decision.jurisdiction = asked.jurisdiction;
  decision.destination = destination.position;
  decision.reason = Reason::NumberUnassigned;
  const auto* number = decision.number = snapshot.number(query.dni);
  if (!number) return decision;
  if (destination.kind == "number") {
    decision = forward(snapshot, query, *number, destination);
    decision.number = number;
    decision.destination = destination.position;
    return decision;
  }
  if (destination.kind == "uri") return to_uri(snapshot, *number, destination, asked, std::move(decision));
  const auto* trunk = trunk_of(snapshot, *number, TrunkId::parse(destination.target));
  decision.reason = deliver(snapshot, *number, trunk, asked, decision);
  return decision;
}

Decision decide_emergency(const Snapshot& snapshot, const domain::Partition* partition,
                          std::uint64_t random) {
  Decision decision;
  decision.reason = Reason::EmergencyNotConfigured;
  if (partition == nullptr) return decision;
  std::vector<const domain::Route*> routes;
  for (const auto& route : snapshot.impl().catalogue.routes)
    if (route.partition == partition->id && route.enabled && route.action != domain::RouteAction::Block)
      routes.push_back(&route);
  const auto same = [](const auto* a, const auto* b) { return a->priority == b->priority; };
  std::stable_sort(routes.begin(), routes.end(),
                   [](const auto* a, const auto* b) { return a->priority < b->priority; });
  Draw draw(random);
  shuffle_runs(
      routes.begin(), routes.end(), same, [](const auto* one) { return one->weight; }, draw);
  for (const auto* route : routes) {
    const auto* provider = snapshot.provider(route->provider);
    if (provider == nullptr || !provider->enabled) continue;
    for (const auto* endpoint : ordered(provider->endpoints, draw))
      if (decision.candidates.size() < kMostEmergency && !is_listed(decision.candidates, endpoint))
        decision.candidates.push_back({provider, route, endpoint, {}});
  }
  if (!decision.candidates.empty()) decision.reason = Reason::NormalClearing;
  return decision;
}

Decision decide_inbound(const Snapshot& snapshot, std::string_view dni_e164, WallTime when,
                        std::uint64_t random) {
  RouteQuery query;
  query.dni = dni_e164;
  query.when = when;
  query.random = random;
  return decide_inbound(snapshot, query);
}

}  // namespace warp::routing
