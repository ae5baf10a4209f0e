// Cost of a place: the table of 930,000 rows made, and the jurisdiction of two numbers, in the cache and out
// of it. By hand: build/release/bin/numbering_bench
#include <benchmark/benchmark.h>
#include <random>

#include "warp/numbering/table.h"

namespace {

using namespace warp::numbering;

// As many as the plan has: 150,000 exchanges, of which some 78,000 are split.
Table::Source rows() {
  constexpr const char* kStates[] = {"NY", "NJ", "CA", "TX", "FL", "OH", "PA", "IL", "GA", "WA"};
  std::mt19937 random(7);
  Table::Source source;
  source.countries = {{"1", "US", {}}, {"44", "GB", {}}, {"49", "DE", {}}};
  for (std::uint32_t exchange = 0; exchange < 150'000; ++exchange) {
    BlockRow row;
    row.npanxx = (200 + exchange / 800) * 1'000 + 200 + exchange % 800;
    row.state = kStates[row.npanxx / 1'000 % 10];
    row.lata = static_cast<std::uint16_t>(100 + row.npanxx / 1'000 % 200);
    row.rate_centre = "CENTRE" + std::to_string(row.npanxx / 40);
    row.ocn = std::to_string(1'000 + random() % 2'000);
    source.blocks.push_back(row);
    if (exchange % 25 >= 13) continue;
    for (std::uint8_t block = 0; block < 10; ++block) {
      row.block = block;
      row.ocn = std::to_string(1'000 + random() % 2'000);
      source.blocks.push_back(row);
    }
  }
  return source;
}

std::vector<std::string> numbers(std::size_t count) {
  std::mt19937 random(11);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto exchange = random() % 150'000;
    const auto npanxx = (200 + exchange / 800) * 1'000 + 200 + exchange % 800;
    out.push_back("1" + std::to_string(npanxx) + std::to_string(1'000 + random() % 9'000));
  }
  return out;
}

void compile(benchmark::State& state) {
  const auto source = rows();
  for (auto _ : state) {
    state.PauseTiming();
    auto copy = source;
    state.ResumeTiming();
    benchmark::DoNotOptimize(Table::compile(std::move(copy)));
  }
  state.counters["rows"] = static_cast<double>(source.blocks.size());
}
BENCHMARK(compile)->Unit(benchmark::kMillisecond);

void jurisdiction_of_two(benchmark::State& state) {
  static const auto table = Table::compile(rows());
  const auto list = numbers(static_cast<std::size_t>(state.range(0)));
  std::size_t at = 0;
  for (auto _ : state) {
    const auto& from = list[at];
    const auto& to = list[(at + list.size() / 2) % list.size()];
    benchmark::DoNotOptimize(jurisdiction(*table, from, to));
    if (++at == list.size()) at = 0;
  }
}
BENCHMARK(jurisdiction_of_two)->ArgName("numbers")->Arg(64)->Arg(1'000'000);

}  // namespace

BENCHMARK_MAIN();
