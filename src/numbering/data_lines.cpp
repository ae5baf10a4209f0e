#include "data_lines.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/csv.h"
#include "warp/base/text.h"
#include "warp/numbering/line_kind.h"

namespace warp::numbering {
namespace {

constexpr std::size_t kLongestName = 24;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

bool is_code(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

bool is_letters(std::string_view text, std::size_t count) {
  return text.size() == count && std::all_of(text.begin(), text.end(), [](char c) {
           const char lower = ascii_lower(c);
           return lower >= 'a' && lower <= 'z';
         });
}

std::string_view at(const LineFields& fields, Column column) {
  return fields[static_cast<std::size_t>(column)];
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

LineFault fault(Column column, std::string problem, std::string cure) {
  return {column, std::move(problem), std::move(cure)};
}

// Code-of-company types of LERG 6 that say what hangs there.
domain::LineKind kind_of_coc(std::string_view coc) {
  if (iequals(coc, "EOC")) return domain::LineKind::Fixed;
  if (iequals(coc, "PMC") || iequals(coc, "RCC")) return domain::LineKind::Mobile;
  if (iequals(coc, "VOI")) return domain::LineKind::Voip;
  return domain::LineKind::Unknown;
}

std::optional<LineFault> take_kind(const LineFields& fields, domain::LineKind& out) {
  const auto text = at(fields, Column::Kind);
  if (text.empty()) return std::nullopt;
  const auto kind = parse_kind(text);
  if (!kind)
    return fault(Column::Kind, shown(text) + " is no kind of line",
                 "write UNKNOWN, FIXED, MOBILE, VOIP, TOLL_FREE, PREMIUM or SPECIAL");
  out = *kind;
  return std::nullopt;
}

std::optional<LineFault> take_block_id(std::string_view text, std::uint8_t& out) {
  if (text.empty() || iequals(text, "A") || text == "10") return std::nullopt;
  const auto number = parse_number<unsigned>(text, 0, 9);
  if (!number)
    return fault(Column::Block, shown(text) + " is no block", "write 0 to 9, or A for the whole NPA-NXX");
  out = static_cast<std::uint8_t>(*number);
  return std::nullopt;
}

std::optional<LineFault> take_codes(const LineFields& fields, BlockRow& row) {
  const auto lata = at(fields, Column::Lata), ocn = at(fields, Column::Ocn),
             centre = at(fields, Column::Centre);
  if (!lata.empty()) {
    // LERG writes five digits where a LATA has parts: the first three are the LATA's.
    const auto number = parse_number<std::uint32_t>(lata, 0, 99'999);
    if (!number || (*number > 999 && lata.size() != 5))
      return fault(Column::Lata, shown(lata) + " is no LATA", "write its three digits");
    row.lata = static_cast<std::uint16_t>(lata.size() == 5 ? *number / 100 : *number);
  }
  if (!ocn.empty() && (!is_code(ocn) || ocn.size() > 5))
    return fault(Column::Ocn, shown(ocn) + " is no operator", "write its OCN, four letters or digits");
  row.ocn = upper(ocn);
  if (centre.size() > kLongestName || !is_printable(centre))
    return fault(Column::Centre, shown(centre) + " is no rate centre",
                 "write its abbreviation, at most 24 plain characters");
  row.rate_centre = upper(centre);
  return std::nullopt;
}

std::optional<LineFault> take_block(const LineFields& fields, Table::Source& out) {
  const auto npa = parse_number<std::uint32_t>(at(fields, Column::Npa), 200, 999);
  if (!npa)
    return fault(Column::Npa, shown(at(fields, Column::Npa)) + " is no area code", "write 200 to 999");
  const auto nxx = parse_number<std::uint32_t>(at(fields, Column::Nxx), 200, 999);
  if (!nxx) return fault(Column::Nxx, shown(at(fields, Column::Nxx)) + " is no exchange", "write 200 to 999");
  BlockRow row;
  row.npanxx = *npa * 1000 + *nxx;
  if (auto wrong = take_block_id(at(fields, Column::Block), row.block)) return wrong;
  const auto state = at(fields, Column::State);
  if (!state.empty() && !is_letters(state, 2))
    return fault(Column::State, shown(state) + " is no state", "write its two letters, such as NY");
  row.state = upper(state);
  if (auto wrong = take_codes(fields, row)) return wrong;
  row.kind = kind_of_coc(at(fields, Column::Coc));
  if (auto wrong = take_kind(fields, row.kind)) return wrong;
  out.blocks.push_back(std::move(row));
  return std::nullopt;
}

std::optional<LineFault> take_country(const LineFields& fields, Table::Source& out) {
  CountryRow row;
  const auto prefix = at(fields, Column::Prefix), country = at(fields, Column::Country);
  if (prefix.empty() || prefix.size() > 15 || !std::all_of(prefix.begin(), prefix.end(), is_digit))
    return fault(Column::Prefix, shown(prefix) + " is no prefix",
                 "write 1 to 15 digits, with the country's code");
  if (!is_letters(country, 2))
    return fault(Column::Country, shown(country) + " is no country", "write its two letters, such as GB");
  row.prefix = prefix;
  row.country = upper(country);
  if (auto wrong = take_kind(fields, row.kind)) return wrong;
  out.countries.push_back(std::move(row));
  return std::nullopt;
}

bool is_centre(std::string_view text) {
  const auto slash = text.find('/');
  return slash == 2 && is_letters(text.substr(0, 2), 2) && text.size() > 3 &&
         text.size() <= kLongestName + 3 && text.find('/', 3) == std::string_view::npos && is_printable(text);
}

std::optional<LineFault> take_pair(const LineFields& fields, Table::Source& out) {
  for (const auto column : {Column::From, Column::Also})
    if (!is_centre(at(fields, column)))
      return fault(column, shown(at(fields, column)) + " is no rate centre",
                   "write STATE/CENTRE, such as NY/NWYRCYZN01");
  auto a = upper(at(fields, Column::From)), b = upper(at(fields, Column::Also));
  if (a == b) return fault(Column::Also, "a rate centre is local to itself anyway", "leave the line out");
  out.local_pairs.emplace_back(std::move(a), std::move(b));
  return std::nullopt;
}

struct SetColumns {
  std::vector<KnownColumn> known;
  std::vector<Column> needed;
};

const SetColumns& columns_of(DataSet set) {
  using enum Column;
  static const SetColumns kBlocks{{{"npa", Npa},
                                   {"nxx", Nxx},
                                   {"block", Block},
                                   {"block_id", Block},
                                   {"state", State},
                                   {"loc_state", State},
                                   {"lata", Lata},
                                   {"ocn", Ocn},
                                   {"rc", Centre},
                                   {"rc_abbre", Centre},
                                   {"kind", Kind},
                                   {"coc_type", Coc}},
                                  {Npa, Nxx, State}};
  static const SetColumns kCountries{{{"prefix", Prefix}, {"country", Country}, {"kind", Kind}},
                                     {Prefix, Country}};
  static const SetColumns kAreas{{{"rate_centre", From}, {"also", Also}}, {From, Also}};
  switch (set) {
    case DataSet::Blocks:
      return kBlocks;
    case DataSet::Countries:
      return kCountries;
    case DataSet::LocalAreas:
      return kAreas;
  }
  return kBlocks;
}

}  // namespace

const std::vector<KnownColumn>& known_columns(DataSet set) {
  return columns_of(set).known;
}

const std::vector<Column>& needed_columns(DataSet set) {
  return columns_of(set).needed;
}

std::string_view name_of(DataSet set, Column column) {
  for (const auto& known : known_columns(set))
    if (known.column == column) return known.name;
  return {};
}

std::optional<LineFault> take_fields(DataSet set, const LineFields& fields, Table::Source& out) {
  switch (set) {
    case DataSet::Blocks:
      return take_block(fields, out);
    case DataSet::Countries:
      return take_country(fields, out);
    case DataSet::LocalAreas:
      return take_pair(fields, out);
  }
  return std::nullopt;
}

}  // namespace warp::numbering
