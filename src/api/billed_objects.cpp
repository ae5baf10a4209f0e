// Which account trunks and numbers are billed to, and what numbers cost a month.
#include "warp/store/bans.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

constexpr const char* kBilledObjectTag = "Billing";

Field ban_field() {
  return text("ban", 32).or_null().says("Null: the customer's default account.");
}

Failure wrong_rent() {
  Failure failure{ErrorCode::ValidationError, "A number costs nothing or more."};
  failure.details["fields"]["monthly"] = "must not be below 0";
  return failure;
}

Answer bill_trunk(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto ban = take<std::string>(call.body, "ban");
  const auto trunk = co_await bans.bill_trunk(call.as_operator(), call.id<TrunkId>("trunk_id"), ban);
  if (!trunk) co_return from_store(trunk.error(), "trunk");
  Reply reply;
  reply.data["trunk_id"] = trunk->to_string();
  reply.data["ban"] = value_or_null(ban);
  co_return reply;
}

Reply rent_shown(const store::NumberRent& rent) {
  Reply reply;
  reply.data["number"] = shown_number(rent.e164);
  reply.data["customer_id"] = id_or_null(rent.customer);
  reply.data["ban"] = value_or_null(rent.ban);
  reply.data["monthly"] = money(rent.monthly);
  return reply;
}

Answer get_rent(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto number = e164_of(call.request.param("number"));
  if (!number) co_return not_found("number");
  const auto found = co_await bans.rent(call.as_operator(), *number);
  if (!found) co_return from_store(found.error(), "number");
  co_return rent_shown(*found);
}

Answer put_rent(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto number = e164_of(call.request.param("number"));
  if (!number) co_return not_found("number");
  store::NumberRent wanted;
  wanted.e164 = *number;
  wanted.ban = take<std::string>(call.body, "ban");
  wanted.monthly = parse_money(call.body["monthly"]).value_or(Money());
  if (wanted.monthly < Money()) co_return wrong_rent();
  const auto changed = co_await bans.set_rent(call.as_operator(), wanted);
  if (!changed) co_return from_store(changed.error(), "number");
  co_return rent_shown(*changed);
}

}  // namespace

void add_billed_objects(EndpointTable& table, Services& services) {
  table.push_back({.method = http::Method::Put,
                   .path = "/billing/trunks/{trunk_id:uuid}",
                   .summary = "Bill the calls of a trunk to this account from now on",
                   .tag = kBilledObjectTag,
                   .action = act(services, bill_trunk),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"BilledTrunk", {ban_field()}},
                   .answer = {"TrunkAccount", {uuid("trunk_id"), ban_field()}},
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  const Schema rent{"NumberRent",
                    {text("number"), uuid("customer_id").or_null(), ban_field(), amount("monthly")}};
  table.push_back({.path = "/billing/numbers/{number}",
                   .summary = "What a number costs a month, and on whose invoice",
                   .tag = kBilledObjectTag,
                   .action = act(services, get_rent),
                   .operators_only = true,
                   .answer = rent,
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Put,
                   .path = "/billing/numbers/{number}",
                   .summary = "Change that from now on; the days until now are billed as they were",
                   .tag = kBilledObjectTag,
                   .action = act(services, put_rent),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewNumberRent", {ban_field(), amount("monthly").needed()}},
                   .answer = rent,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
}

}  // namespace warp::api
