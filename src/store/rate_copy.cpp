#include "rate_copy.h"

#include <cstring>
#include <limits>

#include "warp/base/bytes.h"
#include "warp/base/checked.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr std::string_view kSignature("PGCOPY\n\377\r\n\0", 11);
constexpr std::chrono::seconds kRateCopyCopyTimeout{120};
constexpr std::uint32_t kNull = 0xffffffff;
// Postgres counts microseconds from here.
constexpr WallTime kEpoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);

void put(std::string& out, std::uint64_t value, unsigned octets) {
  for (unsigned i = octets; i-- > 0;)
    out += static_cast<char>(value >> (8 * i));
}
void put_field(std::string& out, std::int64_t value, unsigned octets) {
  put(out, octets, 4);
  put(out, static_cast<std::uint64_t>(value), octets);
}
void put_time(std::string& out, WallTime time) {
  put_field(out, (time - kEpoch).count(), 8);
}

// One fixed-width field.
bool get(ByteReader& in, std::uint32_t octets, std::int64_t& out) {
  if (in.u32() != octets) return false;
  out = octets == 8 ? static_cast<std::int64_t>(in.u64())
                    : static_cast<std::int64_t>(static_cast<std::int32_t>(in.u32()));
  return in.ok();
}
bool get_seconds(ByteReader& in, std::uint32_t& out) {
  std::int64_t value = 0;
  if (!get(in, 4, value) || value < 0) return false;
  out = static_cast<std::uint32_t>(value);
  return true;
}

// '-infinity' and 'infinity' are the smallest and the greatest number.
std::optional<WallTime> time_of(std::int64_t micros) {
  if (micros == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  if (micros <= std::numeric_limits<std::int64_t>::min() / 2) return WallTime{};
  return kEpoch + std::chrono::microseconds(micros);
}

bool get_small(ByteReader& in, std::uint16_t& out) {
  if (in.u32() != 2) return false;
  out = in.u16();
  return in.ok();
}

bool get_terms(ByteReader& in, domain::Rate& out) {
  std::uint16_t jurisdictions = 0;
  std::int64_t attempt = 0, surcharge = 0;
  if (!get_small(in, jurisdictions) || !get_small(in, out.schedule) || !get(in, 8, attempt) ||
      !get(in, 8, surcharge) || !get_seconds(in, out.free_seconds) || in.u32() != 1)
    return false;
  out.jurisdictions = static_cast<domain::Jurisdictions>(jurisdictions & domain::kAllJurisdictions);
  out.attempt_fee = Money::from_nanos(attempt);
  out.surcharge = Money::from_nanos(surcharge);
  out.blocked = in.u8() != 0;
  return in.ok();
}

bool get_line(ByteReader& in, domain::Rate& out) {
  const auto length = in.u32();
  if (length > 15) return false;
  const auto prefix = in.bytes(length);
  out.prefix.assign(reinterpret_cast<const char*>(prefix.data()), prefix.size());
  std::int64_t per_minute = 0, setup = 0, from = 0, to = 0;
  if (!get(in, 8, per_minute) || !get(in, 8, setup)) return false;
  out.per_minute = Money::from_nanos(per_minute);
  out.setup_fee = Money::from_nanos(setup);
  if (!get_seconds(in, out.initial_increment) || !get_seconds(in, out.increment) ||
      !get_seconds(in, out.minimum_seconds) || !get(in, 8, from))
    return false;
  out.effective_from = time_of(from).value_or(WallTime::max());
  out.effective_to.reset();
  const auto octets = in.u32();
  if (octets != kNull) {
    to = static_cast<std::int64_t>(in.u64());
    out.effective_to = time_of(to);
    if (octets != 8) return false;
  }
  return get_terms(in, out);
}

}  // namespace

void append_copy_header(std::string& out) {
  out += kSignature;
  put(out, 0, 4);  // flags
  put(out, 0, 4);  // no extension
}

void append_copy_line(std::string& out, std::int64_t deck, const domain::Rate& rate) {
  put(out, 15, 2);
  put_field(out, deck, 8);
  put(out, rate.prefix.size(), 4);
  out += rate.prefix;
  put_field(out, rate.per_minute.nanos(), 8);
  put_field(out, rate.setup_fee.nanos(), 8);
  // What does not fit becomes negative, and the table's checks refuse it.
  put_field(out, narrow<std::int32_t>(rate.initial_increment).value_or(-1), 4);
  put_field(out, narrow<std::int32_t>(rate.increment).value_or(-1), 4);
  put_field(out, narrow<std::int32_t>(rate.minimum_seconds).value_or(-1), 4);
  put_time(out, rate.effective_from);
  if (rate.effective_to)
    put_time(out, *rate.effective_to);
  else
    put(out, kNull, 4);
  put_field(out, rate.jurisdictions, 2);
  put_field(out, rate.schedule, 2);
  put_field(out, rate.attempt_fee.nanos(), 8);
  put_field(out, rate.surcharge.nanos(), 8);
  put_field(out, narrow<std::int32_t>(rate.free_seconds).value_or(-1), 4);
  put_field(out, rate.blocked ? 1 : 0, 1);
}

void append_copy_trailer(std::string& out) {
  put(out, 0xffff, 2);
}

RateCopyReader::Outcome RateCopyReader::take(std::span<const std::byte> message, domain::Rate& out) {
  ByteReader in(message);
  if (!header_seen_) {
    const auto signature = in.bytes(kSignature.size());
    in.skip(8);
    if (!in.ok() || std::memcmp(signature.data(), kSignature.data(), kSignature.size()) != 0)
      return Outcome::Malformed;
    header_seen_ = true;
    if (in.remaining() == 0) return Outcome::Nothing;
  }
  const auto fields = in.u16();
  if (fields == 0xffff) return Outcome::Nothing;
  if (fields != 14 || !get_line(in, out) || in.remaining() != 0) return Outcome::Malformed;
  return Outcome::Line;
}

Task<DeckLines> read_deck_lines(pg::Transaction& tx, std::int64_t deck) {
  auto lines = std::make_shared<std::vector<domain::Rate>>();
  RateCopyReader reader;
  domain::Rate line;
  pg::Transaction::Consumer consume = [&](std::span<const std::byte> message) {
    const auto outcome = reader.take(message, line);
    if (outcome == RateCopyReader::Outcome::Line) lines->push_back(line);
    return outcome != RateCopyReader::Outcome::Malformed;
  };
  // COPY takes no parameters; the deck is a number.
  auto sql = "COPY (SELECT " RATE_COLUMNS " FROM billing.rates WHERE deck_id = " + std::to_string(deck) +
             ") TO STDOUT (FORMAT binary)";
  const auto copied =
      co_await tx.copy_out("store.catalogue.rates", std::move(sql), std::move(consume), kRateCopyCopyTimeout);
  if (!copied) co_return error_of(copied.error());
  lines->shrink_to_fit();
  co_return DeckLines(std::move(lines));
}

}  // namespace warp::store
