// Decisions against an oracle that knows no index: it filters and sorts the rows themselves.
#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/base/random.h"
#include "warp/routing/query.h"

#include "support/catalogue_builder.h"

namespace warp::routing {
namespace {

using domain::Jurisdiction;
using domain::Reason;
using domain::RouteAction;
using domain::RouteOrder;
using test::CatalogueBuilder;
using test::id_of;

constexpr std::uint64_t kWorlds = 1'000, kCallsEach = 20;
constexpr WallTime kNow{std::chrono::sys_days(std::chrono::year(2025) / 6 / 16)};

class RandomWorld : public CatalogueBuilder {
 public:
  explicit RandomWorld(std::uint64_t seed) : random_(seed) {
    for (std::uint8_t number = 1; number <= 5; ++number)
      plan(number, lines()).match_lrn = below(3) == 0;
    catalogue.rate_plans[0].minimum_margin = Money::from_nanos(static_cast<std::int64_t>(below(3)));
    catalogue.rate_plans[0].allow_below_cost = below(5) == 0;
    if (below(4) == 0) catalogue.rate_plans[below(5)].unknown_as.reset();
    customer(1, 1, 1);
    customer(2, 1, 1);
    trunk(1, 1);
    auto& where = partition(1);
    where.max_attempts = 32;
    where.order = below(2) == 0 ? RouteOrder::Cost : RouteOrder::Priority;
    where.match_lrn = below(3) == 0;
    where.minimum_margin_e9 = below(2) == 0 ? 0 : 200'000'000;
    for (std::uint8_t number = 2; number <= 5; ++number)
      provider(number, number, below(8) == 0 ? "" : "192.0.2.1:" + std::to_string(5000 + number));
    for (auto left = 4 + below(14); left > 0; --left)
      add_route();
    for (auto left = below(3); left > 0; --left)
      add_list(static_cast<std::uint8_t>(left));
  }

  std::uint64_t below(std::uint64_t bound) { return random_.next64() % bound; }
  std::string digits(std::size_t longest, std::size_t least = 0) {
    std::string text(least + below(longest - least + 1), '1');
    for (auto& c : text)
      c = static_cast<char>('1' + below(3));
    return text;
  }
  domain::Jurisdictions some() {
    return below(2) == 0 ? domain::kAllJurisdictions : static_cast<domain::Jurisdictions>(1 + below(127));
  }

 private:
  std::vector<domain::Rate> lines() {
    std::vector<domain::Rate> lines(1 + below(8));
    for (auto& line : lines) {
      line.prefix = digits(3);
      line.per_minute = Money::from_nanos(static_cast<std::int64_t>(below(12)));
      line.jurisdictions = some();
      if (below(6) == 0) line.effective_to = kNow - std::chrono::hours(1);
      // No two of one prefix are equally good: the later one would win, and the oracle would have to know.
      line.effective_from = WallTime(std::chrono::seconds(1 + (&line - lines.data())));
    }
    return lines;
  }

  void add_route() {
    auto& one = route(1, static_cast<std::uint8_t>(2 + below(4)), digits(2));
    one.priority = static_cast<int>(below(3));
    one.weight = static_cast<int>(below(3));
    one.enabled = below(10) != 0;
    const auto kind = below(12);
    if (kind == 0) one.action = RouteAction::Force;
    if (kind == 1) one.action = RouteAction::Block;
    if (kind == 1 && below(2) == 0) one.provider = {};
    if (below(3) == 0) one.jurisdictions = some();
    if (below(4) == 0) one.ani_prefix = digits(1);
    if (below(4) == 0) one.customer = id_of<CustomerId>(static_cast<std::uint8_t>(1 + below(2)));
  }

  void add_list(std::uint8_t number) {
    domain::NumberList list;
    list.id = id_of<RouteId>(number).value;
    list.name = std::to_string(number);
    list.blocks = below(4) != 0;
    for (auto left = 1 + below(3); left > 0; --left)
      list.prefixes.push_back(digits(3, 1));
    const Uuid owners[] = {id_of<CustomerId>(1).value, id_of<TrunkId>(1).value, id_of<PartitionId>(1).value};
    catalogue.list_uses.push_back({list.id, owners[below(3)], below(2) == 0});
    catalogue.number_lists.push_back(std::move(list));
  }

  SeededIdSource random_;
};

struct Expected {
  Reason reason = Reason::NormalClearing;
  std::multiset<RouteId> routes;  // that are offered, an endpoint each
  std::map<RouteId, Money> costs;
};

class Oracle {
 public:
  Oracle(const domain::Catalogue& catalogue, const RouteQuery& query) : rows_(catalogue), query_(query) {}

  Expected decide() const {
    if (const auto reason = listed(); reason != Reason::NormalClearing) return {reason, {}, {}};
    const auto applicable = [&](const domain::Route& route, RouteAction action) {
      return route.enabled && route.action == action && holds(route) && routed().starts_with(route.prefix);
    };
    std::set<ProviderId> blocked;
    for (const auto& route : rows_.routes) {
      if (!applicable(route, RouteAction::Block)) continue;
      if (route.provider.is_nil()) return {Reason::DestinationBlocked, {}, {}};
      blocked.insert(route.provider);
    }
    const auto price = line_of(rows_.rate_plans[0]);
    if (!price) return {Reason::DestinationUnrated, {}, {}};
    for (const auto action : {RouteAction::Force, RouteAction::Offer}) {
      std::optional<std::size_t> longest;
      for (const auto& route : rows_.routes)
        if (applicable(route, action)) longest = std::max(longest.value_or(0), route.prefix.size());
      if (!longest) continue;
      Expected out;
      out.reason = Reason::NoRoute;  // any refusal
      for (const auto& route : rows_.routes)
        if (applicable(route, action) && route.prefix.size() == *longest)
          consider(route, *price, action == RouteAction::Force, blocked, out);
      return out;
    }
    return {Reason::NoRoute, {}, {}};
  }

 private:
  std::string_view routed() const { return number_for(rows_.partitions[0].match_lrn); }
  std::string_view number_for(bool lrn) const {
    return lrn && !query_.numbers->routing.empty() ? std::string_view(query_.numbers->routing) : query_.dni;
  }

  bool holds(const domain::Route& route) const {
    return (!route.customer || *route.customer == id_of<CustomerId>(1)) &&
           query_.ani.starts_with(route.ani_prefix) &&
           (route.jurisdictions & domain::bit(query_.numbers->jurisdiction)) != 0;
  }

  // Owner by owner, called before calling.
  Reason listed() const {
    for (const Uuid& owner :
         {id_of<CustomerId>(1).value, id_of<TrunkId>(1).value, id_of<PartitionId>(1).value})
      for (const bool caller : {false, true}) {
        const auto number = caller ? query_.ani : query_.dni;
        bool allows = false, allowed = false, blocked = false;
        for (const auto& use : rows_.list_uses) {
          if (use.owner != owner || use.of_caller != caller) continue;
          const auto list = std::find_if(rows_.number_lists.begin(), rows_.number_lists.end(),
                                         [&](const auto& one) { return one.id == use.list; });
          const bool found = std::any_of(list->prefixes.begin(), list->prefixes.end(),
                                         [&](const auto& prefix) { return number.starts_with(prefix); });
          (list->blocks ? blocked : allowed) |= found;
          allows |= !list->blocks;
        }
        if (blocked || (allows && !allowed))
          return caller ? Reason::CallerBlocked : Reason::DestinationBlocked;
      }
    return Reason::NormalClearing;
  }

  std::optional<Money> line_of(const domain::RatePlan& plan) const {
    auto counts = query_.numbers->jurisdiction;
    if (counts == Jurisdiction::Unknown) {
      if (!plan.unknown_as) return std::nullopt;
      counts = *plan.unknown_as;
    }
    const domain::Rate* best = nullptr;
    for (const auto& line : *plan.rates) {
      const bool stands = number_for(plan.match_lrn).starts_with(line.prefix) &&
                          line.effective_from <= kNow && (!line.effective_to || kNow < *line.effective_to) &&
                          (line.jurisdictions & domain::bit(counts)) != 0;
      const auto better = [&] {
        return line.prefix.size() != best->prefix.size() ? line.prefix.size() > best->prefix.size()
                                                         : line.effective_from > best->effective_from;
      };
      if (stands && (!best || better())) best = &line;
    }
    return best ? std::optional(best->per_minute) : std::nullopt;
  }

  void consider(const domain::Route& route, Money price, bool forced, const std::set<ProviderId>& blocked,
                Expected& out) const {
    const auto provider = std::find_if(rows_.providers.begin(), rows_.providers.end(),
                                       [&](const auto& one) { return one.id == route.provider; });
    if (blocked.contains(route.provider) || provider->endpoints.empty()) return;
    const auto plan = std::find_if(rows_.rate_plans.begin(), rows_.rate_plans.end(),
                                   [&](const auto& one) { return one.id == *provider->rate_plan; });
    const auto cost = line_of(*plan);
    if (!cost || (!forced && *cost > most(price))) return;
    out.reason = Reason::NormalClearing;
    out.routes.insert(route.id);
    out.costs[route.id] = *cost;
  }

  Money most(Money price) const {
    const auto& plan = rows_.rate_plans[0];
    if (plan.allow_below_cost) return Money::from_nanos(1'000'000);
    if (plan.minimum_margin != Money{}) return *Money::subtract(price, plan.minimum_margin);
    const auto share = rows_.partitions[0].minimum_margin_e9;
    // Rounded up: 200,000,000 of 1e9 are a fifth.
    return Money::from_nanos(price.nanos() - (share == 0 ? 0 : (price.nanos() + 4) / 5));
  }

  const domain::Catalogue& rows_;
  const RouteQuery& query_;
};

// Routes to one provider are tried once: the decision has one of them.
std::set<ProviderId> providers_of(const domain::Catalogue& rows, const std::multiset<RouteId>& routes) {
  std::set<ProviderId> out;
  for (const auto& route : rows.routes)
    if (routes.contains(route.id)) out.insert(route.provider);
  return out;
}

void expect_order(const RandomWorld& world, const Expected& expected, const Decision& decision) {
  const bool by_cost = world.catalogue.partitions[0].order == RouteOrder::Cost;
  for (std::size_t i = 1; i < decision.candidates.size(); ++i) {
    const auto& before = *decision.candidates[i - 1].route;
    const auto& after = *decision.candidates[i].route;
    EXPECT_LE(before.priority, after.priority);
    if (by_cost && before.priority == after.priority) {
      EXPECT_LE(expected.costs.at(before.id), expected.costs.at(after.id));
    }
  }
}

TEST(Oracle, DecidesAsTheRowsSay) {
  const std::uint64_t seed = 20'250'616;
  std::cout << "seed " << seed << '\n';
  std::size_t stood = 0;
  for (std::uint64_t round = 0; round < kWorlds; ++round) {
    RandomWorld world(seed + round);
    world.catalogue.loaded_at = kNow;
    const auto snapshot = Snapshot::compile(world.catalogue, nullptr);
    for (std::uint64_t turn = 0; turn < kCallsEach; ++turn) {
      const auto dni = world.digits(6, 4), ani = world.digits(4, 3);
      domain::CallNumbers numbers;
      numbers.jurisdiction = static_cast<Jurisdiction>(world.below(7));
      if (world.below(2) == 0) numbers.routing = world.digits(6, 4);
      RouteQuery query;
      query.trunk = snapshot->trunk(id_of<TrunkId>(1));
      query.ani = ani;
      query.dni = dni;
      query.numbers = &numbers;
      query.when = kNow;
      query.random = world.below(1'000);
      const auto expected = Oracle(world.catalogue, query).decide();
      const auto decision = decide_outbound(*snapshot, query);
      SCOPED_TRACE("world " + std::to_string(round) + ", call " + std::to_string(turn) + " to " + dni);
      // Which refusal it is when routes fall out hangs on the first of them; that it is one does not.
      if (expected.reason == Reason::NoRoute)
        EXPECT_TRUE(decision.candidates.empty());
      else
        EXPECT_EQ(decision.reason, expected.reason);
      std::set<ProviderId> offered;
      for (const auto& candidate : decision.candidates) {
        EXPECT_TRUE(expected.routes.contains(candidate.route->id));
        EXPECT_TRUE(offered.insert(candidate.provider->id).second);
      }
      EXPECT_EQ(offered, providers_of(world.catalogue, expected.routes));
      if (testing::Test::HasFailure()) return;
      expect_order(world, expected, decision);
      if (testing::Test::HasFailure()) return;
      stood += !decision.candidates.empty();
    }
  }
  EXPECT_GT(stood, kWorlds * kCallsEach / 20);
}

}  // namespace
}  // namespace warp::routing
