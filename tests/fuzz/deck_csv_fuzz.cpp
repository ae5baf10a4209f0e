// In one piece or in many: the same rates or the same faults. What is accepted can price calls, and what is
// written of it is accepted again.
#include "warp/rating/deck.h"
#include "warp/rating/deck_csv.h"

#include "check.h"

namespace {

using warp::WallTime;
using warp::domain::Rate;
using namespace warp::rating;

// Times with an offset may be of a year that is not written with four digits, or before the epoch.
bool writable(WallTime time) {
  return time >= WallTime{} && time < WallTime(std::chrono::sys_days(std::chrono::year(9999) / 12 / 31));
}

void check_deck(const std::vector<Rate>& rates) {
  warp::domain::RatePlan plan;
  plan.unknown_as = warp::domain::Jurisdiction::Unknown;
  plan.rates = std::make_shared<const std::vector<Rate>>(rates);
  const auto deck = Deck::compile(plan);
  FUZZ_CHECK(deck->refused() == 0 && deck->size() <= rates.size());
  for (const auto& rate : rates) {
    if (rate.schedule != 0) continue;  // without a book it never holds
    for (unsigned one = 0; one < 7; ++one) {
      if ((rate.jurisdictions >> one & 1u) == 0) continue;
      const auto jurisdiction = static_cast<warp::domain::Jurisdiction>(one);
      const auto* line = deck->find(rate.prefix, rate.effective_from, jurisdiction);
      if (rate.blocked) {
        FUZZ_CHECK(line == nullptr);
        continue;
      }
      FUZZ_CHECK(line != nullptr && line->prefix == rate.prefix);
      FUZZ_CHECK(line->per_minute_for(jurisdiction) == rate.per_minute);
    }
  }
}

void check_written(const std::vector<Rate>& rates) {
  auto text = deck_csv_header();
  for (const auto& rate : rates) {
    if (!writable(rate.effective_from) || (rate.effective_to && !writable(*rate.effective_to))) return;
    append_deck_csv_line(text, rate, {});
  }
  const auto again = parse_deck_csv(text);
  FUZZ_CHECK(again.has_value() && again->size() == rates.size());
  auto twice = deck_csv_header();
  for (const auto& rate : *again)
    append_deck_csv_line(twice, rate, {});
  FUZZ_CHECK(twice == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  const auto whole = parse_deck_csv(text);
  DeckCsvReader reader;
  const std::size_t piece = size == 0 ? 1 : 1 + data[0] % 7;
  for (std::size_t at = 0; at < text.size(); at += piece)
    reader.feed(text.substr(at, piece));
  const auto pieces = reader.finish();
  FUZZ_CHECK(whole.has_value() == pieces.has_value());
  if (!whole) {
    FUZZ_CHECK(whole.error().total == pieces.error().total);
    FUZZ_CHECK(!whole.error().issues.empty());
    for (const auto& issue : whole.error().issues)
      for (const char c : to_string(issue))
        FUZZ_CHECK(c == '\xe2' || c == '\x80' || c == '\xa6' || (c >= ' ' && c < 0x7f));
    return 0;
  }
  FUZZ_CHECK(whole->size() == pieces->size() && !whole->empty());
  check_deck(*whole);
  check_written(*whole);
  return 0;
}
