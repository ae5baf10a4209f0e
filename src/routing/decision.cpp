#include "warp/routing/decision.h"

#include <algorithm>
#include <array>
#include <limits>

#include <boost/container/small_vector.hpp>

#include "warp/rating/price.h"
#include "warp/routing/query.h"

#include "snapshot_impl.h"
#include "weighted.h"

namespace warp::routing {
namespace {

using domain::Reason;

template <class T>
using Few = boost::container::small_vector<T, 32>;

constexpr std::size_t kMostEmergency = 32;

// A route that a call may take, and its cost. Plain, so that room for many costs nothing.
struct Standing {
  const RouteTarget* target;
  const rating::RateLine* line;
  Money cost;
};

bool before(const Standing& a, const Standing& b) {
  if (a.target->priority != b.target->priority) return a.target->priority < b.target->priority;
  return a.cost != b.cost ? a.cost < b.cost : a.target < b.target;
}

bool equally_good(const Standing& a, const Standing& b) {
  return a.target->priority == b.target->priority && a.cost == b.cost;
}

// A cost that was found in a route's deck. The line need not be in the cache yet.
struct Found {
  const rating::RateLine* line;
  Money cost;
};

// One reason for the caller out of many: that a vendor exists but is too dear says most.
Reason summary(std::span<const Rejection> rejections) {
  for (const auto wanted : {Reason::MarginTooLow, Reason::VendorUnrated})
    for (const auto& rejection : rejections)
      if (rejection.reason == wanted) return wanted;
  return rejections.empty() ? Reason::NoRoute : rejections.front().reason;
}

// The operator of the struct is a call of memcmp.
bool same(const Currency& a, const Currency& b) {
  return a.code[0] == b.code[0] && a.code[1] == b.code[1] && a.code[2] == b.code[2];
}

// Parts the routes of a call into those that stand and those that do not.
class Judge {
 public:
  Judge(const domain::RatePlan& customer_plan, Money per_minute, Decision& decision)
      : currency_(customer_plan.currency),
        most_(customer_plan.allow_below_cost ? Money::from_nanos(std::numeric_limits<std::int64_t>::max())
                                             : per_minute),
        decision_(decision) {}

  void reserve(std::size_t count) { standing_.reserve(count); }

  void put(const RouteTarget& target, const Found& found) {
    if (target.has_endpoint && found.line && same(target.currency, currency_) && found.cost <= most_)
        [[likely]]
      add(target, found);
    else
      reject(target, found);
  }

  Few<Standing>& standing() { return standing_; }
  auto& rejections() { return decision_.rejections; }

 private:
  // Field by field: a struct built aside and copied as a whole would wait for its own stores.
  void add(const RouteTarget& target, const Found& found) {
    auto& one = standing_.emplace_back();
    one.target = &target;
    one.line = found.line;
    one.cost = found.cost;
  }

  [[gnu::noinline]] void reject(const RouteTarget& target, const Found& found) {
    auto reason = Reason::MarginTooLow;
    if (!target.has_endpoint)
      reason = Reason::TrunkHasNoEndpoint;
    else if (!found.line || !same(target.currency, currency_))
      reason = Reason::VendorUnrated;
    decision_.rejections.push_back({target.route, reason, target.provider, target.deck, found.line});
  }

  Currency currency_;
  Money most_;
  Decision& decision_;
  Few<Standing> standing_;
};

// Each deck asked by itself.
void judge_by_decks(std::span<const RouteTarget> targets, const rating::Digits& digits, WallTime when,
                    Judge& judge) {
  Few<const rating::Deck*> decks;
  Few<std::uint32_t> located(targets.size());
  decks.reserve(targets.size());
  for (const auto& target : targets)
    decks.push_back(target.deck);
  rating::Deck::locate(decks, digits, located);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto* line = targets[i].deck ? targets[i].deck->line_at(located[i], when) : nullptr;
    judge.put(targets[i], {line, line ? line->per_minute : Money{}});
  }
}

// Those without a deck, or whose deck has no line for the number.
[[gnu::noinline]] void judge_unrated(std::span<const RouteTarget> targets, const rating::CostTable::Row& row,
                                     const DeckTargets& of_deck, Judge& judge) {
  Few<bool> seen(targets.size(), false);
  for (std::size_t cell = 0; cell < row.size(); ++cell)
    for (auto at = of_deck.first[row[cell].slot]; at != DeckTargets::kNone; at = of_deck.next[at])
      seen[at] = true;
  for (std::size_t at = 0; at < targets.size(); ++at)
    if (!seen[at]) judge.put(targets[at], {nullptr, {}});
}

// The same from the row of a cost table.
void judge_by_row(std::span<const RouteTarget> targets, const rating::CostTable::Row& row,
                  const DeckTargets& of_deck, Judge& judge) {
  // Likely the one that is tried first, whose terms are read next.
  if (row.size() > 0) __builtin_prefetch(row[0].line);
  std::size_t judged = 0;
  for (std::size_t cell = 0; cell < row.size(); ++cell) {
    const auto cost = row[cell];
    for (auto at = of_deck.first[cost.slot]; at != DeckTargets::kNone; at = of_deck.next[at], ++judged)
      judge.put(targets[at], {cost.line, cost.per_minute});
  }
  if (judged < targets.size()) judge_unrated(targets, row, of_deck, judge);
  if (judge.rejections().size() > 1)
    std::sort(judge.rejections().begin(), judge.rejections().end(),
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

void judge_all(const PartitionTable& partition, const Located& located, const rating::Digits& digits,
               WallTime when, Judge& judge) {
  const auto targets = partition.group(located.group);
  if (targets.empty()) return;
  judge.reserve(targets.size());
  if (partition.costs)
    if (const auto row = partition.costs->row(located.row, when))
      return judge_by_row(targets, *row, partition.of_deck(located.group), judge);
  judge_by_decks(targets, digits, when, judge);
}

// Routes of one priority and cost come in the order of the catalogue, so that chance alone shuffles them.
void order(Few<Standing>& standing, Draw& draw) {
  // As they come from a row when all have one priority and no two have one cost.
  const auto disorder = std::adjacent_find(
      standing.begin(), standing.end(),
      [](const Standing& a, const Standing& b) { return equally_good(a, b) || !before(a, b); });
  if (disorder == standing.end()) return;
  std::sort(standing.begin(), standing.end(), before);
  shuffle_runs(
      standing.begin(), standing.end(), equally_good,
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
  auto& candidate = decision.candidates.emplace_back();
  candidate.provider = standing.target->provider;
  candidate.route = standing.target->route;
  candidate.endpoint = &endpoint;
  candidate.cost = rating::PickedLine(*standing.target->deck, *standing.line);
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

Reason decide_outbound(const Snapshot::Impl& snapshot, const domain::Trunk& trunk, std::string_view dni_e164,
                       WallTime when, std::uint64_t random, Decision& decision) {
  decision.trunk = &trunk;
  const auto found = snapshot.accounts.find(trunk.customer);
  if (found != snapshot.accounts.end()) decision.customer = found->second.customer;
  if (!trunk.enabled) return Reason::TrunkDisabled;
  if (!decision.customer || !decision.customer->active) return Reason::AccountSuspended;
  const rating::Digits digits(dni_e164);
  if (digits.count() == 0 || digits.count() != dni_e164.size()) return Reason::NumberInvalid;

  const auto& account = found->second;
  if (!account.partition) return Reason::NoRoute;
  if (!account.deck) return Reason::DestinationUnrated;
  const auto located = locate(account, digits);
  const auto* line = account.deck->line_at(located.customer_line, when);
  if (!line) return Reason::DestinationUnrated;
  rating::put_line(*account.deck, *line, decision.price.emplace());

  Judge judge(account.deck->plan(), line->per_minute, decision);
  judge_all(*account.partition, located, digits, when, judge);
  if (judge.standing().empty()) return summary(decision.rejections);
  Draw draw(random);
  order(judge.standing(), draw);
  list_candidates(judge.standing(), std::max<std::size_t>(account.partition->partition->max_attempts, 1),
                  draw, decision);
  return Reason::NormalClearing;
}

Reason decide_inbound(const Snapshot& snapshot, std::string_view dni_e164, WallTime when,
                      std::uint64_t random, Decision& decision) {
  const auto* number = snapshot.number(dni_e164);
  decision.customer = number ? snapshot.customer(number->customer) : nullptr;
  decision.trunk = number && number->trunk ? snapshot.trunk(*number->trunk) : nullptr;
  if (!decision.customer || !decision.trunk) return Reason::NumberUnassigned;
  if (!decision.customer->active) return Reason::AccountSuspended;
  if (!decision.trunk->enabled) return Reason::TrunkDisabled;
  if (number->rate_plan) {
    const auto* deck = snapshot.deck(*number->rate_plan);
    const auto* line = deck ? deck->find(dni_e164, when) : nullptr;
    if (!line) return Reason::DestinationUnrated;
    rating::put_line(*deck, *line, decision.price.emplace());
  }
  // Priced all the same: it may be reached where its devices registered.
  if (decision.trunk->endpoints.empty()) return Reason::TrunkHasNoEndpoint;
  Draw draw(random);
  for (const auto* endpoint : ordered(decision.trunk->endpoints, draw))
    decision.candidates.push_back({nullptr, nullptr, endpoint, {}});
  return Reason::NormalClearing;
}

}  // namespace

Decision decide_outbound(const Snapshot& snapshot, const RouteQuery& query) {
  Decision decision;
  decision.numbers = query.numbers;
  decision.reason =
      decide_outbound(snapshot.impl(), *query.trunk, query.dni, query.when, query.random, decision);
  return decision;
}

Decision decide_outbound(const Snapshot& snapshot, const domain::Trunk& trunk, std::string_view dni_e164,
                         WallTime when, std::uint64_t random) {
  RouteQuery query;
  query.trunk = &trunk;
  query.dni = dni_e164;
  query.when = when;
  query.random = random;
  return decide_outbound(snapshot, query);
}

Decision decide_inbound(const Snapshot& snapshot, const RouteQuery& query) {
  Decision decision;
  decision.numbers = query.numbers;
  decision.reason = decide_inbound(snapshot, query.dni, query.when, query.random, decision);
  return decision;
}

Decision decide_emergency(const Snapshot& snapshot, const domain::Partition* partition,
                          std::uint64_t random) {
  Decision decision;
  decision.reason = Reason::EmergencyNotConfigured;
  if (partition == nullptr) return decision;
  std::vector<const domain::Route*> routes;
  for (const auto& route : snapshot.impl().catalogue.routes)
    if (route.partition == partition->id && route.enabled) routes.push_back(&route);
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
