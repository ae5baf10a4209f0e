#include "formats.h"
#include "number_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

const Paging kNumberPaging{"size", 50, 500};

template <class Id>
std::optional<Id> optional_id(const Json& body, const char* name) {
  const auto text = take<std::string>(body, name);
  return text ? Id::parse(*text) : std::nullopt;
}

Answer list_numbers(Services& services, Call call) {
  const auto page = read_page(call.query, kNumberPaging);
  store::NumberFilter filter;
  filter.customer = call.customer();
  filter.status = take<std::string>(call.query, "status");
  filter.type = take<std::string>(call.query, "type");
  filter.search = take<std::string>(call.query, "search").value_or("");
  filter.routed = take<bool>(call.query, "voice_configured");
  filter.messaged = take<bool>(call.query, "sms_configured");
  const auto found = co_await services.numbers.list(call.actor(), filter, page);
  if (!found) co_return from_number_store(found.error());
  auto shown = co_await show_all(services, call.actor(), found->items);
  if (!shown) co_return shown.error();
  Reply reply;
  reply.data = std::move(*shown);
  put_paging(reply, page, found->total);
  co_return reply;
}

Answer get_number(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto found = co_await services.numbers.get(call.actor(), *tn);
  if (!found) co_return from_number_store(found.error());
  auto shown = co_await show_one(services, call.actor(), *found);
  if (!shown) co_return shown.error();
  co_return reply_with(std::move(*shown));
}

Answer create_number(Services& services, Call call) {
  const auto& body = call.body;
  store::NewNumber number;
  number.e164 = *e164_of(body["tn"].get<std::string>());
  number.type = take<std::string>(body, "type").value_or("did");
  number.customer = optional_id<CustomerId>(body, "customer_id");
  number.trunk = optional_id<TrunkId>(body, "trunk_id");
  number.rate_plan = optional_id<RatePlanId>(body, "rate_plan_id");
  number.friendly_name = take<std::string>(body, "friendly_name").value_or("");
  number.description = take<std::string>(body, "description").value_or("");
  if (number.trunk && !number.customer)
    co_return Failure{ErrorCode::ValidationError, "A number in stock cannot be routed to a trunk."};
  const auto made = co_await services.numbers.create(call.as_operator(), number);
  if (!made) co_return from_number_store(made.error());
  co_return reply_with(show_number(*made), 201);
}

Answer update_number(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto& body = call.body;
  if (!call.principal().is_operator() && (has(body, "rate_plan_id") || has(body, "status"))) {
    Failure failure{ErrorCode::Forbidden, "Only operators may set the price or the status of a number."};
    co_return failure;
  }
  store::NumberPatch patch;
  patch.friendly_name = take<std::string>(body, "friendly_name");
  patch.description = take<std::string>(body, "description");
  patch.status = take<std::string>(body, "status");
  if (has(body, "rate_plan_id")) patch.rate_plan = optional_id<RatePlanId>(body, "rate_plan_id");
  const auto changed = co_await services.numbers.update(call.actor(), *tn, patch);
  if (!changed) co_return from_number_store(changed.error());
  auto shown = co_await show_one(services, call.actor(), *changed);
  if (!shown) co_return shown.error();
  co_return reply_with(std::move(*shown));
}

// From a wholesaler into the stock, under the order's name; TN_UNAVAILABLE when it has not got it.
boost::asio::awaitable<std::optional<Failure>> bring_in(Services& services, Call call, std::string e164,
                                                        std::string order) {
  auto* stock = services.ports.stock;
  if (!stock || stock->name() == "embedded") co_return Failure{ErrorCode::TnUnavailable, ""};
  auto start = [stock, e164, order](domain::PortDone<domain::StockNumber> done) {
    stock->reserve(e164, order, std::move(done));
  };
  auto asking = ask_port<domain::StockNumber>(std::move(start));
  auto got = co_await std::move(asking);
  if (!got && got.error().kind == domain::PortError::Kind::NotFound)
    co_return Failure{ErrorCode::TnUnavailable, ""};
  if (!got) co_return from_port(got.error(), "number", ErrorCode::TniqUpstreamError);
  const auto stocked = co_await services.numbers.stock(call.as_operator(), std::move(*got));
  if (!stocked) co_return from_number_store(stocked.error());
  co_return std::nullopt;
}

// From stock to a customer: for operators to any, for a customer's key to its own.
Answer assign_number(Services& services, Call call) {
  using OrderId = StrongId<struct OrderTag>;
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  store::NumberWish wish;
  wish.e164 = *tn;
  wish.customer = *call.customer();
  wish.trunk = optional_id<TrunkId>(call.body, "trunk_id");
  wish.friendly_name = take<std::string>(call.body, "friendly_name").value_or("");
  wish.description = take<std::string>(call.body, "description").value_or("");
  const auto order = services.ids.id<OrderId>(services.clock.wall()).to_string();
  wish.reference = "assign:" + order;
  if (wish.trunk) {
    auto refused = co_await check_trunk(services, call.actor(), *wish.trunk);
    if (refused) co_return std::move(*refused);
  }
  auto code = co_await services.numbers.take(call.as_operator(), wish);
  if (code && *code == to_string(ErrorCode::TnUnavailable)) {
    auto bringing = bring_in(services, call, *tn, order);
    if (auto refused = co_await std::move(bringing)) co_return std::move(*refused);
    code = co_await services.numbers.take(call.as_operator(), wish);
  }
  if (!code) co_return from_number_store(code.error());
  if (!code->empty()) co_return failure_named(*code);
  const auto assigned = co_await services.numbers.get(call.actor(), *tn);
  if (!assigned) co_return from_number_store(assigned.error());
  co_return reply_with(show_number(*assigned));
}

Answer release_number(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto code = co_await services.numbers.release(call.as_operator(), *tn, call.customer());
  if (!code) co_return from_number_store(code.error());
  if (!code->empty()) co_return failure_named(*code);
  const auto released = co_await services.numbers.get(call.actor(), *tn);
  if (!released) co_return from_number_store(released.error());
  co_return reply_with(show_number(*released));
}

Answer delete_number(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto gone = co_await services.numbers.remove(call.as_operator(), *tn);
  if (!gone) co_return from_number_store(gone.error());
  co_return no_content();
}

std::vector<Field> names() {
  return {text("friendly_name", 128), description_field()};
}

std::vector<Field> with_names(std::vector<Field> fields) {
  for (auto& field : names())
    fields.push_back(std::move(field));
  return fields;
}

void add_stock(EndpointTable& table, Services& services) {
  const std::string tag = "Numbers";
  const std::string one = "/numbers/{tn}";
  table.push_back(
      {.method = http::Method::Post,
       .path = "/numbers",
       .summary = "Add a number to the stock, or straight to a customer",
       .tag = tag,
       .action = act(services, create_number),
       .operators_only = true,
       .body_kind = BodyKind::Json,
       .body = {"NewNumber", with_names({text("tn", 16).is(is_number, "a telephone number").needed(),
                                         text("type").one_of({"did", "tfn"}), uuid("customer_id"),
                                         uuid("trunk_id"), uuid("rate_plan_id")})},
       .body_error = ErrorCode::InvalidRequest,
       .answer = number_schema(),
       .status = 201,
       .errors = {ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Post,
                   .path = one + "/assign",
                   .summary = "Take a number from the stock",
                   .tag = tag,
                   .action = act(services, assign_number),
                   .scope = "numbers:order",
                   .of_customer = true,
                   .customer_needed = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NumberAssignment", with_names({uuid("trunk_id")})},
                   .body_error = ErrorCode::InvalidRequest,
                   .answer = number_schema(),
                   .errors = {ErrorCode::TnAlreadyAssigned, ErrorCode::TnUnavailable, ErrorCode::TrunkUnowned,
                              ErrorCode::InsufficientFunds, ErrorCode::TniqUpstreamError},
                   .idempotency = Idempotency::Accepted});
  table.push_back({.method = http::Method::Post,
                   .path = one + "/release",
                   .summary = "Give a number back; its routing and its rent end",
                   .tag = tag,
                   .action = act(services, release_number),
                   .scope = "numbers:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NumberRelease", {text("reason", 1024)}},
                   .body_error = ErrorCode::InvalidRequest,
                   .answer = number_schema(),
                   .errors = {ErrorCode::TnNotOwned, ErrorCode::PoiLocked}});
  table.push_back({.method = http::Method::Delete,
                   .path = one,
                   .summary = "Take a number out of the inventory",
                   .tag = tag,
                   .action = act(services, delete_number),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::TnNotOwned}});
}

}  // namespace

void add_numbers(EndpointTable& table, Services& services) {
  const std::string tag = "Numbers";
  auto query = paging_fields(kNumberPaging);
  query.push_back(text("status")
                      .one_of({"active", "held", "released", "available", "all"})
                      .says("Absent: all but released."));
  query.push_back(text("type").one_of({"did", "tfn"}));
  query.push_back(text("search", 64).says("Part of the digits or of the names."));
  query.push_back(boolean("voice_configured"));
  query.push_back(boolean("sms_configured"));
  table.push_back({.path = "/numbers",
                   .summary = "Owned numbers",
                   .tag = tag,
                   .action = act(services, list_numbers),
                   .scope = "numbers:read",
                   .of_customer = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = number_schema()});
  table.push_back({.path = "/numbers/{tn}",
                   .summary = "One number",
                   .tag = tag,
                   .action = act(services, get_number),
                   .scope = "numbers:read",
                   .of_customer = true,
                   .answer = number_schema(),
                   .errors = {ErrorCode::TnNotOwned}});
  table.push_back(
      {.method = http::Method::Patch,
       .path = "/numbers/{tn}",
       .summary = "Name and describe a number",
       .tag = tag,
       .action = act(services, update_number),
       .scope = "numbers:write",
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"NumberPatch",
                with_names({text("status").one_of({"held", "active", "released"}).says("Operators only."),
                            uuid("rate_plan_id").or_null().says("Operators only.")})},
       .partial = true,
       .body_error = ErrorCode::InvalidRequest,
       .answer = number_schema(),
       .errors = {ErrorCode::TnNotOwned, ErrorCode::ValidationError, ErrorCode::Conflict}});
  add_stock(table, services);
}

}  // namespace warp::api
