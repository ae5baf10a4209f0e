#include "warp/store/customers.h"

#include "support.h"

#define CUSTOMER_COLUMNS                                                                                 \
  "a.id, a.name, a.status, a.billing_mode, a.currency, a.credit_limit_nanos, a.partition_id, "           \
  "a.allowed_number_classes, a.capacity, a.external_id, "                                                \
  "(SELECT c.rate_plan_id FROM billing.contracts c WHERE c.customer_id = a.id AND c.starts_at <= now() " \
  "AND (c.ends_at IS NULL OR c.ends_at > now()) ORDER BY c.starts_at DESC LIMIT 1), a.created_at, "      \
  "a.updated_at"
#define MATCHING_CUSTOMERS \
  " FROM customers.accounts a WHERE ($1 = '' OR strpos(lower(a.name), lower($1)) > 0)"

namespace warp::store {
namespace {

constexpr pg::Query kCountCustomers{"store.customer.count", "SELECT count(*)" MATCHING_CUSTOMERS};
constexpr pg::Query kListCustomers{"store.customer.list", "SELECT " CUSTOMER_COLUMNS MATCHING_CUSTOMERS
                                                          " ORDER BY lower(a.name), a.id LIMIT $2 OFFSET $3"};
constexpr pg::Query kGetCustomer{"store.customer.get",
                                 "SELECT " CUSTOMER_COLUMNS " FROM customers.accounts a WHERE a.id = $1"};
constexpr pg::Query kCreateCustomer{
    "store.customer.create",
    "INSERT INTO customers.accounts AS a (name, billing_mode, currency, credit_limit_nanos, partition_id, "
    "allowed_number_classes, capacity, external_id) VALUES ($1, $2, $3, $4, $5, "
    "coalesce($6::text[], '{local,tollfree,domestic,international,emergency}'), $7, $8) "
    "RETURNING " CUSTOMER_COLUMNS};
constexpr pg::Query kUpdateCustomer{
    "store.customer.update",
    "UPDATE customers.accounts AS a SET name = coalesce($2, name), status = coalesce($3, status), "
    "billing_mode = coalesce($4, billing_mode), credit_limit_nanos = coalesce($5, credit_limit_nanos), "
    "partition_id = CASE WHEN $6::boolean THEN $7::uuid ELSE partition_id END, "
    "allowed_number_classes = coalesce($8, allowed_number_classes), capacity = coalesce($9, capacity), "
    "external_id = CASE WHEN $10::boolean THEN $11::text ELSE external_id END WHERE id = $1 "
    "RETURNING " CUSTOMER_COLUMNS};
constexpr pg::Query kRemoveCustomer{
    "store.customer.remove", "DELETE FROM customers.accounts AS a WHERE id = $1 RETURNING " CUSTOMER_COLUMNS};

const Keyset& customer_keyset() {
  static const Keyset made({.name = "store.customer.walk",
                            .columns = CUSTOMER_COLUMNS,
                            .matching = MATCHING_CUSTOMERS,
                            .params = 1,
                            .id = {"id", "a.id", "uuid"},
                            .keys = {{"name", "lower(a.name)", "text"},
                                     {"created_at", "a.created_at", "timestamptz"},
                                     {"updated_at", "a.updated_at", "timestamptz"}}});
  return made;
}

void read_customer(pg::RowReader& row, Customer& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.status);
  next_named(row, out.billing_mode, domain::parse_billing_mode);
  row.next(out.currency);
  row.next(out.credit_limit);
  row.next(out.partition);
  row.next(out.allowed_number_classes);
  row.next(out.capacity);
  row.next(out.external_id);
  row.next(out.rate_plan);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<Paged<Customer>> CustomerRepository::list(Actor actor, std::string search, Page page) {
  return ask_list<Customer>(pool_, scope_of(actor), kCountCustomers, kListCustomers, customer_keyset(),
                            pg::Params::of(search), page, read_customer);
}

Task<Customer> CustomerRepository::get(Actor actor, CustomerId id) {
  return ask_one<Customer>(pool_, scope_of(actor), kGetCustomer, pg::Params::of(id), read_customer);
}

Task<Customer> CustomerRepository::create(Actor actor, NewCustomer c) {
  auto params = pg::Params::of(c.name, to_string(c.billing_mode), c.currency, c.credit_limit, c.partition,
                               c.allowed_number_classes, c.capacity, c.external_id);
  return ask_one<Customer>(pool_, scope_of(actor), kCreateCustomer, std::move(params), read_customer);
}

Task<Customer> CustomerRepository::update(Actor actor, CustomerId id, CustomerPatch p) {
  auto params = pg::Params::of(id, p.name, p.status, name_of(p.billing_mode), p.credit_limit);
  add_nullable(params, p.partition);
  params.add(p.allowed_number_classes).add(p.capacity);
  add_nullable(params, p.external_id);
  return ask_one<Customer>(pool_, scope_of(actor), kUpdateCustomer, std::move(params), read_customer);
}

Task<Customer> CustomerRepository::remove(Actor actor, CustomerId id) {
  return ask_one<Customer>(pool_, scope_of(actor), kRemoveCustomer, pg::Params::of(id), read_customer);
}

}  // namespace warp::store
