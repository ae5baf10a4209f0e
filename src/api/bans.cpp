// Billed accounts: cycle, taxes, address; what is charged by time or once.
#include "warp/store/bans.h"

#include "billing_pages.h"
#include "formats.h"

namespace warp::api {
namespace {

constexpr const char* kBanTag = "Billing";

bool is_ban(std::string_view text) {
  return text.size() >= 3 && text.size() <= 32 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == std::string_view::npos;
}

std::vector<Field> own_ban_fields() {
  return {text("name", 128),
          text("cycle").one_of({"MONTHLY", "WEEKLY", "DAYS"}),
          integer("anchor", 1, 31)
              .says("MONTHLY: day of the month, 31 is the last; WEEKLY: 1 is Monday; DAYS: how many days."),
          text("zone", 64)
              .is(billing::is_zone, "a time zone, as Europe/Berlin")
              .says("Periods end at its midnight."),
          integer("due_days", 0, 365),
          text("payment_order")
              .one_of({"OLDEST_FIRST", "BY_HAND"})
              .says("Whether payments go to its oldest open invoices by themselves."),
          integer("decimals", 0, 9).says("Of taxes and of parts of a month."),
          text("rounding").one_of({"HALF_UP", "HALF_EVEN", "UP", "DOWN"}),
          text("tax_region", 64).says("Whose taxes are due; empty: none."),
          boolean("tax_exempt"),
          text("address", 1024).says("As invoices show it; lines apart by a line feed.")};
}

Schema ban_schema() {
  auto fields = own_ban_fields();
  fields.insert(fields.begin(), {text("ban"), uuid("customer_id"), boolean("is_default")});
  for (const char* name : {"period_start", "period_end", "created_at", "updated_at"})
    fields.push_back(instant(name));
  return {"BillingAccount", fields};
}

Schema new_ban_schema() {
  auto fields = own_ban_fields();
  fields.push_back(
      text("ban", 32).is(is_ban, "3 to 32 capital letters, digits and dashes").says("Default: the next."));
  return {"NewBillingAccount", fields};
}

Json show(const store::Ban& ban) {
  Json out;
  out["ban"] = ban.ban;
  out["customer_id"] = ban.customer.to_string();
  out["is_default"] = ban.is_default;
  out["name"] = ban.name;
  out["cycle"] = to_string(ban.cycle.kind);
  out["anchor"] = ban.cycle.anchor;
  out["zone"] = ban.cycle.zone;
  out["due_days"] = ban.due_days;
  out["payment_order"] = to_string(ban.payment_order);
  out["decimals"] = ban.decimals;
  out["rounding"] = warp::to_string(ban.rounding);
  out["tax_region"] = ban.tax_region;
  out["tax_exempt"] = ban.tax_exempt;
  out["address"] = ban.address;
  out["period_start"] = timestamp(ban.period.start);
  out["period_end"] = timestamp(ban.period.end);
  out["created_at"] = timestamp(ban.created_at);
  out["updated_at"] = timestamp(ban.updated_at);
  return out;
}

template <class T>
void set_number(const Json& body, const char* name, T& out) {
  if (const auto value = take<T>(body, name)) out = *value;
}

void read_ban(const Json& body, store::Ban& ban) {
  set_number(body, "name", ban.name);
  if (const auto cycle = take<std::string>(body, "cycle"))
    ban.cycle.kind = *billing::parse_cycle_kind(*cycle);
  set_number(body, "anchor", ban.cycle.anchor);
  set_number(body, "zone", ban.cycle.zone);
  set_number(body, "due_days", ban.due_days);
  if (const auto order = take<std::string>(body, "payment_order"))
    ban.payment_order = *store::parse_payment_order(*order);
  set_number(body, "decimals", ban.decimals);
  if (const auto rounding = take<std::string>(body, "rounding")) ban.rounding = *parse_rounding(*rounding);
  set_number(body, "tax_region", ban.tax_region);
  set_number(body, "tax_exempt", ban.tax_exempt);
  set_number(body, "address", ban.address);
}

Failure wrong_cycle() {
  Failure failure{ErrorCode::ValidationError, "A week has 7 days: anchor is 1 to 7 with cycle WEEKLY."};
  failure.details["fields"]["anchor"] = "must be 1 to 7";
  return failure;
}

// When the period that runs ends by the cycle as it is now; never in the past.
bool set_end(store::Ban& ban, WallTime now) {
  const auto edge = billing::next_edge(ban.cycle, ban.period.start, std::max(now, ban.period.start));
  if (edge) ban.period.end = *edge;
  return edge.has_value();
}

Reply bans_shown(const std::vector<store::Ban>& bans) {
  return list_reply(bans, [](const auto& ban) { return show(ban); });
}

Answer list_own(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto found = co_await bans.list(call.actor(), *call.customer());
  if (!found) co_return from_store(found.error(), "billing account");
  co_return bans_shown(*found);
}

Answer list_of_bans(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto found = co_await bans.list(call.as_operator(), call.id<CustomerId>("customer_id"));
  if (!found) co_return from_store(found.error(), "customer");
  co_return bans_shown(*found);
}

Answer create(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  store::Ban wanted;
  wanted.customer = call.id<CustomerId>("customer_id");
  wanted.ban = take<std::string>(call.body, "ban").value_or("");
  read_ban(call.body, wanted);
  wanted.period.start = services.clock.wall();
  if (!set_end(wanted, wanted.period.start)) co_return wrong_cycle();
  const auto made = co_await bans.create(call.as_operator(), wanted);
  if (!made) co_return from_store(made.error(), "billing account");
  co_return reply_with(show(*made), 201);
}

Answer get(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto found = co_await bans.get(call.as_operator(), std::string(call.request.param("ban")));
  if (!found) co_return from_store(found.error(), "billing account");
  co_return reply_with(show(*found));
}

Answer update(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  auto found = co_await bans.get(call.as_operator(), std::string(call.request.param("ban")));
  if (!found) co_return from_store(found.error(), "billing account");
  auto wanted = *found;
  read_ban(call.body, wanted);
  const bool other_cycle = has(call.body, "cycle") || has(call.body, "anchor") || has(call.body, "zone");
  if (other_cycle && !set_end(wanted, services.clock.wall())) co_return wrong_cycle();
  const auto changed = co_await bans.update(call.as_operator(), wanted);
  if (!changed) co_return from_store(changed.error(), "billing account");
  co_return reply_with(show(*changed));
}

Schema charge_schema() {
  return {"RecurringCharge",
          {uuid("id"), text("ban"), uuid("customer_id"), text("sku"),
           text("object").says("What it is for: a telephone number, or your own words."),
           integer("quantity", 1), amount("amount").says("Each, of a whole period."), boolean("prorate"),
           instant("starts_at"), instant("ends_at").or_null(), instant("created_at")}};
}

Schema new_charge_schema() {
  return {"NewRecurringCharge",
          {text("sku", 48).needed().says("Of kind once: billed in the period that starts_at is in."),
           text("object", 128), integer("quantity", 1), amount("amount").needed().says("Below 0: a credit."),
           boolean("prorate").says("By days, when it does not last the period. Default: true."),
           instant("starts_at").says("Default: now."), instant("ends_at").or_null()}};
}

Json show(const store::RecurringCharge& charge) {
  Json out;
  out["id"] = charge.id.to_string();
  out["ban"] = charge.ban;
  out["customer_id"] = charge.customer.to_string();
  out["sku"] = charge.sku;
  out["object"] = charge.object;
  out["quantity"] = charge.quantity;
  out["amount"] = money(charge.amount);
  out["prorate"] = charge.prorate;
  out["starts_at"] = timestamp(charge.starts_at);
  out["ends_at"] = timestamp(charge.ends_at);
  out["created_at"] = timestamp(charge.created_at);
  return out;
}

Answer list_charges(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto found = co_await bans.charges(call.as_operator(), std::string(call.request.param("ban")));
  if (!found) co_return from_store(found.error(), "billing account");
  co_return list_reply(*found, [](const auto& charge) { return show(charge); });
}

Answer add_charge(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  store::RecurringCharge wanted;
  wanted.ban = call.request.param("ban");
  wanted.sku = call.body["sku"];
  set_number(call.body, "object", wanted.object);
  set_number(call.body, "quantity", wanted.quantity);
  wanted.amount = parse_money(call.body["amount"]).value_or(Money());
  set_number(call.body, "prorate", wanted.prorate);
  wanted.starts_at = services.clock.wall();
  if (const auto at = take<std::string>(call.body, "starts_at")) wanted.starts_at = *parse_timestamp(*at);
  if (const auto at = take<std::string>(call.body, "ends_at")) wanted.ends_at = parse_timestamp(*at);
  const auto made = co_await bans.add_charge(call.as_operator(), wanted);
  if (!made) co_return from_store(made.error(), "billing account");
  co_return reply_with(show(*made), 201);
}

Answer end_charge(Services& services, Call call) {
  store::BanRepository bans(services.pool);
  const auto ended = co_await bans.end_charge(call.as_operator(), call.uuid("charge_id"), std::nullopt);
  if (!ended) co_return from_store(ended.error(), "running charge");
  co_return reply_with(show(*ended));
}

void add_charges(EndpointTable& table, Services& services) {
  const std::string path = "/bans/{ban}/charges";
  table.push_back({.path = path,
                   .summary = "What is billed by time or once, newest first",
                   .tag = kBanTag,
                   .action = act(services, list_charges),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = charge_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = path,
                   .summary = "Bill something by time, or once",
                   .tag = kBanTag,
                   .action = act(services, add_charge),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = new_charge_schema(),
                   .answer = charge_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = path + "/{charge_id:uuid}",
                   .summary = "End a charge now; its days until today are billed",
                   .tag = kBanTag,
                   .action = act(services, end_charge),
                   .operators_only = true,
                   .answer = charge_schema(),
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace

void add_bans(EndpointTable& table, Services& services) {
  table.push_back({.path = "/billing/accounts",
                   .summary = "The billed accounts of the customer, the default first",
                   .tag = kBanTag,
                   .action = act(services, list_own),
                   .scope = "billing:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer_kind = AnswerKind::List,
                   .answer = ban_schema()});
  table.push_back({.path = "/customers/{customer_id:uuid}/bans",
                   .summary = "The billed accounts of a customer, the default first",
                   .tag = kBanTag,
                   .action = act(services, list_of_bans),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = ban_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/customers/{customer_id:uuid}/bans",
                   .summary = "Open another billed account",
                   .tag = kBanTag,
                   .action = act(services, create),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = new_ban_schema(),
                   .answer = ban_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.path = "/bans/{ban}",
                   .summary = "One billed account",
                   .tag = kBanTag,
                   .action = act(services, get),
                   .operators_only = true,
                   .answer = ban_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table,
             {.path = "/bans/{ban}",
              .summary = "Change a billed account; another cycle ends the period that runs at its next edge",
              .tag = kBanTag,
              .action = act(services, update),
              .operators_only = true,
              .body_kind = BodyKind::Json,
              .body = {"BillingAccountPatch", own_ban_fields()},
              .answer = ban_schema(),
              .errors = {ErrorCode::NotFound, ErrorCode::ValidationError}});
  add_charges(table, services);
  add_billed_objects(table, services);
}

}  // namespace warp::api
