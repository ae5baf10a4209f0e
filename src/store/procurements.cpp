#include "warp/store/procurements.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr pg::Query kPlace{
    "store.procurement.place",
    "SELECT state, outcome::text FROM numbers.place_order($1::uuid, $2::uuid, $3, $4::bytea, $5::jsonb)",
    std::chrono::seconds(30)};

void read_procurement(pg::RowReader& row, Procurement& out) {
  const auto state = row.next<std::string_view>();
  out.state = state == "new"      ? Procurement::State::New
              : state == "repeat" ? Procurement::State::Repeat
                                  : Procurement::State::Reused;
  row.next(out.results);
}

}  // namespace

Task<Procurement> ProcurementRepository::place(Actor actor, CustomerId customer, Uuid id, std::string note,
                                               std::array<std::byte, 32> digest, std::string items) {
  auto params = pg::Params::of(customer, id, note);
  params.add_octets(digest);
  params.add(items);
  return ask_one<Procurement>(pool_, scope_of(actor), kPlace, std::move(params), read_procurement);
}

}  // namespace warp::store
