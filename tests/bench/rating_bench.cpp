// Cost of routing and rating: lookups in a deck of a million prefixes, prices, and whole decisions over
// twenty providers with a million prefixes each. Beside it the same decisions over std::map, the way that
// comes first to mind.
//
//   rating_bench [--prefixes N] [--vendors N] [--runs N] [--decisions N] [--no-peer]
//
// Prints one JSON object. Times are CPU time of the measuring thread, the median of the runs. Decks and
// numbers are generated, the same each time. Numbers come in random order, so that decks do not stay in the
// cache.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "warp/base/checked.h"
#include "warp/base/random.h"
#include "warp/rating/cost_table.h"
#include "warp/rating/deck_csv.h"
#include "warp/rating/price.h"
#include "warp/routing/decision.h"

namespace {

using namespace warp;

struct Options {
  std::size_t prefixes = 1'000'000;
  std::size_t vendors = 20;
  std::size_t runs = 3;
  std::size_t decisions = 200'000;
  bool peer = true;
};

double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A deck as carriers send them: the North American plan by exchange, two exchanges in three by thousand-block
// as well, and a sixth of the lines for the rest of the world.
std::vector<std::string> make_prefixes(std::size_t count) {
  SeededIdSource random(2025);
  std::vector<std::string> prefixes{"1"};
  for (const auto* country : {"20", "27", "30", "31", "32", "33", "34", "39", "44", "49", "52", "55", "61",
                              "81", "86", "91", "971"})
    prefixes.emplace_back(country);
  while (prefixes.size() < count / 6) {
    auto prefix = std::to_string(20 + random.next64() % 79);
    for (auto digits = 1 + random.next64() % 6; digits > 0; --digits)
      prefix += static_cast<char>('0' + random.next64() % 10);
    prefixes.push_back(std::move(prefix));
  }
  for (unsigned npa = 201; npa < 990 && prefixes.size() < count; npa += 2)
    for (unsigned nxx = 200; nxx < 1000 && prefixes.size() < count; ++nxx) {
      const auto exchange = '1' + std::to_string(npa) + std::to_string(nxx);
      prefixes.push_back(exchange);
      for (char block = '0'; nxx % 3 != 0 && block < '4'; ++block)
        prefixes.push_back(exchange + block);
    }
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  return prefixes;
}

std::vector<std::string> make_numbers(const std::vector<std::string>& prefixes, std::size_t count) {
  SeededIdSource random(7);
  std::vector<std::string> numbers(count);
  for (auto& number : numbers) {
    number = prefixes[random.next64() % prefixes.size()];
    while (number.size() < 11)
      number += static_cast<char>('0' + random.next64() % 10);
  }
  return numbers;
}

// Prices hang on vendor and prefix, so that the cheapest differs from number to number.
Money price_of(std::size_t vendor, std::size_t line) {
  const auto mixed = (vendor * 1'000'003 + line) * 0x9E3779B97F4A7C15ull >> 40;
  return Money::from_nanos(vendor == 0 ? 30'000'000 : 1'000'000 + static_cast<std::int64_t>(mixed));
}

template <class Id>
Id id_of(std::size_t number) {
  Id id;
  id.value.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

domain::RatePlan make_plan(std::size_t number, const std::vector<std::string>& prefixes) {
  auto rates = std::make_shared<std::vector<domain::Rate>>(prefixes.size());
  for (std::size_t line = 0; line < prefixes.size(); ++line) {
    auto& rate = (*rates)[line];
    rate.prefix = prefixes[line];
    rate.per_minute = price_of(number, line);
    rate.initial_increment = rate.increment = 6;
  }
  domain::RatePlan plan;
  plan.id = id_of<RatePlanId>(number + 1);
  plan.version = 1;
  plan.rates = std::move(rates);
  return plan;
}

// Customer and trunk 1; plan 1 is the customer's, plans 2.. the vendors'.
domain::Catalogue make_catalogue(const Options& options, const std::vector<std::string>& prefixes) {
  domain::Catalogue catalogue;
  for (std::size_t number = 0; number <= options.vendors; ++number)
    catalogue.rate_plans.push_back(make_plan(number, prefixes));
  auto& customer = catalogue.customers.emplace_back();
  customer.id = id_of<CustomerId>(1);
  customer.partition = id_of<PartitionId>(1);
  customer.rate_plan = id_of<RatePlanId>(1);
  auto& trunk = catalogue.trunks.emplace_back();
  trunk.id = id_of<TrunkId>(1);
  trunk.customer = customer.id;
  auto& partition = catalogue.partitions.emplace_back();
  partition.id = id_of<PartitionId>(1);
  partition.max_attempts = static_cast<std::uint8_t>(options.vendors);
  for (std::size_t vendor = 1; vendor <= options.vendors; ++vendor) {
    auto& provider = catalogue.providers.emplace_back();
    provider.id = id_of<ProviderId>(vendor);
    provider.rate_plan = id_of<RatePlanId>(vendor + 1);
    provider.endpoints.push_back(
        {static_cast<std::int64_t>(vendor),
         {domain::IpAddress::v4(0x7f000001), static_cast<std::uint16_t>(5000 + vendor)}});
    auto& route = catalogue.routes.emplace_back();
    route.id = id_of<RouteId>(vendor);
    route.partition = partition.id;
    route.provider = provider.id;
  }
  return catalogue;
}

// The peer: one ordered map a deck, asked from the longest prefix to the shortest.
class MapDeck {
 public:
  MapDeck(std::size_t number, const std::vector<std::string>& prefixes) {
    for (std::size_t line = 0; line < prefixes.size(); ++line)
      lines_.emplace_hint(lines_.end(), prefixes[line], price_of(number, line));
  }
  const Money* find(std::string_view number) const {
    for (std::size_t length = std::min<std::size_t>(number.size(), 15); length > 0; --length) {
      const auto found = lines_.find(number.substr(0, length));
      if (found != lines_.end()) return &found->second;
    }
    return nullptr;
  }

 private:
  std::map<std::string, Money, std::less<>> lines_;
};

struct MapCandidate {
  std::size_t vendor;
  Money cost;
};

std::vector<MapCandidate> decide_by_map(const std::vector<MapDeck>& decks, std::string_view number) {
  std::vector<MapCandidate> candidates;
  const auto* price = decks[0].find(number);
  if (!price) return candidates;
  for (std::size_t vendor = 1; vendor < decks.size(); ++vendor) {
    const auto* cost = decks[vendor].find(number);
    if (cost && *cost <= *price) candidates.push_back({vendor, *cost});
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.cost < b.cost; });
  return candidates;
}

// ns a turn of `work(i)`, median of the runs.
template <class Work>
double measure(const Options& options, std::size_t turns, Work work) {
  std::vector<double> runs;
  for (std::size_t run = 0; run < options.runs; ++run) {
    const double began = cpu_ns();
    for (std::size_t i = 0; i < turns; ++i)
      work(i);
    runs.push_back((cpu_ns() - began) / static_cast<double>(turns));
  }
  return median(runs);
}

nlohmann::ordered_json measure_csv(const std::vector<std::string>& prefixes) {
  std::string text = "prefix,per_minute,initial_increment,increment\n";
  for (const auto& prefix : prefixes)
    text += prefix + ",0.0095,6,6\n";
  const double began = cpu_ns();
  const auto rates = rating::parse_deck_csv(text);
  const double took = cpu_ns() - began;
  return {{"csv_import_ms", static_cast<int>(took / 1e6)}, {"csv_lines", rates ? rates->size() : 0}};
}

// Decks of two prices a prefix, as North American ones are: inside of a state and beyond.
std::shared_ptr<const rating::Deck> two_prices(std::size_t number, const std::vector<std::string>& prefixes) {
  auto rates = std::make_shared<std::vector<domain::Rate>>();
  rates->reserve(2 * prefixes.size());
  for (std::size_t line = 0; line < prefixes.size(); ++line) {
    domain::Rate rate;
    rate.prefix = prefixes[line];
    rate.initial_increment = rate.increment = 6;
    rate.per_minute = price_of(number, line);
    rate.jurisdictions = 0x71;
    rates->push_back(rate);
    rate.per_minute = price_of(number + 7, line);
    rate.jurisdictions = 0x0e;
    rates->push_back(std::move(rate));
  }
  domain::RatePlan plan;
  plan.id = id_of<RatePlanId>(number + 1);
  plan.rates = std::move(rates);
  return rating::Deck::compile(plan);
}

// Who pays, what he pays, all candidates in their order with the price of the first: for either jurisdiction
// in turn. `warm`: of few numbers, so that all is in the cache.
nlohmann::ordered_json measure_jurisdictions(const Options& options, const std::vector<std::string>& prefixes,
                                             const std::vector<std::string>& numbers) {
  nlohmann::ordered_json out;
  const auto customer = two_prices(0, prefixes);
  std::vector<std::shared_ptr<const rating::Deck>> decks;
  for (std::size_t vendor = 1; vendor <= options.vendors; ++vendor)
    decks.push_back(two_prices(vendor, prefixes));
  const WallTime when{std::chrono::seconds(1'750'000'000)};
  const double began = cpu_ns();
  const auto costs = rating::JurisdictionCosts::compile(decks, when, std::size_t{4} << 30);
  out["jurisdiction_tables_compile_ms"] = static_cast<int>((cpu_ns() - began) / 1e6);
  out["jurisdiction_tables"] = costs.different();
  out["jurisdiction_tables_octets"] = costs.memory_octets();
  std::uint64_t sink = 0;
  const auto decide = [&](const std::string& number, domain::Jurisdiction jurisdiction) {
    const rating::Digits digits(number);
    const auto* table = costs.of(jurisdiction);
    const std::array<const rating::DigitIndex*, 2> indexes{&customer->index(), &table->index()};
    std::array<std::uint32_t, 2> found;
    rating::DigitIndex::find(indexes, digits, found);
    table->prefetch(found[1]);
    customer->prefetch(found[0]);
    const auto* line = customer->line_at(found[0], when, jurisdiction);
    const auto row = table->row(found[1], when);
    for (std::size_t cell = 0; cell < row->size(); ++cell)
      sink += static_cast<std::uint64_t>((*row)[cell].per_minute.nanos());
    const auto first = (*row)[0];
    const auto price = rating::unpriced(*customer, *line, jurisdiction);
    const auto cost = rating::unpriced(*decks[first.slot], *first.line, jurisdiction);
    sink += price.increment + cost.increment;
  };
  const auto turn = [&](std::size_t i, std::size_t of) {
    decide(numbers[i % of], i % 2 == 0 ? domain::Jurisdiction::Interstate : domain::Jurisdiction::Intrastate);
  };
  constexpr std::size_t kWarm = 64;
  out["jurisdiction_cold_ns"] =
      measure(options, options.decisions, [&](std::size_t i) { turn(i, numbers.size()); });
  out["jurisdiction_warm_ns"] = measure(options, options.decisions, [&](std::size_t i) { turn(i, kWarm); });
  out["jurisdiction_checksum"] = sink % 1'000'000;
  return out;
}

nlohmann::ordered_json measure_warp(const Options& options, const std::vector<std::string>& prefixes,
                                    const std::vector<std::string>& numbers) {
  nlohmann::ordered_json out;
  const auto plan = make_plan(0, prefixes);
  double began = cpu_ns();
  const auto deck = rating::Deck::compile(plan);
  out["compile_ms"] = static_cast<int>((cpu_ns() - began) / 1e6);
  out["deck_octets"] = deck->memory_octets();
  out["prefixes"] = deck->size();

  // The decks alone; then the cost table over them; then a change that touches neither.
  auto catalogue = make_catalogue(options, prefixes);
  auto changed = catalogue;
  for (auto& one : changed.rate_plans)
    one.rates = nullptr;
  began = cpu_ns();
  const auto decks = routing::Snapshot::compile(std::move(catalogue), nullptr, {.cost_table_octets = 0});
  out["snapshot_compile_ms"] = static_cast<int>((cpu_ns() - began) / 1e6);
  began = cpu_ns();
  const auto snapshot = routing::Snapshot::compile(changed, decks.get());
  out["table_compile_ms"] = static_cast<int>((cpu_ns() - began) / 1e6);
  began = cpu_ns();
  const auto again = routing::Snapshot::compile(changed, snapshot.get());
  out["unchanged_compile_ms"] = (cpu_ns() - began) / 1e6;
  out["snapshot_deck_octets"] = snapshot->decks_octets();
  out["snapshot_table_octets"] = snapshot->cost_tables_octets();

  std::uint64_t sink = 0;
  const WallTime when{std::chrono::seconds(1'750'000'000)};
  out["lookup_ns"] =
      measure(options, numbers.size(), [&](std::size_t i) { sink += deck->find(numbers[i], when)->step; });
  out["lookup_and_price_ns"] = measure(options, numbers.size(), [&](std::size_t i) {
    const auto* line = deck->find(numbers[i], when);
    sink += rating::price(*deck, *line, std::chrono::seconds(1 + i % 600))->billed_seconds;
  });
  const auto& trunk = *snapshot->trunk(id_of<TrunkId>(1));
  // What a call does: the decision, then the terms of the candidate that is tried first.
  const auto decide = [&](std::size_t i) {
    const auto decision = routing::decide_outbound(*snapshot, trunk, numbers[i % numbers.size()], when, i);
    const std::optional<domain::PricedSide> cost = decision.candidates[0].cost;
    sink += decision.candidates.size() + cost->increment;
  };
  out["warp"] = measure(options, options.decisions, [&](std::size_t i) { decide(i); });
  const auto& plain_trunk = *decks->trunk(id_of<TrunkId>(1));
  out["without_table_ns"] = measure(options, options.decisions / 4, [&](std::size_t i) {
    sink += routing::decide_outbound(*decks, plain_trunk, numbers[i % numbers.size()], when, i)
                .candidates[0]
                .cost->step;
  });
  const auto first = routing::decide_outbound(*snapshot, trunk, numbers[0], when, 0);
  out["candidates"] = first.candidates.size();
  out["checksum"] = sink % 1'000'000;

  auto& costs = out["first_costs"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < 1000; ++i)
    costs.push_back(routing::decide_outbound(*snapshot, trunk, numbers[i], when, i)
                        .candidates.at(0)
                        .cost->per_minute.nanos());
  return out;
}

// False when the two disagree about a number: then one of them is wrong, and the comparison is worth nothing.
bool measure_peer(const Options& options, const std::vector<std::string>& prefixes,
                  const std::vector<std::string>& numbers, nlohmann::ordered_json& out) {
  std::vector<MapDeck> decks;
  for (std::size_t number = 0; number <= options.vendors; ++number)
    decks.emplace_back(number, prefixes);
  std::uint64_t sink = 0;
  out["peer"] = measure(options, options.decisions / 10, [&](std::size_t i) {
    sink += decide_by_map(decks, numbers[i % numbers.size()]).size();
  });
  out["peer_lookup_ns"] = measure(options, options.decisions, [&](std::size_t i) {
    sink += decks[0].find(numbers[i % numbers.size()]) != nullptr;
  });
  out["peer_checksum"] = sink % 1'000'000;
  for (std::size_t i = 0; i < 1000; ++i)
    if (decide_by_map(decks, numbers[i])[0].cost.nanos() != out["first_costs"][i].get<std::int64_t>())
      return false;
  return true;
}

Options read_options(int argc, char** argv) {
  Options options;
  const std::vector<std::pair<std::string_view, std::size_t*>> numbers{{"--prefixes", &options.prefixes},
                                                                       {"--vendors", &options.vendors},
                                                                       {"--runs", &options.runs},
                                                                       {"--decisions", &options.decisions}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--no-peer") options.peer = false;
    for (const auto& [name, value] : numbers)
      if (word == name && i + 1 < argc) *value = parse_number<std::size_t>(argv[++i], 1).value_or(*value);
  }
  options.vendors = std::min<std::size_t>(options.vendors, 100);
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  const auto prefixes = make_prefixes(options.prefixes);
  const auto numbers = make_numbers(prefixes, 1'000'000);
  // First: its decks are gone when those of the snapshot are made.
  const auto by_jurisdiction = measure_jurisdictions(options, prefixes, numbers);
  auto out = measure_warp(options, prefixes, numbers);
  out.update(by_jurisdiction);
  out.update(measure_csv(prefixes));
  bool same = true;
  if (options.peer) same = measure_peer(options, prefixes, numbers, out);
  out.erase("first_costs");
  out["same_answers"] = same;
  std::printf("%s\n", out.dump().c_str());
  return same ? 0 : 1;
}
