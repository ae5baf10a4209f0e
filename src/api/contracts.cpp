// Which rate plan a customer pays by, and since when.
#include "warp/store/rate_plans.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

Schema contract_schema() {
  return {"Contract",
          {uuid("id"), uuid("customer_id"), uuid("rate_plan_id"), instant("starts_at"),
           instant("ends_at").or_null(), instant("created_at")}};
}

Json show(const store::Contract& contract) {
  Json out;
  out["id"] = contract.id.to_string();
  out["customer_id"] = contract.customer.to_string();
  out["rate_plan_id"] = contract.rate_plan.to_string();
  out["starts_at"] = timestamp(contract.starts_at);
  out["ends_at"] = timestamp(contract.ends_at);
  out["created_at"] = timestamp(contract.created_at);
  return out;
}

Answer list_contracts(Services& services, Call call) {
  const auto actor = call.principal().is_operator() ? call.as_operator() : call.actor();
  const auto found = co_await services.contracts.list(actor, *call.customer());
  if (!found) co_return from_store(found.error(), "customer");
  co_return list_reply(*found, [](const auto& contract) { return show(contract); });
}

Answer assign_contract(Services& services, Call call) {
  const auto plan = *RatePlanId::parse(call.body["rate_plan_id"].get<std::string>());
  std::optional<WallTime> starts;
  if (const auto at = take<std::string>(call.body, "starts_at")) starts = parse_timestamp(*at);
  const auto made = co_await services.contracts.assign(call.as_operator(), call.id<CustomerId>("customer_id"),
                                                       plan, starts);
  if (!made) co_return from_store(made.error(), "contract");
  co_return reply_with(show(*made), 201);
}

Answer end_contract(Services& services, Call call) {
  const auto ended = co_await services.contracts.end(call.as_operator(), call.id<CustomerId>("customer_id"));
  if (!ended) co_return from_store(ended.error(), "open contract");
  co_return no_content();
}

}  // namespace

void add_contracts(EndpointTable& table, Services& services) {
  const std::string tag = "Customers";
  table.push_back({.path = "/customers/{customer_id:uuid}/contracts",
                   .summary = "Contracts of a customer, newest first",
                   .tag = tag,
                   .action = act(services, list_contracts),
                   .scope = "billing:read",
                   .answer_kind = AnswerKind::List,
                   .answer = contract_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/customers/{customer_id:uuid}/contracts",
       .summary = "The customer pays by this plan from then on; the open contract ends",
       .tag = tag,
       .action = act(services, assign_contract),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"NewContract", {uuid("rate_plan_id").needed(), instant("starts_at").says("Default: now.")}},
       .answer = contract_schema(),
       .status = 201,
       .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = "/customers/{customer_id:uuid}/contracts/current",
                   .summary = "End the open contract now",
                   .tag = tag,
                   .action = act(services, end_contract),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
  add_contract_terms(table, services);
}

}  // namespace warp::api
