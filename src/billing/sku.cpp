#include "warp/billing/invoice.h"

namespace warp::billing {
namespace {

// How many members match; nullopt: one does not.
std::optional<int> fit(const Sku::Match& match, const UsageRow& row) {
  int members = 0;
  const auto equal = [&members](const std::string& wanted, const std::string& found) {
    if (wanted.empty()) return true;
    ++members;
    return wanted == found;
  };
  if (!equal(match.kind, row.kind) || !equal(match.direction, row.direction) ||
      !equal(match.jurisdiction, row.jurisdiction))
    return std::nullopt;
  if (!match.prefix.empty()) {
    if (!row.prefix.starts_with(match.prefix)) return std::nullopt;
    ++members;
  }
  return members;
}

struct Found {
  const Sku* sku = nullptr;
  int members = -1;
};

bool better(const Sku& sku, int members, const Found& than) {
  if (members != than.members) return members > than.members;
  if (sku.match.prefix.size() != than.sku->match.prefix.size())
    return sku.match.prefix.size() > than.sku->match.prefix.size();
  if (sku.position != than.sku->position) return sku.position < than.sku->position;
  return sku.code < than.sku->code;
}

}  // namespace

const Sku* sku_of(const std::vector<Sku>& skus, const UsageRow& row) {
  Found best;
  for (const auto& sku : skus) {
    if (!sku.usage) continue;
    const auto members = fit(sku.match, row);
    if (members && (!best.sku || better(sku, *members, best))) best = {&sku, *members};
  }
  return best.sku;
}

}  // namespace warp::billing
