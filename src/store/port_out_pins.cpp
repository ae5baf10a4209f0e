#include "warp/store/port_out_pins.h"

#include "support.h"

#define PIN_SHOWN "p.e164 IS NOT NULL, CASE WHEN p.locked_until > now() THEN p.locked_until END"
#define PIN_OWNED "n.e164 = $1 AND n.customer_id IS NOT NULL AND n.status IN ('held', 'active')"

namespace warp::store {
namespace {

constexpr pg::Query kGetPin{"store.port_out_pin.get",
                            "SELECT " PIN_SHOWN
                            " FROM numbers.inventory n LEFT JOIN numbers.port_out_pins p ON p.e164 = n.e164 "
                            "WHERE " PIN_OWNED};
constexpr pg::Query kPutPin{
    "store.port_out_pin.put",
    "INSERT INTO numbers.port_out_pins AS p (e164, customer_id, pin_hash) SELECT n.e164, n.customer_id, $2 "
    "FROM numbers.inventory n WHERE " PIN_OWNED
    " ON CONFLICT (e164) DO UPDATE SET pin_hash = excluded.pin_hash, failures = 0, locked_until = NULL "
    "RETURNING " PIN_SHOWN};
constexpr pg::Query kClearPin{"store.port_out_pin.clear",
                              "DELETE FROM numbers.port_out_pins WHERE e164 = $1"};
constexpr pg::Query kPinHoldings{
    "store.port_out_pin.holdings",
    "SELECT e164, CASE WHEN status IN ('held', 'active') THEN customer_id END, poi_locked "
    "FROM numbers.inventory WHERE e164 = ANY ($1::text[])"};
constexpr pg::Query kTryPin{"store.port_out_pin.try", "SELECT pin_hash FROM numbers.try_pin($1)"};
constexpr pg::Query kLockedPin{
    "store.port_out_pin.locked",
    "SELECT EXISTS (SELECT FROM numbers.port_out_pins WHERE e164 = $1 AND locked_until > now())"};
constexpr pg::Query kTransferNumber{"store.port_out_pin.transfer",
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

}  // namespace

Task<PortOutPin> PortOutPinRepository::get(Actor actor, std::string e164) {
  return ask_one<PortOutPin>(pool_, scope_of(actor), kGetPin, pg::Params::of(e164), read_pin);
}

Task<PortOutPin> PortOutPinRepository::put(Actor actor, std::string e164, std::string hash) {
  return ask_one<PortOutPin>(pool_, scope_of(actor), kPutPin, pg::Params::of(e164, hash), read_pin);
}

Task<PortOutPin> PortOutPinRepository::clear(Actor actor, std::string e164) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kClearPin, pg::Params::of(e164)});
  statements.push_back({&kGetPin, pg::Params::of(e164)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<PortOutPin>((*answers)[1], read_pin, kGetPin.name);
}

Task<std::vector<Holding>> PortOutPinRepository::holdings(Actor actor, std::vector<std::string> numbers) {
  return ask_all<Holding>(pool_, scope_of(actor), kPinHoldings, pg::Params::of(numbers), read_holding);
}

Task<PortOutPinRepository::Trial> PortOutPinRepository::try_pin(Actor actor, std::string e164) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kTryPin, pg::Params::of(e164)});
  statements.push_back(
      {&kLockedPin, pg::Params::of(e164)});  // after it: it may have waited for others' tries
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  const auto locked = read_one<bool>((*answers)[1], read_value, kLockedPin.name);
  if (!locked) co_return locked.error();
  Trial trial;
  trial.locked = *locked;
  if (!(*answers)[0].empty()) trial.hash = pg::RowReader((*answers)[0][0]).next<std::string>();
  co_return trial;
}

Task<bool> PortOutPinRepository::transfer(Actor actor, std::string e164, CustomerId from, CustomerId to,
                                          std::string hash) {
  return ask_one<bool>(pool_, scope_of(actor), kTransferNumber, pg::Params::of(e164, from, to, hash),
                       read_value);
}

}  // namespace warp::store
