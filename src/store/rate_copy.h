// Lines of a deck in Postgres's binary COPY format, both ways. RATE_COLUMNS names the columns.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"
#include "warp/store/rate_plans.h"

namespace warp::store {

#define RATE_COLUMNS                                                                               \
  "prefix, per_minute_nanos, setup_fee_nanos, initial_increment, increment, minimum_seconds, "     \
  "effective_from, effective_to, jurisdictions, schedule_id, attempt_fee_nanos, surcharge_nanos, " \
  "free_seconds, blocked"

// To a COPY billing.rates (deck_id, RATE_COLUMNS) FROM STDIN (FORMAT binary).
void append_copy_header(std::string& out);
void append_copy_line(std::string& out, std::int64_t deck, const domain::Rate& rate);
void append_copy_trailer(std::string& out);

// From a COPY (SELECT RATE_COLUMNS …) TO STDOUT (FORMAT binary), message by message.
class RateCopyReader {
 public:
  enum class Outcome : std::uint8_t { Line, Nothing, Malformed };
  Outcome take(std::span<const std::byte> message, domain::Rate& out);

 private:
  bool header_seen_ = false;
};

// All lines of a deck.
Task<DeckLines> read_deck_lines(pg::Transaction& tx, std::int64_t deck);

}  // namespace warp::store
