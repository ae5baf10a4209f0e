// Vendors' cycles, and what their calls are expected to cost.
#include "warp/store/vendor_billing.h"

#include "warp/store/providers.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

constexpr const char* kVendorCycleTag = "Vendor billing";

std::vector<Field> cycle_fields() {
  return {text("cycle").one_of({"MONTHLY", "WEEKLY", "DAYS"}),
          integer("anchor", 1, 31),
          text("zone", 64).is(billing::is_zone, "a time zone, as Europe/Berlin"),
          integer("start_tolerance_seconds", 0, 3600).says("How far their clocks may be from ours."),
          integer("tolerance_seconds", 0, 3600).says("Of duration."),
          amount("tolerance").says("Of amounts: 0.01 is 1 % of our cost; at most 1.")};
}

Schema cycle_schema() {
  auto fields = cycle_fields();
  fields.insert(fields.begin(), uuid("provider_id"));
  fields.push_back(instant("period_start"));
  fields.push_back(instant("period_end"));
  return {"VendorCycle", fields};
}

Json show(const store::VendorCycle& cycle) {
  Json out;
  out["provider_id"] = cycle.provider.to_string();
  out["cycle"] = to_string(cycle.cycle.kind);
  out["anchor"] = cycle.cycle.anchor;
  out["zone"] = cycle.cycle.zone;
  out["start_tolerance_seconds"] = cycle.tolerance.start.count();
  out["tolerance_seconds"] = cycle.tolerance.seconds;
  out["tolerance"] = money(Money::from_nanos(cycle.tolerance.amount_e9));
  out["period_start"] = timestamp(cycle.period.start);
  out["period_end"] = timestamp(cycle.period.end);
  return out;
}

void read_vendor_cycle(const Json& body, store::VendorCycle& cycle) {
  if (const auto kind = take<std::string>(body, "cycle"))
    cycle.cycle.kind = *billing::parse_cycle_kind(*kind);
  cycle.cycle.anchor = take<unsigned>(body, "anchor").value_or(cycle.cycle.anchor);
  cycle.cycle.zone = take<std::string>(body, "zone").value_or(cycle.cycle.zone);
  if (const auto start = take<std::int64_t>(body, "start_tolerance_seconds"))
    cycle.tolerance.start = std::chrono::seconds(*start);
  cycle.tolerance.seconds = take<std::int64_t>(body, "tolerance_seconds").value_or(cycle.tolerance.seconds);
  if (has(body, "tolerance"))
    cycle.tolerance.amount_e9 = parse_money(body["tolerance"]).value_or(Money()).nanos();
}

Answer get_cycle(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto found = co_await vendors.cycle(call.as_operator(), call.id<ProviderId>("provider_id"));
  if (!found) co_return from_store(found.error(), "billing cycle");
  co_return reply_with(show(*found));
}

Answer put_cycle(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto provider = call.id<ProviderId>("provider_id");
  auto before = co_await vendors.cycle(call.as_operator(), provider);
  if (!before && before.error().kind != store::ErrorKind::NotFound)
    co_return from_store(before.error(), "cycle");
  store::VendorCycle wanted;
  if (before) wanted = *before;
  const auto now = services.clock.wall();
  if (!before) wanted.period.start = now;
  wanted.provider = provider;
  read_vendor_cycle(call.body, wanted);
  const auto edge = billing::next_edge(wanted.cycle, wanted.period.start, std::max(now, wanted.period.start));
  const auto part = wanted.tolerance.amount_e9;
  if (!edge || part < 0 || part > Money::kNanosPerUnit) {
    Failure failure{ErrorCode::ValidationError, "anchor is 1 to 7 with cycle WEEKLY; tolerance is 0 to 1."};
    co_return failure;
  }
  wanted.period.end = *edge;
  const auto stored = co_await vendors.put_cycle(call.as_operator(), wanted);
  if (!stored) co_return from_store(stored.error(), "provider");
  co_return reply_with(show(*stored));
}

Answer get_expected(Services& services, Call call) {
  store::VendorBillingRepository vendors(services.pool);
  const auto provider = call.id<ProviderId>("provider_id");
  const auto found = co_await services.providers.get(call.as_operator(), provider);
  if (!found) co_return from_store(found.error(), "provider");
  const auto from = parse_timestamp(call.query["from"].get<std::string>());
  const auto to = parse_timestamp(call.query["to"].get<std::string>());
  if (!from || !to || *to <= *from) {
    Failure failure{ErrorCode::InvalidParam, "`to` must be later than `from`."};
    failure.details["param"] = "to";
    co_return failure;
  }
  const billing::Period period{*from, *to};
  const auto cost = co_await vendors.expected(call.as_operator(), provider, period, found->currency);
  if (!cost) co_return from_store(cost.error(), "provider");
  Reply reply;
  reply.data["provider_id"] = provider.to_string();
  reply.data["expected"] = money(*cost);
  reply.data["currency"] = found->currency.view();
  co_return reply;
}

}  // namespace

void add_vendor_billing(EndpointTable& table, Services& services) {
  const std::string path = "/providers/{provider_id:uuid}/billing";
  table.push_back({.path = path + "/cycle",
                   .summary = "When the provider bills, and how exactly its records must be ours",
                   .tag = kVendorCycleTag,
                   .action = act(services, get_cycle),
                   .operators_only = true,
                   .answer = cycle_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Put,
                   .path = path + "/cycle",
                   .summary = "Expect an invoice a cycle; fields that are absent stay",
                   .tag = kVendorCycleTag,
                   .action = act(services, put_cycle),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewVendorCycle", cycle_fields()},
                   .answer = cycle_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.path = path + "/expected",
                   .summary = "What our records say that its calls cost",
                   .tag = kVendorCycleTag,
                   .action = act(services, get_expected),
                   .operators_only = true,
                   .query = {instant("from").needed(), instant("to").needed()},
                   .answer = {"ExpectedCost", {uuid("provider_id"), amount("expected"), text("currency")}},
                   .errors = {ErrorCode::NotFound, ErrorCode::InvalidParam}});
  add_vendor_invoices(table, services);
}

}  // namespace warp::api
