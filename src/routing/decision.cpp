#include "warp/routing/decision.h"

#include <algorithm>

#include <boost/container/small_vector.hpp>

#include "warp/rating/price.h"

#include "snapshot_impl.h"
#include "weighted.h"

namespace warp::routing {
namespace {

using domain::Reason;

template <class T>
using Few = boost::container::small_vector<T, 32>;

// A route that a call may take, and its cost.
struct Standing {
  const RouteTarget* target;
  const rating::RateLine* line;
  Money cost;
  int priority;
};

Decision refuse(Decision decision, Reason reason) {
  decision.reason = reason;
  return decision;
}

// Why the route does not stand; NormalClearing when it does.
Reason judge(const RouteTarget& target, const rating::RateLine* line, const domain::RatePlan& customer_plan,
             const rating::RateLine& customer_line) {
  if (!target.has_endpoint) return Reason::TrunkHasNoEndpoint;
  if (!line || target.currency != customer_plan.currency) return Reason::VendorUnrated;
  const bool below_cost = line->per_minute > customer_line.per_minute;
  return below_cost && !customer_plan.allow_below_cost ? Reason::MarginTooLow : Reason::NormalClearing;
}

// One reason for the caller out of many: that a vendor exists but is too dear says most.
Reason summary(const std::vector<Rejection>& rejections) {
  for (const auto wanted : {Reason::MarginTooLow, Reason::VendorUnrated})
    for (const auto& rejection : rejections)
      if (rejection.reason == wanted) return wanted;
  return rejections.empty() ? Reason::NoRoute : rejections.front().reason;
}

Few<Standing> judge_all(std::span<const RouteTarget> targets, const rating::Digits& digits, WallTime when,
                        const Account& account, const rating::RateLine& customer_line, Decision& decision) {
  Few<const rating::Deck*> decks;
  Few<std::uint32_t> located(targets.size());
  decks.reserve(targets.size());
  for (const auto& target : targets)
    decks.push_back(target.deck);
  rating::Deck::locate(decks, digits, located);
  Few<Standing> standing;
  standing.reserve(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto& target = targets[i];
    const auto* line = target.deck ? target.deck->line_at(located[i], when) : nullptr;
    const auto reason = judge(target, line, account.deck->plan(), customer_line);
    if (reason == Reason::NormalClearing)
      standing.push_back({&target, line, line->per_minute, target.priority});
    else
      decision.rejections.push_back({target.route, reason, target.provider, target.deck, line});
  }
  return standing;
}

void order(Few<Standing>& standing, Draw& draw) {
  std::sort(standing.begin(), standing.end(), [](const Standing& a, const Standing& b) {
    return a.priority != b.priority ? a.priority < b.priority : a.cost < b.cost;
  });
  shuffle_runs(
      standing.begin(), standing.end(),
      [](const Standing& a, const Standing& b) { return a.priority == b.priority && a.cost == b.cost; },
      [](const Standing& one) { return one.target->route->weight; }, draw);
}

Few<const domain::Endpoint*> ordered(const std::vector<domain::Endpoint>& endpoints, Draw& draw) {
  Few<const domain::Endpoint*> order;
  order.reserve(endpoints.size());
  for (const auto& endpoint : endpoints)
    order.push_back(&endpoint);
  shuffle_runs(
      order.begin(), order.end(), [](const auto* a, const auto* b) { return a->priority == b->priority; },
      [](const auto* one) { return one->weight; }, draw);
  return order;
}

bool is_listed(const std::vector<Candidate>& candidates, const domain::Endpoint* endpoint) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& one) { return one.endpoint == endpoint; });
}

// Two routes to one provider are one provider: no endpoint is tried twice for one call.
void add_candidate(const Standing& standing, const domain::Endpoint& endpoint, Decision& decision) {
  if (standing.target->shared && is_listed(decision.candidates, &endpoint)) return;
  auto& candidate = decision.candidates.emplace_back();
  candidate.provider = standing.target->provider;
  candidate.route = standing.target->route;
  candidate.endpoint = &endpoint;
  rating::put_line(*standing.target->deck, *standing.line, candidate.cost.emplace());
}

void list_candidates(const Few<Standing>& standing, std::size_t limit, Draw& draw, Decision& decision) {
  decision.candidates.reserve(std::min(limit, standing.size() + 4));
  for (const auto& one : standing) {
    const auto& endpoints = one.target->provider->endpoints;
    if (endpoints.size() == 1) {
      if (decision.candidates.size() == limit) return;
      add_candidate(one, endpoints.front(), decision);
      continue;
    }
    for (const auto* endpoint : ordered(endpoints, draw)) {
      if (decision.candidates.size() == limit) return;
      add_candidate(one, *endpoint, decision);
    }
  }
}

}  // namespace

Decision decide_outbound(const Snapshot& snapshot, const domain::Trunk& trunk, std::string_view dni_e164,
                         WallTime when, std::uint64_t random) {
  Decision decision;
  decision.trunk = &trunk;
  const auto& accounts = snapshot.impl().accounts;
  const auto found = accounts.find(trunk.customer);
  if (found != accounts.end()) decision.customer = found->second.customer;
  if (!trunk.enabled) return refuse(std::move(decision), Reason::TrunkDisabled);
  if (!decision.customer || !decision.customer->active)
    return refuse(std::move(decision), Reason::AccountSuspended);
  const rating::Digits digits(dni_e164);
  if (digits.count() == 0 || digits.count() != dni_e164.size())
    return refuse(std::move(decision), Reason::NumberInvalid);

  const auto& account = found->second;
  if (!account.partition) return refuse(std::move(decision), Reason::NoRoute);
  const auto* line = account.deck ? account.deck->find(dni_e164, when) : nullptr;
  if (!line) return refuse(std::move(decision), Reason::DestinationUnrated);
  decision.price = rating::unpriced(*account.deck, *line);

  const auto targets = account.partition->find(digits);
  auto standing = judge_all(targets, digits, when, account, *line, decision);
  if (standing.empty()) {
    const auto reason = summary(decision.rejections);
    return refuse(std::move(decision), reason);
  }
  Draw draw(random);
  order(standing, draw);
  list_candidates(standing, std::max<std::size_t>(account.partition->partition->max_attempts, 1), draw,
                  decision);
  decision.reason = Reason::NormalClearing;
  return decision;
}

Decision decide_inbound(const Snapshot& snapshot, std::string_view dni_e164, WallTime when,
                        std::uint64_t random) {
  Decision decision;
  const auto* number = snapshot.number(dni_e164);
  decision.customer = number ? snapshot.customer(number->customer) : nullptr;
  decision.trunk = number && number->trunk ? snapshot.trunk(*number->trunk) : nullptr;
  if (!decision.customer || !decision.trunk) return refuse(std::move(decision), Reason::NumberUnassigned);
  if (!decision.customer->active) return refuse(std::move(decision), Reason::AccountSuspended);
  if (!decision.trunk->enabled) return refuse(std::move(decision), Reason::TrunkDisabled);
  if (decision.trunk->endpoints.empty()) return refuse(std::move(decision), Reason::TrunkHasNoEndpoint);
  if (number->rate_plan) {
    const auto* deck = snapshot.deck(*number->rate_plan);
    const auto* line = deck ? deck->find(dni_e164, when) : nullptr;
    if (!line) return refuse(std::move(decision), Reason::DestinationUnrated);
    decision.price = rating::unpriced(*deck, *line);
  }
  Draw draw(random);
  const auto endpoints = ordered(decision.trunk->endpoints, draw);
  decision.candidates.reserve(endpoints.size());
  for (const auto* endpoint : endpoints)
    decision.candidates.push_back({nullptr, nullptr, endpoint, std::nullopt});
  decision.reason = Reason::NormalClearing;
  return decision;
}

}  // namespace warp::routing
