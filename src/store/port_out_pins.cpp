#include "warp/store/port_out_pins.h"

#include "support.h"

#define SHOWN "p.e164 IS NOT NULL, CASE WHEN p.locked_until > now() THEN p.locked_until END"
#define OWNED "n.e164 = $1 AND n.customer_id IS NOT NULL AND n.status IN ('held', 'active')"

namespace warp::store {
namespace {

constexpr pg::Query kGet{"store.port_out_pin.get",
                         "SELECT " SHOWN
                         " FROM numbers.inventory n LEFT JOIN numbers.port_out_pins p ON p.e164 = n.e164 "
                         "WHERE " OWNED};
constexpr pg::Query kPut{
    "store.port_out_pin.put",
    "INSERT INTO numbers.port_out_pins AS p (e164, customer_id, pin_hash) SELECT n.e164, n.customer_id, $2 "
    "FROM numbers.inventory n WHERE " OWNED
    " ON CONFLICT (e164) DO UPDATE SET pin_hash = excluded.pin_hash, failures = 0, locked_until = NULL "
    "RETURNING " SHOWN};
constexpr pg::Query kClear{"store.port_out_pin.clear", "DELETE FROM numbers.port_out_pins WHERE e164 = $1"};
constexpr pg::Query kHoldings{
    "store.port_out_pin.holdings",
    "SELECT e164, CASE WHEN status IN ('held', 'active') THEN customer_id END, poi_locked "
    "FROM numbers.inventory WHERE e164 = ANY ($1::text[])"};
constexpr pg::Query kTry{"store.port_out_pin.try", "SELECT pin_hash FROM numbers.try_pin($1)"};
constexpr pg::Query kLocked{
    "store.port_out_pin.locked",
    "SELECT EXISTS (SELECT FROM numbers.port_out_pins WHERE e164 = $1 AND locked_until > now())"};
constexpr pg::Query kTransfer{"store.port_out_pin.transfer",
                              "SELECT numbers.transfer($1, $2::uuid, $3::uuid, $4)"};

void read_pin(pg::RowReader& row, PortOutPin& out) {
  row.next(out.set);
  row.next(out.locked_until);
}

void read_holding(pg::RowReader& row, Holding& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.poi_locked);
}

void read_flag(pg::RowReader& row, bool& out) {
  row.next(out);
}

}  // namespace

Task<PortOutPin> PortOutPinRepository::get(Actor actor, std::string e164) {
  return ask_one<PortOutPin>(pool_, scope_of(actor), kGet, pg::Params::of(e164), read_pin);
}

Task<PortOutPin> PortOutPinRepository::put(Actor actor, std::string e164, std::string hash) {
  return ask_one<PortOutPin>(pool_, scope_of(actor), kPut, pg::Params::of(e164, hash), read_pin);
}

Task<PortOutPin> PortOutPinRepository::clear(Actor actor, std::string e164) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kClear, pg::Params::of(e164)});
  statements.push_back({&kGet, pg::Params::of(e164)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<PortOutPin>((*answers)[1], read_pin, kGet.name);
}

Task<std::vector<Holding>> PortOutPinRepository::holdings(Actor actor, std::vector<std::string> numbers) {
  return ask_all<Holding>(pool_, scope_of(actor), kHoldings, pg::Params::of(numbers), read_holding);
}

Task<PortOutPinRepository::Trial> PortOutPinRepository::try_pin(Actor actor, std::string e164) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kTry, pg::Params::of(e164)});
  statements.push_back({&kLocked, pg::Params::of(e164)});  // after it: it may have waited for others' tries
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  const auto locked = read_one<bool>((*answers)[1], read_flag, kLocked.name);
  if (!locked) co_return locked.error();
  Trial trial;
  trial.locked = *locked;
  if (!(*answers)[0].empty()) trial.hash = pg::RowReader((*answers)[0][0]).next<std::string>();
  co_return trial;
}

Task<bool> PortOutPinRepository::transfer(Actor actor, std::string e164, CustomerId from, CustomerId to,
                                          std::string hash) {
  return ask_one<bool>(pool_, scope_of(actor), kTransfer, pg::Params::of(e164, from, to, hash), read_flag);
}

}  // namespace warp::store
