#include "warp/webhooks/schedule.h"

#include <array>

namespace warp::webhooks {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr std::array<seconds, 7> kFirst{5s, 30s, 2min, 10min, 1h, 3h, 6h};
constexpr seconds kThen = 12h, kAll = 72h;

constexpr std::uint32_t most_delays() {
  seconds sum{0};
  for (const auto delay : kFirst)
    sum += delay;
  return static_cast<std::uint32_t>(kFirst.size()) + static_cast<std::uint32_t>((kAll - sum) / kThen);
}

}  // namespace

std::optional<std::chrono::milliseconds> delay_after(std::uint32_t attempts, std::uint64_t draw) {
  if (attempts == 0 || attempts > most_delays()) return std::nullopt;
  const std::chrono::milliseconds usual = attempts <= kFirst.size() ? kFirst[attempts - 1] : kThen;
  const auto span = usual.count() * 2 / 5;  // from four fifths to six fifths
  return usual * 4 / 5 +
         std::chrono::milliseconds(static_cast<std::int64_t>(draw % static_cast<std::uint64_t>(span + 1)));
}

}  // namespace warp::webhooks
