// In one piece or in many: the same rates or the same faults. What is accepted can price calls.
#include "warp/rating/deck.h"
#include "warp/rating/deck_csv.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp::rating;
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
  warp::domain::RatePlan plan;
  plan.rates = std::make_shared<const std::vector<warp::domain::Rate>>(*whole);
  const auto deck = Deck::compile(plan);
  FUZZ_CHECK(deck->refused() == 0 && deck->size() == whole->size());
  for (const auto& rate : *whole) {
    const auto* line = deck->find(rate.prefix, rate.effective_from);
    FUZZ_CHECK(line != nullptr && line->prefix == rate.prefix);
  }
  return 0;
}
