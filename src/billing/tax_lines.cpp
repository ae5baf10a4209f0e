#include "tax_lines.h"

#include <algorithm>
#include <map>

#include "sum.h"

namespace warp::billing {
namespace {

constexpr std::int64_t kWholeRate = 1'000'000'000;  // of rate_e9

std::map<std::string, Sum> bases_of(const std::vector<Sku>& skus, const std::vector<Line>& lines) {
  std::map<std::string, std::string> codes;
  for (const auto& sku : skus)
    codes[sku.code] = sku.tax_code;
  std::map<std::string, Sum> bases;
  for (const auto& line : lines) {
    if (line.sku.empty()) continue;
    const auto code = codes.find(line.sku);
    bases[code == codes.end() ? Sku().tax_code : code->second].add(line.amount);
  }
  return bases;
}

// "6.25 %"
std::string percent(std::int64_t rate_e9) {
  const auto hundred = Money::from_nanos(rate_e9 * 100);
  return hundred.to_string(0) + " %";
}

std::optional<Line> line_of(const Terms& terms, const TaxRate& tax, Money base) {
  const auto amount = Money::add_scaled({}, base, tax.rate_e9, kWholeRate, terms.decimals, terms.rounding);
  if (!amount) return std::nullopt;
  Line line;
  line.kind = LineKind::Tax;
  line.sku = tax.tax_code;
  line.description = tax.name + " " + percent(tax.rate_e9);
  line.base = base;
  line.rate_e9 = tax.rate_e9;
  line.amount = *amount;
  return line;
}

}  // namespace

std::optional<std::vector<Line>> tax_lines(const Terms& terms, const std::vector<Sku>& skus,
                                           const std::vector<Line>& lines,
                                           const std::vector<TaxRate>& taxes) {
  auto sorted = taxes;
  std::sort(sorted.begin(), sorted.end(), [](const TaxRate& a, const TaxRate& b) {
    return std::tie(a.tax_code, a.on_taxes, a.name) < std::tie(b.tax_code, b.on_taxes, b.name);
  });
  const auto bases = bases_of(skus, lines);
  std::map<std::string, Sum> plain;  // taxes of a code that stand on no other
  std::vector<Line> out;
  for (const auto& tax : sorted) {
    const auto found = bases.find(tax.tax_code);
    if (found == bases.end()) continue;
    auto sum = found->second;
    if (tax.on_taxes)
      if (const auto before = plain[tax.tax_code].total()) sum.add(*before);
    const auto base = sum.total();
    auto line = base ? line_of(terms, tax, *base) : std::nullopt;
    if (!line) return std::nullopt;
    if (line->amount == Money()) continue;
    if (!tax.on_taxes) plain[tax.tax_code].add(line->amount);
    out.push_back(std::move(*line));
  }
  return out;
}

}  // namespace warp::billing
