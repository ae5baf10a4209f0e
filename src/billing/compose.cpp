#include <algorithm>
#include <tuple>

#include "warp/billing/invoice.h"

#include "sum.h"
#include "tax_lines.h"

namespace warp::billing {
namespace {

constexpr unsigned kExact = 9;          // decimals of money itself
constexpr unsigned kTotalDecimals = 2;  // of what is asked for
constexpr const char* kCommitSku = "COMMIT";
constexpr const char* kOtherUsage = "USAGE";  // of what no SKU matches

const Sku* find(const std::vector<Sku>& skus, const std::string& code) {
  const auto found = std::find_if(skus.begin(), skus.end(), [&](const Sku& sku) { return sku.code == code; });
  return found == skus.end() ? nullptr : &*found;
}

// What all of a SKU's usage came to, before tiers and bundles.
struct SkuUse {
  std::uint64_t units = 0;
  Sum amount;
};

class Composer {
 public:
  Composer(const Terms& terms, const std::vector<Sku>& skus) : terms_(terms), skus_(skus) {}

  // Each answers false when money or the zone is not enough; error() says which.
  bool add_usage(const std::vector<UsageRow>& rows);
  bool add_bundles();
  bool add_tiers();
  bool add_commit();
  bool add_recurring(const std::vector<RecurringItem>& items);
  void add_entries(const std::vector<ManualEntry>& entries);
  bool add_taxes(const std::vector<TaxRate>& taxes);
  bool finish();

  ComposeError error() const { return error_; }
  Draft take() { return std::move(draft_); }

 private:
  bool fail(ComposeError error) {
    error_ = error;
    return false;
  }
  Line& add(LineKind kind, const std::string& sku, std::string description, Money amount);
  std::string about(const std::string& code) const;
  bool add_item(const RecurringItem& item, const Sku* sku);
  // Of lines so far that `of` says yes to.
  template <class Predicate>
  std::optional<Money> sum_of(Predicate of) const;

  const Terms& terms_;
  const std::vector<Sku>& skus_;
  Draft draft_;
  std::map<std::string, SkuUse> used_;
  ComposeError error_ = ComposeError::Overflow;
};

Line& Composer::add(LineKind kind, const std::string& sku, std::string description, Money amount) {
  Line line;
  line.kind = kind;
  line.sku = sku;
  line.description = std::move(description);
  line.amount = amount;
  return draft_.lines.emplace_back(std::move(line));
}

std::string Composer::about(const std::string& code) const {
  const auto* sku = find(skus_, code);
  return sku && !sku->description.empty() ? sku->description : code;
}

template <class Predicate>
std::optional<Money> Composer::sum_of(Predicate of) const {
  Sum sum;
  for (const auto& line : draft_.lines)
    if (of(line.kind)) sum.add(line.amount);
  return sum.total();
}

// One line a SKU and jurisdiction; what was rated again since is a line of its own.
bool Composer::add_usage(const std::vector<UsageRow>& rows) {
  struct Total {
    std::uint64_t items = 0, units = 0;
    Sum amount;
  };
  std::map<std::tuple<bool, int, std::string, std::string>, Total> totals;
  for (const auto& row : rows) {
    if (row.currency != terms_.currency) return fail(ComposeError::Currency);
    const auto* sku = sku_of(skus_, row);
    const auto code = sku ? sku->code : std::string(kOtherUsage);
    auto& total = totals[{row.correction, sku ? sku->position : 0, code, row.jurisdiction}];
    total.items += row.items;
    total.units += row.correction ? 0 : row.units;
    total.amount.add(row.amount);
    auto& use = used_[code];
    use.units += row.correction ? 0 : row.units;
    use.amount.add(row.amount);
  }
  for (const auto& [key, total] : totals) {
    const auto& [correction, position, code, jurisdiction] = key;
    const auto amount = total.amount.total();
    if (!amount) return fail(ComposeError::Overflow);
    auto text = about(code);
    if (!jurisdiction.empty()) text += ", " + jurisdiction;
    if (correction) text += ", rated again";
    auto& line = add(correction ? LineKind::Adjustment : LineKind::Usage, code, std::move(text), *amount);
    line.items = total.items;
    line.units = total.units;
    const auto* sku = find(skus_, code);
    line.unit = sku ? sku->unit : "";
  }
  return true;
}

// Its price, and back what the covered units cost: those left of the period before go first.
bool Composer::add_bundles() {
  for (const auto& bundle : terms_.bundles) {
    add(LineKind::Bundle, bundle.sku, about(bundle.sku) + ", bundle of " + std::to_string(bundle.units),
        bundle.price)
        .units = bundle.units;
    auto& use = used_[bundle.sku];
    const auto from_carried = std::min(use.units, bundle.carried);
    const auto from_own = std::min(use.units - from_carried, bundle.units);
    if (bundle.rollover && bundle.units > from_own) draft_.rollover[bundle.sku] = bundle.units - from_own;
    const auto covered = from_carried + from_own;
    if (covered == 0) continue;
    const auto cost = use.amount.total();
    if (!cost) return fail(ComposeError::Overflow);
    const auto back = Money::add_scaled({}, *cost, static_cast<std::int64_t>(covered),
                                        static_cast<std::int64_t>(use.units), kExact, terms_.rounding);
    if (!back) return fail(ComposeError::Overflow);
    add(LineKind::Bundle, bundle.sku, about(bundle.sku) + ", covered by the bundle", -*back).units = covered;
    use.units -= covered;
    use.amount.add(-*back);
  }
  return true;
}

// The difference between what the deck took and what the tiers say of the same units.
bool Composer::add_tiers() {
  for (const auto& tier : terms_.tiers) {
    const auto& use = used_[tier.sku];
    const auto taken = use.amount.total();
    const auto wanted = rating::tiered(tier.steps, tier.mode, use.units, tier.per, kExact, terms_.rounding);
    const auto difference = taken && wanted ? Money::subtract(*wanted, *taken) : std::nullopt;
    if (!difference) return fail(ComposeError::Overflow);
    if (*difference == Money()) continue;
    add(LineKind::Tier, tier.sku, about(tier.sku) + ", by volume", *difference).units = use.units;
  }
  return true;
}

bool Composer::add_commit() {
  if (terms_.minimum <= Money()) return true;
  const auto from = std::max(terms_.minimum_holds.start, terms_.period.start);
  const auto wanted = prorated(terms_, terms_.minimum, 1, from, terms_.minimum_holds.end);
  const auto used = sum_of([](LineKind) { return true; });
  const auto missing = wanted && used ? Money::subtract(*wanted, *used) : std::nullopt;
  if (!missing) return fail(ComposeError::Overflow);
  if (*missing > Money()) add(LineKind::Commit, kCommitSku, about(kCommitSku), *missing);
  return true;
}

bool Composer::add_recurring(const std::vector<RecurringItem>& items) {
  for (const auto& item : items)
    if (!add_item(item, find(skus_, item.sku))) return false;
  return true;
}

bool Composer::add_item(const RecurringItem& item, const Sku* sku) {
  auto text = about(item.sku);
  if (!item.object.empty()) text += " " + item.object;
  const auto& period = terms_.period;
  if (sku && sku->once) {
    // In the period in which it begins, whole.
    if (item.starts_at < period.start || item.starts_at >= period.end) return true;
    const auto amount = Money::scale(item.amount, item.quantity, 1, terms_.rounding);
    if (!amount) return fail(ComposeError::Overflow);
    add(LineKind::Once, item.sku, std::move(text), *amount).items = item.quantity;
    return true;
  }
  if (item.starts_at >= period.end || (item.ends_at && *item.ends_at <= period.start)) return true;
  const auto part = item.prorate ? prorated(terms_, item.amount, item.quantity, item.starts_at, item.ends_at)
                                 : Money::scale(item.amount, item.quantity, 1, terms_.rounding);
  if (!part) return fail(ComposeError::Overflow);
  if (*part == Money()) return true;
  const auto days = days_between(terms_.zone, std::max(item.starts_at, period.start),
                                 std::min(item.ends_at.value_or(period.end), period.end));
  auto& line = add(LineKind::Recurring, item.sku, std::move(text), *part);
  line.items = item.quantity;
  line.units = static_cast<std::uint64_t>(days.value_or(0));
  line.unit = "day";
  return true;
}

void Composer::add_entries(const std::vector<ManualEntry>& entries) {
  for (const auto& entry : entries)
    add(LineKind::Adjustment, "", entry.description.empty() ? "Adjustment" : entry.description, -entry.amount)
        .ledger_entry = entry.id;
}

bool Composer::add_taxes(const std::vector<TaxRate>& taxes) {
  auto lines = tax_lines(terms_, skus_, draft_.lines, taxes);
  if (!lines) return fail(ComposeError::Overflow);
  for (auto& line : *lines)
    draft_.lines.push_back(std::move(line));
  return true;
}

bool Composer::finish() {
  const auto charges = sum_of([](LineKind kind) { return kind != LineKind::Tax; });
  const auto taxes = sum_of([](LineKind kind) { return kind == LineKind::Tax; });
  const auto exact = charges && taxes ? Money::add(*charges, *taxes) : std::nullopt;
  const auto places = std::min(terms_.decimals, kTotalDecimals);
  const auto rounded = exact ? Money::round_to(*exact, places, terms_.rounding) : std::nullopt;
  const auto rounding = rounded ? Money::subtract(*rounded, *exact) : std::nullopt;
  const auto sum = rounding ? Money::add(*rounded, terms_.credit_in) : std::nullopt;
  if (!sum) return fail(ComposeError::Overflow);
  if (*rounding != Money()) add(LineKind::Rounding, "", "Rounding", *rounding);
  if (terms_.credit_in != Money()) add(LineKind::Carry, "", "Credit of earlier periods", terms_.credit_in);
  if (*sum < Money()) {
    draft_.credit_out = *sum;
    add(LineKind::Carry, "", "Credit for later periods", -*sum);
  }
  draft_.charges = *charges;
  draft_.taxes = *taxes;
  draft_.rounding = *rounding;
  draft_.total = std::max(*sum, Money());
  const auto carried = Money::subtract(draft_.total, *rounded);
  if (!carried) return fail(ComposeError::Overflow);
  draft_.carried = *carried;
  return true;
}

}  // namespace

std::optional<Money> prorated(const Terms& terms, Money amount, std::uint32_t quantity, WallTime from,
                              std::optional<WallTime> to) {
  const auto begin = std::max(from, terms.period.start);
  const auto end = std::min(to.value_or(terms.period.end), terms.period.end);
  const auto days = days_between(terms.zone, begin, end);
  const auto whole = days_between(terms.zone, terms.period.start, terms.period.end);
  if (!days || !whole) return std::nullopt;
  // A period that begins and ends on one day has no days: what was there in it is billed whole.
  if (*whole == 0) return Money::scale(amount, quantity, 1, terms.rounding);
  return Money::add_scaled({}, amount, *days * quantity, *whole, terms.decimals, terms.rounding);
}

Result<Draft, ComposeError> compose(const Terms& terms, const std::vector<Sku>& skus, const Usage& usage,
                                    const std::vector<RecurringItem>& recurring,
                                    const std::vector<TaxRate>& taxes) {
  if (!is_zone(terms.zone)) return ComposeError::Zone;
  Composer composer(terms, skus);
  if (!composer.add_usage(usage.rows) || !composer.add_bundles() || !composer.add_tiers() ||
      !composer.add_commit() || !composer.add_recurring(recurring))
    return composer.error();
  composer.add_entries(usage.entries);
  if (!composer.add_taxes(taxes) || !composer.finish()) return composer.error();
  return composer.take();
}

}  // namespace warp::billing
