#include "warp/messaging/router.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>

#include "warp/base/text.h"

#include "carriage.h"

namespace warp::messaging {
namespace {

bool sender_fits(std::string_view rule, std::string_view sender) {
  if (rule.empty()) return true;
  if (rule.back() == '*') return sender.starts_with(rule.substr(0, rule.size() - 1));
  return rule == sender;
}

// A span that ends before it begins goes over midnight.
bool time_fits(const domain::MessageRoute& route, WallTime now) {
  if (!route.from_minute || !route.to_minute) return true;
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(now - day).count();
  if (*route.from_minute <= *route.to_minute)
    return minute >= *route.from_minute && minute < *route.to_minute;
  return minute >= *route.from_minute || minute < *route.to_minute;
}

Standing judge(const Directory& directory, const domain::MessageRoute& route, const RouteQuery& query) {
  const auto* connector = directory.connector(route.connector);
  if (!connector || !connector->enabled) return Standing::ConnectorDisabled;
  if (!carries(connector->protocol, query.kind)) return Standing::OtherProtocol;
  if (!sender_fits(route.sender, query.sender)) return Standing::OtherSender;
  if (!route.keyword.empty() && !iequals(route.keyword, first_word(query.text)))
    return Standing::OtherKeyword;
  if (!time_fits(route, query.now)) return Standing::OtherTime;
  if (!route.carrier.empty() && !iequals(route.carrier, directory.carrier(query.destination)))
    return Standing::OtherCarrier;
  return Standing::Candidate;
}

struct Ranked {
  const domain::MessageRoute* route;
  std::optional<Money> cost;
  double lot;
  bool healthy;
  std::optional<std::uint8_t> quality;
  int worse = 0;  // steps of quality lost; 0 where its priority does not ask for it
  bool poor() const { return quality && route->min_quality && *quality < *route->min_quality; }
};

// Exponential with the weight as its rate: the least of several is each one's with exactly its share.
double draw_lot(const RouteQuery& query, const domain::MessageRoute& route) {
  std::uint64_t bits = query.draw ^ std::hash<MessageRouteId>{}(route.id);
  bits = (bits ^ bits >> 31) * 0x7FB5D329728EA185ull;
  bits = (bits ^ bits >> 27) * 0x81DADEF4BC2DD44Dull;
  const double uniform = (static_cast<double>(bits >> 12) + 1) / static_cast<double>(1ull << 52);
  return -std::log(uniform) / std::max(route.weight, 1);
}

bool before(const Ranked& a, const Ranked& b) {
  const auto rank = [](const Ranked& r) {
    return std::tuple(!r.healthy, r.poor(), r.route->priority, r.worse, !r.cost, r.cost ? r.cost->nanos() : 0,
                      r.lot);
  };
  return rank(a) < rank(b);
}

constexpr int kQualityStep = 5;  // percent

// Where one route of a priority goes by quality, all of that priority do.
void weigh_quality(std::vector<Ranked>& ranked) {
  for (auto& entry : ranked) {
    const bool asked = std::any_of(ranked.begin(), ranked.end(), [&](const Ranked& other) {
      return other.route->by_quality && other.route->priority == entry.route->priority;
    });
    if (asked) entry.worse = (100 - entry.quality.value_or(100)) / kQualityStep;
  }
}

struct Search {
  const Directory& directory;
  const RouteQuery& query;
  const Healthy& healthy;
  std::vector<RouteLine>* lines;
  const Measured& measured;

  std::optional<Money> cost_of(const domain::MessageRoute& route) const {
    const auto* connector = directory.connector(route.connector);
    if (!connector || !connector->rate_plan) return std::nullopt;
    const auto* rate = directory.rate(*connector->rate_plan, query.destination);
    return rate ? std::optional(rate->per_segment) : std::nullopt;
  }

  // Routes of the longest prefix that has any that stand; own: the customer's, otherwise everybody's.
  std::vector<Ranked> collect(bool own, bool hidden) const {
    std::vector<Ranked> found;
    for (auto length = std::min(query.destination.size(), directory.longest_route_prefix());; --length) {
      const auto* routes = directory.routes(query.destination.substr(0, length));
      const bool shadow = hidden || !found.empty();
      if (routes && (!shadow || lines)) add(*routes, own, shadow, found);
      if (length == 0 || (!found.empty() && !lines)) return found;
    }
  }

  void add(const Directory::Routes& routes, bool own, bool shadow, std::vector<Ranked>& found) const {
    for (const auto* route : routes) {
      if (own ? route->customer != query.customer : route->customer.has_value()) continue;
      auto standing = judge(directory, *route, query);
      if (standing == Standing::Candidate && shadow) standing = Standing::Hidden;
      const auto cost = cost_of(*route);
      const auto quality = measured ? measured(route->connector) : std::nullopt;
      if (standing == Standing::Candidate) {
        const bool up = healthy(route->connector);
        found.push_back({route, cost, draw_lot(query, *route), up, quality});
        if (found.back().poor()) standing = Standing::LowQuality;
        if (!up) standing = Standing::Unhealthy;
      }
      if (lines) lines->push_back({route->id, route->connector, standing, cost, quality});
    }
  }
};

}  // namespace

std::string_view first_word(std::string_view text) {
  text = trim(text);
  return text.substr(0, text.find_first_of(" \t\r\n"));
}

Candidates find_candidates(const Directory& directory, const RouteQuery& query, const Healthy& healthy,
                           std::vector<RouteLine>* explanation, const Measured& measured) {
  const Search search{directory, query, healthy, explanation, measured};
  auto ranked = search.collect(true, false);
  if (ranked.empty() || explanation) {
    auto general = search.collect(false, !ranked.empty());
    if (ranked.empty()) ranked = std::move(general);
  }
  weigh_quality(ranked);
  std::sort(ranked.begin(), ranked.end(), before);
  Candidates result;
  result.connectors.reserve(ranked.size());
  for (const auto& entry : ranked)
    if (std::find(result.connectors.begin(), result.connectors.end(), entry.route->connector) ==
        result.connectors.end())
      result.connectors.push_back(entry.route->connector);
  return result;
}

}  // namespace warp::messaging
