#include "warp/numbering/table.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "warp/base/text.h"
#include "warp/rating/digit_index.h"
#include "warp/rating/slab.h"

#include "plan.h"

namespace warp::numbering {
namespace {

constexpr std::uint32_t kExchanges = 1'000'000, kBlocks = 10;
// A slot: the place's position; of an exchange also whether its blocks differ from it.
constexpr std::uint32_t kSplit = 0x80000000, kPosition = 0x7fffffff;
constexpr std::uint8_t kWhole = 10;

// Names by small numbers, from 1 on.
class Names {
 public:
  explicit Names(std::uint32_t most) : most_(most) {}
  // 0 for an empty name, and when there is no room for another.
  std::uint32_t id(std::string_view name) {
    if (name.empty()) return 0;
    if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
    if (names_.size() > most_) return 0;
    const auto id = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(name);
    ids_.emplace(names_.back(), id);
    return id;
  }
  const std::string& name(std::uint32_t id) const { return names_[id < names_.size() ? id : 0]; }
  std::size_t size() const { return names_.size(); }

 private:
  const std::uint32_t most_;
  std::vector<std::string> names_{std::string()};
  std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> ids_;
};

using Packed = std::pair<std::uint64_t, std::uint64_t>;
Packed packed(const Place& place) {
  return {std::uint64_t{place.country} << 48 | std::uint64_t{place.state} << 32 |
              std::uint64_t{place.lata} << 16 | place.ocn,
          std::uint64_t{place.rate_centre} << 8 | static_cast<std::uint64_t>(place.kind)};
}
struct PackedHash {
  std::size_t operator()(const Packed& value) const noexcept {
    return static_cast<std::size_t>((value.first * 0x9E3779B97F4A7C15ull) ^
                                    (value.second * 0xC2B2AE3D27D4EB4Full));
  }
};

constexpr std::uint64_t pair_key(std::uint32_t a, std::uint32_t b) {
  return std::uint64_t{std::min(a, b)} << 32 | std::max(a, b);
}

std::string centre_name(std::string_view state, std::string_view centre) {
  std::string name(state);
  name += '/';
  name += centre;
  return name;
}

}  // namespace

struct Table::Impl {
  Names countries{0xffff}, states{0xffff}, operators{0xffff}, centres{0xfffffff0};
  std::vector<Place> places{Place{}};
  rating::Slab<std::uint32_t> exchanges{kExchanges};
  // Written for split exchanges alone: the pages of the others are never touched.
  rating::Slab<std::uint32_t> blocks{std::size_t{kExchanges} * kBlocks};
  rating::DigitIndex prefixes;
  std::vector<std::uint32_t> prefix_places;  // of each key of `prefixes`
  std::unordered_set<std::uint64_t> local_pairs;
  std::uint64_t version = 0;

  void take_countries(std::vector<CountryRow>& rows);
  void take_blocks(std::vector<BlockRow>& rows);
  void take_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);
  std::uint32_t position_of(const Place& place);
  std::uint32_t country_of(const BlockRow& row);
  std::uint32_t by_prefix(std::string_view e164) const;

  std::unordered_map<Packed, std::uint32_t, PackedHash> known;  // while it is built
};

std::uint32_t Table::Impl::position_of(const Place& place) {
  const auto [at, fresh] = known.try_emplace(packed(place), static_cast<std::uint32_t>(places.size()));
  if (fresh) places.push_back(place);
  return at->second;
}

std::uint32_t Table::Impl::by_prefix(std::string_view e164) const {
  const auto found = prefixes.find(rating::Digits(e164));
  return found == rating::DigitIndex::kNone ? 0 : prefix_places[found];
}

void Table::Impl::take_countries(std::vector<CountryRow>& rows) {
  struct Line {
    rating::PrefixKey key;
    std::uint32_t place;
  };
  std::vector<Line> lines;
  lines.reserve(rows.size());
  for (const auto& row : rows) {
    const auto key = rating::PrefixKey::parse(row.prefix);
    if (!key || key->length() == 0) continue;
    Place place;
    place.country = static_cast<std::uint16_t>(countries.id(row.country));
    place.kind = row.kind;
    lines.push_back({*key, position_of(place)});
  }
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.key < b.key; });
  std::vector<rating::PrefixKey> keys;
  for (const auto& line : lines) {
    if (!keys.empty() && keys.back() == line.key) continue;  // the first of two counts
    keys.push_back(line.key);
    prefix_places.push_back(line.place);
  }
  prefixes = rating::DigitIndex(keys);
}

std::uint32_t Table::Impl::country_of(const BlockRow& row) {
  const auto by_state = country_of_state(row.state);
  if (!by_state.empty()) return countries.id(by_state);
  return places[by_prefix("1" + std::to_string(row.npanxx))].country;
}

void Table::Impl::take_blocks(std::vector<BlockRow>& rows) {
  std::fill_n(&exchanges[0], kExchanges, 0u);
  const auto order = [](const BlockRow& row) {
    return row.npanxx * 16 + (row.block == kWhole ? 0u : row.block + 1u);
  };
  const auto earlier = [&](const BlockRow& a, const BlockRow& b) { return order(a) < order(b); };
  if (!std::is_sorted(rows.begin(), rows.end(), earlier)) std::stable_sort(rows.begin(), rows.end(), earlier);
  for (const auto& row : rows) {
    if (row.npanxx >= kExchanges || row.block > kWhole) continue;
    Place place;
    place.country = static_cast<std::uint16_t>(country_of(row));
    place.state = static_cast<std::uint16_t>(states.id(row.state));
    place.lata = row.lata;
    place.ocn = static_cast<std::uint16_t>(operators.id(row.ocn));
    if (!row.rate_centre.empty()) place.rate_centre = centres.id(centre_name(row.state, row.rate_centre));
    place.kind = row.kind;
    const auto position = position_of(place);
    auto& exchange = exchanges[row.npanxx];
    if (row.block == kWhole) {
      exchange = position;
      continue;
    }
    auto* const split = &blocks[std::size_t{row.npanxx} * kBlocks];
    // The whole comes first: blocks that nobody names are its holder's.
    if ((exchange & kSplit) == 0) std::fill_n(split, kBlocks, exchange & kPosition);
    exchange |= kSplit;
    split[row.block] = position;
  }
}

void Table::Impl::take_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const auto& [a, b] : pairs)
    local_pairs.insert(pair_key(centres.id(a), centres.id(b)));
}

Table::Table() : impl_(std::make_unique<Impl>()) {}
Table::~Table() = default;

std::shared_ptr<const Table> Table::compile(Source source) {
  std::shared_ptr<Table> table(new Table());
  auto& impl = *table->impl_;
  impl.known.emplace(packed(Place{}), 0);
  impl.countries.id("US");                // kUnitedStates
  impl.take_countries(source.countries);  // before the blocks: area codes of islands are found there
  impl.take_blocks(source.blocks);
  impl.take_pairs(source.local_pairs);
  impl.version = source.version;
  impl.known = {};
  return table;
}

const Place& Table::place(std::string_view e164) const {
  const Impl& impl = *impl_;
  if (e164.empty() || e164[0] != '1') return impl.places[e164.empty() ? 0 : impl.by_prefix(e164)];
  if (!is_nanp(e164)) return impl.places[0];
  const auto npanxx = npanxx_of(e164);
  auto slot = impl.exchanges[npanxx];
  if (slot & kSplit) slot = impl.blocks[std::size_t{npanxx} * kBlocks + block_of(e164)];
  const auto position = slot & kPosition;
  return impl.places[position != 0 ? position : impl.by_prefix(e164)];
}

domain::NumberPlace Table::describe(const Place& place) const {
  const Impl& impl = *impl_;
  domain::NumberPlace out;
  out.country = impl.countries.name(place.country);
  out.state = impl.states.name(place.state);
  out.ocn = impl.operators.name(place.ocn);
  const auto& centre = impl.centres.name(place.rate_centre);
  if (const auto slash = centre.find('/'); slash != std::string::npos)
    out.rate_centre = centre.substr(slash + 1);
  out.lata = place.lata;
  out.kind = place.kind;
  return out;
}

bool Table::local(const Place& a, const Place& b) const {
  if (a.rate_centre == 0 || b.rate_centre == 0) return false;
  return a.rate_centre == b.rate_centre ||
         impl_->local_pairs.contains(pair_key(a.rate_centre, b.rate_centre));
}

std::vector<std::string> Table::prefixes_of(const domain::NumberPlace& wanted) const {
  const Impl& impl = *impl_;
  std::vector<bool> fits(impl.places.size(), false);
  for (std::size_t i = 1; i < impl.places.size(); ++i) {
    const auto place = describe(impl.places[i]);
    fits[i] = (wanted.country.empty() || wanted.country == place.country) &&
              (wanted.state.empty() || wanted.state == place.state) &&
              (wanted.ocn.empty() || wanted.ocn == place.ocn) &&
              (wanted.rate_centre.empty() || wanted.rate_centre == place.rate_centre) &&
              (wanted.lata == 0 || wanted.lata == place.lata) &&
              (wanted.kind == domain::LineKind::Unknown || wanted.kind == place.kind);
  }
  std::vector<std::string> out;
  for (std::uint32_t npanxx = 0; npanxx < kExchanges; ++npanxx) {
    const auto slot = impl.exchanges[npanxx];
    if (slot == 0) continue;
    const auto prefix = "1" + std::to_string(npanxx);
    if ((slot & kSplit) == 0) {
      if (fits[slot & kPosition]) out.push_back(prefix);
      continue;
    }
    const auto* const split = &impl.blocks[std::size_t{npanxx} * kBlocks];
    if (std::all_of(split, split + kBlocks, [&](std::uint32_t block) { return fits[block & kPosition]; })) {
      out.push_back(prefix);
      continue;
    }
    for (std::uint32_t block = 0; block < kBlocks; ++block)
      if (fits[split[block] & kPosition]) out.push_back(prefix + std::to_string(block));
  }
  return out;
}

std::uint64_t Table::version() const {
  return impl_->version;
}

std::size_t Table::memory_octets() const {
  const Impl& impl = *impl_;
  constexpr std::size_t kName = sizeof(std::string) * 2 + 48;
  const auto names = impl.countries.size() + impl.states.size() + impl.operators.size() + impl.centres.size();
  return impl.exchanges.octets() + impl.blocks.octets() + impl.prefixes.memory_octets() +
         impl.prefix_places.size() * sizeof(std::uint32_t) + impl.places.size() * sizeof(Place) +
         names * kName + impl.local_pairs.size() * 32;
}

}  // namespace warp::numbering
