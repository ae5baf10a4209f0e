// Reads golden_invoices.txt, which golden_invoices.py beside it works out.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "warp/billing/invoice.h"

#include "support/golden_fields.h"

namespace warp::billing::test {

using warp::test::number;
using warp::test::split;

inline Money nanos(const std::string& text) {
  return Money::from_nanos(number<std::int64_t>(text));
}
inline WallTime second(const std::string& text) {
  return WallTime(std::chrono::seconds(number<std::int64_t>(text)));
}

// The SKUs that the script has, too.
inline std::vector<Sku> skus() {
  const auto usage = [](const char* code, int position, Sku::Match match, const char* tax = "TELECOM") {
    Sku sku;
    sku.code = code;
    sku.position = position;
    sku.match = std::move(match);
    sku.tax_code = tax;
    sku.usage = true;
    return sku;
  };
  auto did = usage("DID", 50, {}), commit = usage("COMMIT", 60, {}), fee = usage("FEE", 70, {}, "FEES");
  did.usage = commit.usage = fee.usage = false;
  fee.once = true;
  return {usage("VOICE-OUT", 10, {"call", "outbound", "", ""}),
          usage("VOICE-NEAR", 15, {"call", "outbound", "INTRASTATE", ""}),
          usage("VOICE-44", 16, {"call", "outbound", "", "44"}),
          usage("VOICE-IN", 20, {"call", "inbound", "", ""}),
          usage("MESSAGE-OUT", 30, {"message", "outbound", "", ""}, "MESSAGING"),
          did,
          commit,
          fee};
}

struct GoldenLine {
  std::string kind, sku;
  std::int64_t nanos = 0;
  friend bool operator==(const GoldenLine&, const GoldenLine&) = default;
};

struct Golden {
  std::string name;
  Terms terms;
  Usage usage;
  std::vector<RecurringItem> recurring;
  std::vector<TaxRate> taxes;
  std::vector<GoldenLine> lines;
  std::vector<Money> sums;  // charges, taxes, rounding, carried, total, credit_out
  std::map<std::string, std::uint64_t> left;
};

inline std::vector<rating::Tier> steps_of(const std::string& text) {
  std::vector<rating::Tier> out;
  for (const auto& step : split(text, ',')) {
    const auto parts = split(step, ':');
    out.push_back({number<std::uint64_t>(parts[0]), nanos(parts[1])});
  }
  return out;
}

inline UsageRow usage_of(const std::vector<std::string>& f) {
  UsageRow row;
  row.kind = f[1];
  row.direction = f[2];
  row.jurisdiction = f[3];
  row.prefix = f[4];
  row.items = number<std::uint64_t>(f[5]);
  row.units = number<std::uint64_t>(f[6]);
  row.amount = nanos(f[7]);
  row.correction = f[8] == "1";
  return row;
}

inline RecurringItem item_of(const std::vector<std::string>& f) {
  RecurringItem item;
  item.sku = f[1];
  item.object = f[2];
  item.quantity = number<std::uint32_t>(f[3]);
  item.amount = nanos(f[4]);
  item.prorate = f[5] == "1";
  item.starts_at = second(f[6]);
  if (!f[7].empty()) item.ends_at = second(f[7]);
  return item;
}

inline void read(const std::vector<std::string>& f, Golden& out) {
  const auto& key = f[0];
  if (key == "period")
    out.terms.period = {second(f[1]), second(f[2])}, out.terms.zone = f[3];
  else if (key == "money")
    out.terms.decimals = number<unsigned>(f[1]), out.terms.rounding = parse_rounding(f[2]).value();
  else if (key == "minimum")
    out.terms.minimum = nanos(f[1]), out.terms.minimum_holds = {second(f[2]), second(f[3])};
  else if (key == "credit")
    out.terms.credit_in = nanos(f[1]);
  else if (key == "usage")
    out.usage.rows.push_back(usage_of(f));
  else if (key == "tier")
    out.terms.tiers.push_back({f[1],
                               f[2] == "VOLUME" ? rating::TierMode::Volume : rating::TierMode::Graduated,
                               number<std::uint32_t>(f[3]), steps_of(f[4])});
  else if (key == "bundle")
    out.terms.bundles.push_back(
        {f[1], number<std::uint64_t>(f[2]), nanos(f[3]), f[4] == "1", number<std::uint64_t>(f[5])});
  else if (key == "recurring")
    out.recurring.push_back(item_of(f));
  else if (key == "entry")
    out.usage.entries.push_back({7, nanos(f[1]), f[2]});
  else if (key == "tax")
    out.taxes.push_back({f[1], f[2], number<std::int64_t>(f[3]), f[4] == "1"});
  else if (key == "expect")
    for (std::size_t i = 1; i < f.size(); ++i)
      out.sums.push_back(nanos(f[i]));
  else if (key == "line")
    out.lines.push_back({f[1], f[2], number<std::int64_t>(f[3])});
  else if (key == "left")
    out.left[f[1]] = number<std::uint64_t>(f[2]);
}

inline std::vector<Golden> read_golden(const std::string& file) {
  std::ifstream in(file);
  std::vector<Golden> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    const auto fields = split(line, '|');
    if (fields[0] == "case")
      out.emplace_back().name = fields[1];
    else
      read(fields, out.back());
  }
  return out;
}

}  // namespace warp::billing::test
