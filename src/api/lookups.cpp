// What is known of numbers: where they are, and what jurisdiction a call between two of them has.
#include "warp/domain/jurisdiction.h"
#include "warp/numbering/line_kind.h"
#include "warp/numbering/table.h"
#include "warp/store/number_data.h"

#include "formats.h"
#include "services.h"
#include "shown_parts.h"

namespace warp::api {
namespace {

Json show(const domain::NumberPlace& place) {
  Json out;
  put_place(out, place);
  out["kind"] = numbering::kind_name(place.kind);
  return out;
}

std::vector<Field> place_fields() {
  return {text("country"), text("state"), integer("lata"), text("ocn"), text("rate_centre"), text("kind")};
}

// The rules of the table that calls are decided by, over the rows of these numbers alone.
std::shared_ptr<const numbering::Table> table_of(store::NumberData data) {
  numbering::Table::Source source;
  for (auto& row : data.blocks)
    source.blocks.push_back({row.npanxx, row.block, std::move(row.state), std::move(row.ocn),
                             std::move(row.rate_centre), row.lata,
                             numbering::parse_kind(row.kind).value_or(domain::LineKind::Unknown)});
  for (auto& row : data.prefixes)
    source.countries.push_back({std::move(row.prefix), std::move(row.country),
                                numbering::parse_kind(row.kind).value_or(domain::LineKind::Unknown)});
  for (auto& row : data.areas)
    source.local_pairs.emplace_back(std::move(row.rate_centre), std::move(row.also));
  return numbering::Table::compile(std::move(source));
}

std::string number_in(const Json& query, const char* name) {
  return e164_of(take<std::string>(query, name).value_or("")).value_or("");
}

Answer look_up(Services& services, Call call) {
  domain::LookupRequest request;
  domain::LookupAnswer dips;
  request.ani = number_in(call.query, "from");
  request.dni = number_in(call.query, "to");
  if (auto lrn = number_in(call.query, "from_lrn"); !lrn.empty()) dips.ani_lrn = std::move(lrn);
  if (auto lrn = number_in(call.query, "to_lrn"); !lrn.empty()) dips.dni_lrn = std::move(lrn);
  std::vector<std::string> numbers;
  numbers.push_back(dips.ani_lrn.value_or(request.ani));
  numbers.push_back(dips.dni_lrn.value_or(request.dni));
  store::NumberDataRepository repository(services.pool);
  auto found = co_await repository.of_numbers(call.as_operator(), std::move(numbers));
  if (!found) co_return from_store(found.error(), "number data");
  const auto table = table_of(std::move(*found));
  const auto known = numbering::resolve(table.get(), request, dips);
  Reply reply;
  reply.data["jurisdiction"] = domain::to_string(known.jurisdiction);
  reply.data["from"] = show(known.caller.place);
  reply.data["to"] = show(known.called.place);
  reply.data["note"] = known.note;
  co_return reply;
}

}  // namespace

void add_lookups(EndpointTable& table, Services& services) {
  constexpr const char* kNumber = "a telephone number";
  table.push_back(
      {.path = "/lookups/jurisdiction",
       .summary = "Where two numbers are, and the jurisdiction of a call between them; nothing is dipped",
       .tag = "Number data",
       .action = act(services, look_up),
       .operators_only = true,
       .query = {text("from", 32).is(is_number, kNumber).says("Absent: the caller is not known."),
                 text("to", 32).is(is_number, kNumber).needed(),
                 text("from_lrn", 32).is(is_number, kNumber).says("As if a dip had found it."),
                 text("to_lrn", 32).is(is_number, kNumber).says("As if a dip had found it.")},
       .answer = {"NumberLookup",
                  {text("jurisdiction"), object("from", place_fields()), object("to", place_fields()),
                   text("note")}}});
}

}  // namespace warp::api
