#include "message_money.h"

#include <algorithm>

#include "array_text.h"

namespace warp::store {
namespace {

constexpr pg::Query kLockMessageMoney{"store.message.lock_balances",
                                      "SELECT 1 FROM billing.balances WHERE customer_id = ANY ($1::uuid[]) "
                                      "ORDER BY customer_id FOR NO KEY UPDATE",
                                      std::chrono::seconds(10)};

}  // namespace

void add_balance_lock(std::vector<pg::Statement>& out, std::span<MessageCall> calls,
                      const std::vector<Disowned>& disowned) {
  std::vector<CustomerId> customers;
  for (const auto& message : disowned)
    customers.push_back(message.customer);
  for (const auto& call : calls) {
    const auto& message = std::get<InsertCall>(call.what).message;
    if (message.price && message.price->amount != Money()) customers.push_back(message.customer);
  }
  if (customers.empty()) return;
  std::ranges::sort(customers);
  const auto again = std::ranges::unique(customers);
  customers.erase(again.begin(), again.end());
  ArrayText ids;
  for (const auto customer : customers)
    ids.id(customer.value);
  out.push_back({&kLockMessageMoney, pg::Params::of(std::move(ids).finish())});
}

// Scalar subqueries, since an EXISTS may be made a hash of the whole table. Only for customers whose whole
// batch does not fit is the running sum taken, and looked what is there already.
std::string refused_sql(std::string (*column)(const char* name), bool referring) {
  const auto reference = referring ? ", " + column("client_reference") : std::string();
  return "asked AS (SELECT u.nth, u.id, u.at, u.customer, u.price FROM unnest(" + column("id") + ", " +
         column("accepted_at") + ", " + column("customer_id") + ", " + column("price_nanos") + reference +
         ") WITH ORDINALITY AS u(id, at, customer, price" + (referring ? ", reference" : "") +
         ", nth) WHERE u.price > 0" +
         (referring ? " AND CASE WHEN u.reference = '' THEN true ELSE (SELECT r.message_id = u.id FROM "
                      "sms.client_references r WHERE r.customer_id = u.customer AND "
                      "r.client_reference = u.reference) END"
                    : "") +
         "), tight AS MATERIALIZED (SELECT s.customer, coalesce(b.balance_nanos - b.held_nanos + "
         "a.credit_limit_nanos, "
         "-1) AS room FROM (SELECT customer, sum(price) AS total FROM asked GROUP BY customer) AS s "
         "LEFT JOIN (billing.balances b JOIN customers.accounts a ON a.id = b.customer_id) "
         "ON b.customer_id = s.customer WHERE b.customer_id IS NULL OR "
         "((a.billing_mode = 'PREPAID' OR a.credit_limit_nanos > 0) AND "
         "s.total > b.balance_nanos - b.held_nanos + a.credit_limit_nanos)), "
         "refused AS MATERIALIZED (SELECT nth FROM (SELECT nth, price, used - lag(used, 1, 0::bigint) OVER "
         "(PARTITION BY customer ORDER BY nth) AS taken FROM (SELECT a.nth, a.customer, a.price, "
         "billing.fitting(a.price, a.room) OVER (PARTITION BY a.customer ORDER BY a.nth) AS used "
         "FROM (SELECT asked.*, room FROM tight JOIN asked USING (customer) OFFSET 0) AS a WHERE (SELECT "
         "true "
         "FROM sms.messages m WHERE m.id = a.id AND m.accepted_at = a.at) IS NULL) AS running) AS told WHERE "
         "taken <> price)";
}

std::string hold_sql(const char* rows, bool give_back) {
  return std::string("UPDATE billing.balances AS b SET held_nanos = b.held_nanos ") +
         (give_back ? "-" : "+") +
         " s.total, updated_at = now() FROM (SELECT customer_id, sum(price_nanos)::bigint AS total FROM " +
         rows + " WHERE price_nanos > 0 GROUP BY customer_id) AS s WHERE b.customer_id = s.customer_id";
}

// The balances come last, so that they are locked shortly: hence the entry's id before its sum.
std::string settle_sql(const std::string& columns) {
  return "entries AS MATERIALIZED (SELECT customer_id, nextval('billing.ledger_ids') AS entry FROM "
         "(SELECT DISTINCT customer_id FROM done WHERE charged_nanos > 0) AS paying), "
         "recorded AS (INSERT INTO records.mdrs (" +
         columns + ", reason_code, margin_nanos, charged_nanos, ledger_entry) SELECT " + columns +
         ", code, CASE WHEN price_currency = cost_currency THEN coalesce(charged_nanos, price_nanos) - "
         "cost_nanos END, charged_nanos, CASE WHEN charged_nanos > 0 THEN entry END "
         "FROM done LEFT JOIN entries USING (customer_id) ON CONFLICT DO NOTHING "
         "RETURNING customer_id, price_nanos, charged_nanos, ledger_entry), "
         "sums AS MATERIALIZED (SELECT customer_id, max(ledger_entry) AS entry, "
         "count(ledger_entry)::integer AS items, coalesce(sum(price_nanos), 0)::bigint AS released, "
         "coalesce(sum(charged_nanos), 0)::bigint AS charged FROM recorded GROUP BY customer_id "
         "HAVING sum(price_nanos) > 0 OR sum(charged_nanos) > 0), "
         "locked AS MATERIALIZED (SELECT customer_id FROM billing.balances WHERE customer_id IN "
         "(SELECT customer_id FROM sums) ORDER BY customer_id FOR NO KEY UPDATE), "
         "paid AS (UPDATE billing.balances AS b SET balance_nanos = b.balance_nanos - s.charged, "
         "held_nanos = b.held_nanos - s.released, entries = b.entries + (s.charged > 0)::integer, "
         "updated_at = now() FROM (SELECT sums.* FROM locked JOIN sums USING (customer_id)) AS s "
         "WHERE b.customer_id = s.customer_id RETURNING b.customer_id, b.entries, b.balance_nanos, "
         "b.currency, s.entry, s.items, s.charged) "
         "INSERT INTO billing.ledger (id, customer_id, number, kind, source, amount_nanos, "
         "balance_after_nanos, currency, description, items) SELECT entry, customer_id, entries, 'charge', "
         "'messages', -charged, balance_nanos, currency, 'messages', items FROM paid WHERE charged > 0";
}

}  // namespace warp::store
