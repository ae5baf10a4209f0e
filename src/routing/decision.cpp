#include "warp/routing/decision.h"

#include <algorithm>
#include <array>

#include "warp/rating/price.h"

#include "order.h"
#include "steps.h"

namespace warp::routing {
namespace {

using domain::Reason;

// One reason for the caller out of many: that a vendor exists but is too dear says most.
Reason summary(std::span<const Rejection> rejections) {
  for (const auto wanted : {Reason::MarginTooLow, Reason::VendorUnrated})
    for (const auto& rejection : rejections)
      if (rejection.reason == wanted) return wanted;
  return rejections.empty() ? Reason::NoRoute : rejections.front().reason;
}

Found found_in(const rating::Deck& deck, std::uint32_t located, const Asked& asked) {
  const auto* line = deck.line_at(located, asked.query.when, asked.jurisdiction);
  if (!line) return {nullptr, {}};
  return {line, rating::PickedLine(deck, *line, asked.jurisdiction).per_minute()};
}

// Each deck asked by itself; walks in step, as most decks look for the same digits.
void judge_by_decks(std::span<const RouteTarget> targets, const Asked& asked, Judge& judge) {
  Few<const rating::Deck*> decks;
  Few<std::uint32_t> located(targets.size());
  decks.reserve(targets.size());
  for (const auto& target : targets)
    decks.push_back(target.deck);
  rating::Deck::locate(decks, asked.dialled, located);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto* deck = targets[i].deck;
    if (!deck) {
      judge.put(targets[i], {nullptr, {}});
      continue;
    }
    const auto& digits = asked.rated(deck->plan());
    judge.put(targets[i],
              found_in(*deck, &digits == &asked.dialled ? located[i] : deck->index().find(digits), asked));
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

Located locate(const rating::Deck& deck, const PartitionTable& partition, const Asked& asked) {
  const auto* table = partition.table_for(asked);
  const auto* costs = table ? &table->index() : nullptr;
  const auto& rated = asked.rated(deck.plan());
  const auto& routed = asked.routed(partition.partition->match_lrn);
  const auto& costed = asked.routed(partition.costs_by_lrn);
  Located out;
  if (&rated == &routed && &routed == &costed) {
    const std::array<const rating::DigitIndex*, 3> indexes{&deck.index(), &partition.index, costs};
    std::array<std::uint32_t, 3> found;
    rating::DigitIndex::find(indexes, rated, found);
    out = {found[0], found[1], found[2]};
  } else {
    out = {deck.index().find(rated), partition.index.find(routed),
           costs ? costs->find(costed) : rating::DigitIndex::kNone};
  }
  if (table) table->prefetch(out.row);
  deck.prefetch(out.customer_line);
  return out;
}

void judge_group(const PartitionTable& partition, std::uint32_t group, const Located& located,
                 const Asked& asked, Judge& judge) {
  const auto targets = partition.group(group);
  judge.reserve(targets.size());
  if (const auto* table = partition.table_for(asked))
    if (const auto row = table->row(located.row, asked.query.when))
      return judge_by_row(targets, *row, partition.of_deck(group), judge);
  judge_by_decks(targets, asked, judge);
}

// A route that is not for this call is as if it was not there: a shorter prefix may have one that is.
void judge_offers(const Snapshot::Impl& snapshot, const PartitionTable& partition, const Located& located,
                  const Asked& asked, Judge& judge) {
  for (auto group = located.group; group != rating::DigitIndex::kNone;
       group = partition.index.parent(group)) {
    const auto targets = partition.group(group);
    const bool holds =
        !partition.conditional || std::any_of(targets.begin(), targets.end(), [&](const RouteTarget& target) {
          return !objection(snapshot, target, asked);
        });
    if (holds) return judge_group(partition, group, located, asked, judge);
    for (const auto& target : targets)
      judge.pass_over(target, objection(snapshot, target, asked));
  }
}

// Two routes to one provider are one provider: no endpoint is tried twice for one call.
void add_candidate(const Standing& standing, const domain::Endpoint& endpoint, Decision& decision) {
  if (standing.target->shared && is_listed(decision.candidates, &endpoint)) return;
  auto& candidate = decision.candidates.emplace_back();
  candidate.provider = standing.target->provider;
  candidate.route = standing.target->route;
  candidate.endpoint = &endpoint;
  candidate.cost = rating::PickedLine(*standing.target->deck, *standing.line, decision.jurisdiction);
  if (standing.last) candidate.note = *standing.last;
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

void put_candidates(const PartitionTable& partition, const Asked& asked, Judge& judge, Decision& decision) {
  Draw draw(asked.query.random);
  order(judge.standing(), partition, asked, draw);
  list_candidates(judge.standing(), std::max<std::size_t>(partition.partition->max_attempts, 1), draw,
                  decision);
}

Reason decide_outbound(const Snapshot::Impl& snapshot, const Asked& asked, Decision& decision) {
  const auto& query = asked.query;
  decision.trunk = query.trunk;
  auto reason = Reason::NormalClearing;
  const auto* account = caller_of(snapshot, *query.trunk, decision, reason);
  if (!account) return reason;
  if (asked.dialled.count() == 0 || asked.dialled.count() != query.dni.size()) return Reason::NumberInvalid;
  reason = refused_by_lists(snapshot, *account, *query.trunk, asked, decision);
  if (reason != Reason::NormalClearing) return reason;
  if (!account->partition) return Reason::NoRoute;
  const auto& partition = *account->partition;
  RuleVerdict rules;
  if (!partition.rules.targets.empty()) look_at_rules(snapshot, partition, asked, rules);
  if (rules.blocks) {
    decision.rule = "route " + rules.blocks->id.to_string() + " blocks";
    return Reason::DestinationBlocked;
  }
  const auto* deck = account->deck_at(query.when);
  if (!deck) return Reason::DestinationUnrated;
  const auto located = locate(*deck, partition, asked);
  reason = price_by(*deck, located.customer_line, asked, decision);
  if (reason != Reason::NormalClearing) return reason;

  const bool forced = !rules.forced.empty();
  Judge judge(snapshot, asked, *partition.partition, rules, {deck, decision.price->per_minute, forced},
              decision);
  if (forced)
    judge_by_decks(rules.forced, asked, judge);
  else
    judge_offers(snapshot, partition, located, asked, judge);
  if (judge.standing().empty()) return summary(decision.rejections);
  if (forced) decision.rule = "forced";
  put_candidates(partition, asked, judge, decision);
  return Reason::NormalClearing;
}

}  // namespace

Decision decide_outbound(const Snapshot& snapshot, const RouteQuery& query) {
  Decision decision;
  decision.numbers = query.numbers;
  const Asked asked(query);
  decision.jurisdiction = asked.jurisdiction;
  decision.reason = decide_outbound(snapshot.impl(), asked, decision);
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

}  // namespace warp::routing
