// Table: where a number is: state, LATA, operator, rate centre, kind of line; country for the rest of the
// world.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "warp/base/holder.h"
#include "warp/domain/call_numbers.h"
#include "warp/domain/number_lookup.h"

namespace warp::numbering {

// The country id of every table that stands for the United States and their territories.
inline constexpr std::uint16_t kUnitedStates = 1;

// Ids into the table's names; 0: not known.
struct Place {
  std::uint16_t country = 0, state = 0, lata = 0, ocn = 0;
  std::uint32_t rate_centre = 0;
  domain::LineKind kind = domain::LineKind::Unknown;
};

// `block`: 0 to 9; 10: the whole NPANXX.
struct BlockRow {
  std::uint32_t npanxx = 0;
  std::uint8_t block = 10;
  std::string state, ocn, rate_centre;
  std::uint16_t lata = 0;
  domain::LineKind kind = domain::LineKind::Unknown;
};

struct CountryRow {
  std::string prefix, country;
  domain::LineKind kind = domain::LineKind::Unknown;
};

// Immutable: 1e6 + 1e7 slots of 4 octets into unique places; a digit index for the rest of the world.
class Table {
 public:
  struct Source {
    std::vector<BlockRow> blocks;
    std::vector<CountryRow> countries;
    std::vector<std::pair<std::string, std::string>> local_pairs;
    std::uint64_t version = 0;
  };
  static std::shared_ptr<const Table> compile(Source source);
  // Two reads for a number of the North American plan; Place{} when not known, and for one that begins with 1
  // but is none.
  const Place& place(std::string_view e164) const;
  domain::NumberPlace describe(const Place& place) const;
  bool local(const Place& a, const Place& b) const;  // one rate centre, or a pair of one calling area
  // Prefixes of the North American plan, ascending, of all that is in the place: "1" and NPA-NXX, and the
  // block where only some of an exchange's are. What is empty, 0 or Unknown in `wanted` may be anything.
  std::vector<std::string> prefixes_of(const domain::NumberPlace& wanted) const;
  std::uint64_t version() const;
  std::size_t memory_octets() const;
  ~Table();

 private:
  Table();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `caller` and `called`: routing numbers (LRN when dipped), E.164. No clock, no I/O, no allocation. A rate
// centre, or two of one calling area: LOCAL. One state and LATA: INTRALATA; one state: INTRASTATE; both in
// the United States: INTERSTATE; else INTERNATIONAL. A toll-free called number: TOLLFREE, whoever calls. An
// end that has no place, or in the United States no state: UNKNOWN.
domain::Jurisdiction jurisdiction(const Table& table, std::string_view caller, std::string_view called);

// What the record keeps and the decision reads, of the numbers, the dips and the table (null: nobody has a
// place).
domain::CallNumbers resolve(const Table* table, const domain::LookupRequest& asked,
                            const domain::LookupAnswer& answer);
using TableHolder = Holder<Table>;

}  // namespace warp::numbering
