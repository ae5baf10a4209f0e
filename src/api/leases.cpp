// Money that nodes have set aside for calls, and its release when a node is gone for good.
#include "warp/store/leases.h"

#include "services.h"

namespace warp::api {
namespace {

const Paging kLeasePaging;
constexpr const char* kLeaseTag = "Billing";
constexpr const char* kLeasePath = "/billing/leases";
constexpr std::int64_t kMonth = 31 * 24 * 3600;

Schema lease_schema() {
  return {"Lease",
          {uuid("id"), uuid("customer_id"), text("node"), uuid("process_id"),
           amount("granted").says("Less what was given back."), amount("settled").says("Taken by records."),
           instant("opened_at"), instant("renewed_at"), instant("closed_at").or_null()}};
}

Json show(const store::LeaseRepository::Item& row) {
  Json out;
  out["id"] = row.lease.to_string();
  out["customer_id"] = row.customer.to_string();
  out["node"] = row.node;
  out["process_id"] = row.process.to_string();
  out["granted"] = money(row.granted);
  out["settled"] = money(row.settled);
  out["opened_at"] = timestamp(row.opened_at);
  out["renewed_at"] = timestamp(row.renewed_at);
  out["closed_at"] = timestamp(row.closed_at);
  return out;
}

Answer list_leases(Services& services, Call call) {
  const auto page = read_page(call.query, kLeasePaging);
  store::LeaseRepository::Filter filter;
  if (const auto id = take<std::string>(call.query, "customer")) filter.customer = CustomerId::parse(*id);
  filter.node = take<std::string>(call.query, "node");
  filter.closed_too = take<bool>(call.query, "closed").value_or(false);
  store::LeaseRepository leases(services.pool);
  const auto found = co_await leases.list(call.as_operator(), filter, page);
  if (!found) co_return from_store(found.error(), "lease");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer release_leases(Services& services, Call call) {
  const auto node = call.body["node"].get<std::string>();
  const std::chrono::seconds silent(take<std::int64_t>(call.body, "silent_seconds").value_or(0));
  store::LeaseRepository leases(services.pool);
  const std::optional<Uuid> living;  // none is spared
  const auto released = co_await leases.release(call.as_operator(), node, silent, living);
  if (!released) co_return from_store(released.error(), "lease");
  Reply reply;
  reply.data["leases"] = released->leases;
  reply.data["returned"] = money(released->amount);
  co_return reply;
}

}  // namespace

void add_leases(EndpointTable& table, Services& services) {
  auto query = paging_fields(kLeasePaging);
  query.push_back(uuid("customer"));
  query.push_back(text("node", 128));
  query.push_back(boolean("closed").says("Those that are over, too."));
  table.push_back({.path = kLeasePath,
                   .summary = "What nodes have set aside of accounts for their calls, newest first",
                   .tag = kLeaseTag,
                   .action = act(services, list_leases),
                   .operators_only = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = lease_schema()});
  table.push_back(
      {.method = http::Method::Post,
       .path = std::string(kLeasePath) + "/release",
       .summary = "Give back what a node has set aside; what its calls cost is then taken from balances",
       .tag = kLeaseTag,
       .action = act(services, release_leases),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body =
           {"LeaseRelease",
            {text("node", 128).between(1, 128).needed().says("As charging.node names it."),
             integer("silent_seconds", 0, kMonth).says("Only what was not renewed for so long. Default 0.")}},
       .answer = {"LeasesReleased", {integer("leases"), amount("returned")}}});
}

}  // namespace warp::api
