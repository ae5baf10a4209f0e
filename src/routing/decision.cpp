#include "warp/routing/decision.h"

#include <algorithm>
#include <array>
#include <bitset>

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

// What a route is judged by.
struct Terms {
  const domain::RatePlan& plan;  // the customer's
  Money per_minute;
};

// A cost that was found in a route's deck. The line need not be in the cache yet.
struct Found {
  const rating::RateLine* line;
  Money cost;
};

Decision refuse(Decision decision, Reason reason) {
  decision.reason = reason;
  return decision;
}

// Why the route does not stand; NormalClearing when it does.
Reason judge(const RouteTarget& target, const Found& found, const Terms& terms) {
  if (!target.has_endpoint) return Reason::TrunkHasNoEndpoint;
  if (!found.line || target.currency != terms.plan.currency) return Reason::VendorUnrated;
  const bool below_cost = found.cost > terms.per_minute;
  return below_cost && !terms.plan.allow_below_cost ? Reason::MarginTooLow : Reason::NormalClearing;
}

// One reason for the caller out of many: that a vendor exists but is too dear says most.
Reason summary(std::span<const Rejection> rejections) {
  for (const auto wanted : {Reason::MarginTooLow, Reason::VendorUnrated})
    for (const auto& rejection : rejections)
      if (rejection.reason == wanted) return wanted;
  return rejections.empty() ? Reason::NoRoute : rejections.front().reason;
}

void put(const RouteTarget& target, const Found& found, const Terms& terms, Few<Standing>& standing,
         Decision& decision) {
  const auto reason = judge(target, found, terms);
  if (reason == Reason::NormalClearing)
    standing.push_back({&target, found.line, found.cost, target.priority});
  else
    decision.rejections.push_back({target.route, reason, target.provider, target.deck, found.line});
}

// Each deck asked by itself.
void judge_by_decks(std::span<const RouteTarget> targets, const rating::Digits& digits, WallTime when,
                    const Terms& terms, Few<Standing>& standing, Decision& decision) {
  Few<const rating::Deck*> decks;
  Few<std::uint32_t> located(targets.size());
  decks.reserve(targets.size());
  for (const auto& target : targets)
    decks.push_back(target.deck);
  rating::Deck::locate(decks, digits, located);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto* line = targets[i].deck ? targets[i].deck->line_at(located[i], when) : nullptr;
    put(targets[i], {line, line ? line->per_minute : Money{}}, terms, standing, decision);
  }
}

// The same from the row of a cost table. `by_slot` is the group's.
void judge_by_row(std::span<const RouteTarget> targets, const rating::CostTable::Row& row,
                  const std::uint16_t* by_slot, const std::uint16_t* next_of_deck, const Terms& terms,
                  Few<Standing>& standing, Decision& decision) {
  std::size_t judged = 0;
  for (std::size_t cell = 0; cell < row.size(); ++cell) {
    const auto cost = row[cell];
    for (auto at = by_slot[cost.slot]; at != PartitionTable::kNoTarget; at = next_of_deck[at], ++judged)
      put(targets[at], {cost.line, cost.per_minute}, terms, standing, decision);
  }
  if (judged < targets.size()) {
    std::bitset<rating::CostTable::kMostDecks> known;
    for (std::size_t cell = 0; cell < row.size(); ++cell)
      known.set(row[cell].slot);
    // Those left have no deck, or a deck without a line for the number.
    Few<bool> seen(targets.size(), false);
    for (std::size_t slot = 0; slot < known.size(); ++slot)
      if (known[slot])
        for (auto at = by_slot[slot]; at != PartitionTable::kNoTarget; at = next_of_deck[at])
          seen[at] = true;
    for (std::size_t at = 0; at < targets.size(); ++at)
      if (!seen[at]) put(targets[at], {nullptr, {}}, terms, standing, decision);
  }
  if (decision.rejections.size() > 1)
    std::sort(decision.rejections.begin(), decision.rejections.end(),
              [](const Rejection& a, const Rejection& b) { return a.route < b.route; });
}

// Where a number leads to in all the indexes that a call needs; found together, for their reads of memory
// to overlap.
struct Located {
  std::uint32_t customer_line, group, row;
};

Located locate(const Account& account, const rating::Digits& digits) {
  const auto& partition = *account.partition;
  const std::array<const rating::DigitIndex*, 3> indexes{
      &account.deck->index(), &partition.index, partition.costs ? &partition.costs->index() : nullptr};
  std::array<std::uint32_t, 3> found;
  rating::DigitIndex::find(indexes, digits, found);
  if (partition.costs) partition.costs->prefetch(found[2]);
  account.deck->prefetch(found[0]);
  return {found[0], found[1], found[2]};
}

Few<Standing> judge_all(const PartitionTable& partition, const Located& located, const rating::Digits& digits,
                        WallTime when, const Terms& terms, Decision& decision) {
  Few<Standing> standing;
  const auto targets = partition.group(located.group);
  if (targets.empty()) return standing;
  standing.reserve(targets.size());
  if (partition.costs)
    if (const auto row = partition.costs->row(located.row, when)) {
      const std::size_t group = std::size_t{located.group} * partition.costs->decks().size();
      judge_by_row(targets, *row, &partition.by_slot[group],
                   &partition.next_of_deck[partition.first[located.group]], terms, standing, decision);
      return standing;
    }
  judge_by_decks(targets, digits, when, terms, standing, decision);
  return standing;
}

// Routes of one priority and cost come in the order of the catalogue, so that chance alone shuffles them.
void order(Few<Standing>& standing, Draw& draw) {
  const auto before = [](const Standing& a, const Standing& b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    return a.cost != b.cost ? a.cost < b.cost : a.target < b.target;
  };
  // As they come from a row when all have one priority.
  if (!std::is_sorted(standing.begin(), standing.end(), before))
    std::sort(standing.begin(), standing.end(), before);
  shuffle_runs(
      standing.begin(), standing.end(),
      [](const Standing& a, const Standing& b) { return a.priority == b.priority && a.cost == b.cost; },
      [](const Standing& one) { return one.target->route->weight; }, draw);
  __builtin_prefetch(standing.front().line);
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

bool is_listed(std::span<const Candidate> candidates, const domain::Endpoint* endpoint) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& one) { return one.endpoint == endpoint; });
}

// Two routes to one provider are one provider: no endpoint is tried twice for one call.
void add_candidate(const Standing& standing, const domain::Endpoint& endpoint, Decision& decision) {
  if (standing.target->shared && is_listed(decision.candidates, &endpoint)) return;
  decision.candidates.push_back({standing.target->provider, standing.target->route, &endpoint,
                                 rating::PickedLine(*standing.target->deck, *standing.line)});
}

void list_candidates(const Few<Standing>& standing, std::size_t limit, Draw& draw, Decision& decision) {
  for (const auto& one : standing) {
    if (decision.candidates.size() == limit) return;
    if (one.target->only_endpoint) {
      add_candidate(one, *one.target->only_endpoint, decision);
      continue;
    }
    for (const auto* endpoint : ordered(one.target->provider->endpoints, draw)) {
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
  if (!account.deck) return refuse(std::move(decision), Reason::DestinationUnrated);
  const auto located = locate(account, digits);
  const auto* line = account.deck->line_at(located.customer_line, when);
  if (!line) return refuse(std::move(decision), Reason::DestinationUnrated);
  rating::put_line(*account.deck, *line, decision.price.emplace());

  const Terms terms{account.deck->plan(), line->per_minute};
  auto standing = judge_all(*account.partition, located, digits, when, terms, decision);
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
    decision.candidates.push_back({nullptr, nullptr, endpoint, {}});
  decision.reason = Reason::NormalClearing;
  return decision;
}

}  // namespace warp::routing
