#include "warp/store/bans.h"

#include "recurring_rows.h"
#include "support.h"

#define BAN_COLUMNS                                                                                        \
  "ban, customer_id, name, cycle, anchor, zone, period_start, next_close, due_days, payment_order, "       \
  "decimals, rounding, tax_region, tax_exempt, coalesce(address ->> 'text', ''), is_default, created_at, " \
  "updated_at"
#define CHARGE_COLUMNS \
  "id, ban, customer_id, sku, object, quantity, amount_nanos, prorate, starts_at, ends_at, created_at"
#define RENT_COLUMNS "e164, customer_id, ban, monthly_nanos"
#define TERM_COLUMNS "ban, minimum_nanos, terms::text"

namespace warp::store {
namespace {

constexpr pg::Query kListBans{"store.ban.list", "SELECT " BAN_COLUMNS
                                                " FROM billing.bans WHERE customer_id = $1 "
                                                "ORDER BY is_default DESC, ban"};
constexpr pg::Query kGetBan{"store.ban.get", "SELECT " BAN_COLUMNS " FROM billing.bans WHERE ban = $1"};
constexpr pg::Query kCreateBan{
    "store.ban.create",
    "INSERT INTO billing.bans (ban, customer_id, name, cycle, anchor, zone, opens_at, period_start, "
    "next_close, due_days, payment_order, decimals, rounding, tax_region, tax_exempt, address, is_default) "
    "VALUES (coalesce(nullif($1, ''), 'BAN-' || lpad(nextval('billing.ban_numbers')::text, 6, '0')), $2, $3, "
    "$4, $5, $6, $7, $7, $8, $9, $10, $11, $12, $13, $14, jsonb_build_object('text', $15::text), false) "
    "RETURNING " BAN_COLUMNS};
constexpr pg::Query kUpdateBan{
    "store.ban.update",
    "UPDATE billing.bans SET name = $2, cycle = $3, anchor = $4, zone = $5, next_close = $6, due_days = $7, "
    "payment_order = $8, decimals = $9, rounding = $10, tax_region = $11, tax_exempt = $12, "
    "address = jsonb_build_object('text', $13::text) WHERE ban = $1 RETURNING " BAN_COLUMNS};
constexpr pg::Query kCharges{"store.ban.charges", "SELECT " CHARGE_COLUMNS
                                                  " FROM billing.recurring WHERE ban = $1 "
                                                  "ORDER BY created_at DESC, id LIMIT 10000"};
constexpr pg::Query kAddCharge{
    "store.ban.add_charge",
    "INSERT INTO billing.recurring (ban, customer_id, sku, object, quantity, amount_nanos, prorate, "
    "starts_at, ends_at) SELECT b.ban, b.customer_id, $2, $3, $4, $5, $6, $7, $8 FROM billing.bans b "
    "WHERE b.ban = $1 RETURNING " CHARGE_COLUMNS};
constexpr pg::Query kEndCharge{
    "store.ban.end_charge",
    "UPDATE billing.recurring SET ends_at = greatest(coalesce($2, now()), starts_at) WHERE id = $1 AND "
    "(ends_at IS NULL OR ends_at > now()) RETURNING " CHARGE_COLUMNS};
constexpr pg::Query kTerms{"store.ban.terms", "SELECT " TERM_COLUMNS
                                              " FROM billing.contracts WHERE customer_id = $1 AND ends_at IS "
                                              "NULL"};
constexpr pg::Query kSetTerms{"store.ban.set_terms",
                              "UPDATE billing.contracts SET ban = $2, minimum_nanos = $3, terms = $4::jsonb "
                              "WHERE customer_id = $1 AND ends_at IS NULL RETURNING " TERM_COLUMNS};

constexpr pg::Query kBillTrunk{"store.ban.bill_trunk",
                               "UPDATE trunks.configurations SET ban = $2 WHERE id = $1 RETURNING id"};
constexpr pg::Query kRent{"store.ban.rent", "SELECT " RENT_COLUMNS " FROM numbers.inventory WHERE e164 = $1"};
constexpr pg::Query kSetRent{"store.ban.set_rent",
                             "UPDATE numbers.inventory SET ban = $2, monthly_nanos = $3 WHERE e164 = $1 "
                             "RETURNING " RENT_COLUMNS};

void read_rent(pg::RowReader& row, NumberRent& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.ban);
  row.next(out.monthly);
}

void read_ban(pg::RowReader& row, Ban& out) {
  row.next(out.ban);
  row.next(out.customer);
  row.next(out.name);
  next_named(row, out.cycle.kind, billing::parse_cycle_kind);
  row.next(out.cycle.anchor);
  row.next(out.cycle.zone);
  row.next(out.period.start);
  row.next(out.period.end);
  row.next(out.due_days);
  next_named(row, out.payment_order, parse_payment_order);
  row.next(out.decimals);
  next_named(row, out.rounding, parse_rounding);
  row.next(out.tax_region);
  row.next(out.tax_exempt);
  row.next(out.address);
  row.next(out.is_default);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_charge(pg::RowReader& row, RecurringCharge& out) {
  row.next(out.id);
  row.next(out.ban);
  row.next(out.customer);
  read_recurring(row, out);
  row.next(out.created_at);
}

void read_terms(pg::RowReader& row, ContractTerms& out) {
  row.next(out.ban);
  row.next(out.minimum);
  row.next(out.terms);
}

}  // namespace

std::string_view to_string(PaymentOrder order) {
  switch (order) {
    case PaymentOrder::OldestFirst:
      return "OLDEST_FIRST";
    case PaymentOrder::ByHand:
      return "BY_HAND";
  }
  return "";
}

std::optional<PaymentOrder> parse_payment_order(std::string_view text) {
  for (const auto order : {PaymentOrder::OldestFirst, PaymentOrder::ByHand})
    if (to_string(order) == text) return order;
  return std::nullopt;
}

Task<std::vector<Ban>> BanRepository::list(Actor actor, CustomerId customer) {
  return ask_all<Ban>(pool_, scope_of(actor), kListBans, pg::Params::of(customer), read_ban);
}

Task<Ban> BanRepository::get(Actor actor, std::string ban) {
  return ask_one<Ban>(pool_, scope_of(actor), kGetBan, pg::Params::of(ban), read_ban);
}

Task<Ban> BanRepository::create(Actor actor, Ban b) {
  auto params =
      pg::Params::of(b.ban, b.customer, b.name, to_string(b.cycle.kind), b.cycle.anchor, b.cycle.zone,
                     b.period.start, b.period.end, b.due_days, to_string(b.payment_order), b.decimals,
                     to_string(b.rounding), b.tax_region, b.tax_exempt, b.address);
  return ask_one<Ban>(pool_, scope_of(actor), kCreateBan, std::move(params), read_ban);
}

Task<Ban> BanRepository::update(Actor actor, Ban b) {
  auto params = pg::Params::of(b.ban, b.name, to_string(b.cycle.kind), b.cycle.anchor, b.cycle.zone,
                               b.period.end, b.due_days, to_string(b.payment_order), b.decimals,
                               to_string(b.rounding), b.tax_region, b.tax_exempt, b.address);
  return ask_one<Ban>(pool_, scope_of(actor), kUpdateBan, std::move(params), read_ban);
}

Task<std::vector<RecurringCharge>> BanRepository::charges(Actor actor, std::string ban) {
  return ask_all<RecurringCharge>(pool_, scope_of(actor), kCharges, pg::Params::of(ban), read_charge);
}

Task<RecurringCharge> BanRepository::add_charge(Actor actor, RecurringCharge c) {
  auto params =
      pg::Params::of(c.ban, c.sku, c.object, c.quantity, c.amount, c.prorate, c.starts_at, c.ends_at);
  return ask_one<RecurringCharge>(pool_, scope_of(actor), kAddCharge, std::move(params), read_charge);
}

Task<RecurringCharge> BanRepository::end_charge(Actor actor, Uuid id, std::optional<WallTime> at) {
  return ask_one<RecurringCharge>(pool_, scope_of(actor), kEndCharge, pg::Params::of(id, at), read_charge);
}

Task<TrunkId> BanRepository::bill_trunk(Actor actor, TrunkId trunk, std::optional<std::string> ban) {
  return ask_one<TrunkId>(pool_, scope_of(actor), kBillTrunk, pg::Params::of(trunk, ban),
                          read_value<TrunkId>);
}

Task<NumberRent> BanRepository::rent(Actor actor, std::string e164) {
  return ask_one<NumberRent>(pool_, scope_of(actor), kRent, pg::Params::of(e164), read_rent);
}

Task<NumberRent> BanRepository::set_rent(Actor actor, NumberRent rent) {
  auto params = pg::Params::of(rent.e164, rent.ban, rent.monthly);
  return ask_one<NumberRent>(pool_, scope_of(actor), kSetRent, std::move(params), read_rent);
}

Task<ContractTerms> BanRepository::terms(Actor actor, CustomerId customer) {
  return ask_one<ContractTerms>(pool_, scope_of(actor), kTerms, pg::Params::of(customer), read_terms);
}

Task<ContractTerms> BanRepository::set_terms(Actor actor, CustomerId customer, ContractTerms terms) {
  auto params = pg::Params::of(customer, terms.ban, terms.minimum, terms.terms);
  return ask_one<ContractTerms>(pool_, scope_of(actor), kSetTerms, std::move(params), read_terms);
}

}  // namespace warp::store
