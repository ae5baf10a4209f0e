#include "warp/store/customers.h"

#include "warp/api/authenticator.h"

#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kCustomerPaging;

Field capacity_field() {
  const auto direction = [](const char* name) {
    return object(name, {integer("cps").or_null(), integer("channels").or_null()});
  };
  std::vector<Field> classes;
  for (const auto& name : number_classes())
    classes.push_back(object(name, {direction("inbound"), direction("outbound")}));
  return object("capacity", classes)
      .says("Ceilings of the account by number class and direction; what is absent is unlimited.");
}

std::vector<Field> own_customer_fields() {
  return {name_field().needed(),
          text("billing_mode").one_of({"PREPAID", "POSTPAID"}),
          amount("credit_limit"),
          uuid("partition_id").or_null().says("Where its outbound calls are routed."),
          list("allowed_number_classes", text("").one_of(number_classes()), 5),
          capacity_field(),
          text("external_id", 128).or_null()};
}

Schema new_customer_schema() {
  auto fields = own_customer_fields();
  fields.push_back(text("currency").is(is_currency, "an ISO 4217 code"));
  return {"NewCustomer", fields};
}

Schema patch_schema() {
  auto fields = own_customer_fields();
  for (auto& field : fields)
    field.required = false;
  fields.push_back(text("status").one_of({"ACTIVE", "SUSPENDED", "CLOSED"}));
  return {"CustomerPatch", fields};
}

Schema customer_schema() {
  auto fields = own_customer_fields();
  fields.push_back(text("currency"));
  fields.push_back(text("status"));
  fields.push_back(uuid("id"));
  fields.push_back(uuid("rate_plan_id").or_null().says("Of the contract in force."));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Customer", fields};
}

Json show(const store::Customer& customer) {
  Json out;
  out["id"] = customer.id.to_string();
  out["name"] = customer.name;
  out["status"] = customer.status;
  out["billing_mode"] = domain::to_string(customer.billing_mode);
  out["currency"] = customer.currency.view();
  out["credit_limit"] = money(customer.credit_limit);
  out["partition_id"] = id_or_null(customer.partition);
  out["rate_plan_id"] = id_or_null(customer.rate_plan);
  out["allowed_number_classes"] = customer.allowed_number_classes;
  out["capacity"] = parse_json(customer.capacity).value_or(Json::object());
  out["external_id"] = value_or_null(customer.external_id);
  out["created_at"] = timestamp(customer.created_at);
  out["updated_at"] = timestamp(customer.updated_at);
  return out;
}

std::optional<Money> credit_limit(const Json& body) {
  return has(body, "credit_limit") ? parse_money(body["credit_limit"]) : std::nullopt;
}

Sorting customer_sorting() {
  return {{{"name", SortType::Text}, {"created_at", SortType::Time}, {"updated_at", SortType::Time}}, "name"};
}

Answer list_customers(Services& services, Call call) {
  const auto page = read_window(call.query, kCustomerPaging, customer_sorting());
  if (!page) co_return page.error();
  const auto found = co_await services.customers.list(
      call.as_operator(), take<std::string>(call.query, "search").value_or(""), *page);
  if (!found) co_return from_store(found.error(), "customer");
  co_return window_reply(*found, *page, [](const auto& customer) { return show(customer); });
}

Answer create_customer(Services& services, Call call) {
  const auto& body = call.body;
  store::NewCustomer customer;
  customer.name = body["name"];
  if (const auto mode = take<std::string>(body, "billing_mode"))
    customer.billing_mode = *domain::parse_billing_mode(*mode);
  if (const auto code = take<std::string>(body, "currency")) customer.currency = *Currency::parse(*code);
  customer.credit_limit = credit_limit(body).value_or(Money{});
  if (const auto id = take<std::string>(body, "partition_id")) customer.partition = PartitionId::parse(*id);
  customer.allowed_number_classes = take<std::vector<std::string>>(body, "allowed_number_classes");
  if (has(body, "capacity")) customer.capacity = dump(body["capacity"]);
  customer.external_id = take<std::string>(body, "external_id");
  const auto made = co_await services.customers.create(call.as_operator(), customer);
  if (!made) co_return from_store(made.error(), "customer");
  co_return reply_with(show(*made), 201);
}

Answer read_customer(Services& services, store::Actor actor, CustomerId id) {
  const auto found = co_await services.customers.get(actor, id);
  if (!found) co_return from_store(found.error(), "customer");
  co_return reply_with(show(*found));
}

Answer get_customer(Services& services, Call call) {
  const auto id = *call.customer();
  return read_customer(services, call.principal().is_operator() ? call.as_operator() : call.actor(), id);
}

Answer update_customer(Services& services, Call call) {
  const auto& body = call.body;
  store::CustomerPatch patch;
  patch.name = take<std::string>(body, "name");
  patch.status = take<std::string>(body, "status");
  if (const auto mode = take<std::string>(body, "billing_mode"))
    patch.billing_mode = domain::parse_billing_mode(*mode);
  patch.credit_limit = credit_limit(body);
  if (has(body, "partition_id")) {
    const auto id = take<std::string>(body, "partition_id");
    patch.partition = id ? PartitionId::parse(*id) : std::optional<PartitionId>();
  }
  patch.allowed_number_classes = take<std::vector<std::string>>(body, "allowed_number_classes");
  if (has(body, "capacity")) patch.capacity = dump(body["capacity"]);
  if (has(body, "external_id")) patch.external_id = take<std::string>(body, "external_id");
  const auto changed =
      co_await services.customers.update(call.as_operator(), call.id<CustomerId>("customer_id"), patch);
  if (!changed) co_return from_store(changed.error(), "customer");
  // A suspension holds at once on this node.
  call.context->after_commit([&services] { services.authenticator.forget(); });
  co_return reply_with(show(*changed));
}

Answer delete_customer(Services& services, Call call) {
  const auto gone =
      co_await services.customers.remove(call.as_operator(), call.id<CustomerId>("customer_id"));
  if (!gone) co_return from_store(gone.error(), "customer");
  call.context->after_commit([&services] { services.authenticator.forget(); });
  co_return no_content();
}

// Ceilings in the form that is read before trunks are made.
Answer account_capacity(Services& services, Call call) {
  const auto found = co_await services.customers.get(call.actor(), *call.customer());
  if (!found) co_return from_store(found.error(), "customer");
  const auto capacity = parse_json(found->capacity).value_or(Json::object());
  const auto limits = [&](const std::string& name, const char* direction, const char* kind) -> Json {
    const auto path = "/" + name + "/" + direction + "/" + kind;
    return capacity.value(Json::json_pointer(path), Json());
  };
  Reply reply;
  reply.data["classes"] = Json::array();
  for (const auto& name : found->allowed_number_classes) {
    Json row;
    row["number_class"] = name;
    for (const char* direction : {"inbound", "outbound"})
      for (const char* kind : {"cps", "channels"})
        row[direction][kind] = limits(name, direction, kind);
    reply.data["classes"].push_back(std::move(row));
  }
  co_return reply;
}

}  // namespace

void add_customers(EndpointTable& table, Services& services) {
  const std::string tag = "Customers";
  auto search = window_fields(kCustomerPaging, customer_sorting());
  search.push_back(text("search", 128).says("Part of the name."));
  table.push_back({.path = "/customers",
                   .summary = "All customers",
                   .tag = tag,
                   .action = act(services, list_customers),
                   .operators_only = true,
                   .query = search,
                   .answer_kind = AnswerKind::Page,
                   .answer = customer_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/customers",
                   .summary = "Create a customer",
                   .tag = tag,
                   .action = act(services, create_customer),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = new_customer_schema(),
                   .answer = customer_schema(),
                   .status = 201,
                   .errors = {ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.path = "/customers/me",
                   .summary = "The customer that the key acts on",
                   .tag = tag,
                   .action = act(services, get_customer),
                   .scope = "account:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer = customer_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.path = "/customers/{customer_id:uuid}",
                   .summary = "One customer",
                   .tag = tag,
                   .action = act(services, get_customer),
                   .scope = "account:read",
                   .answer = customer_schema(),
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = "/customers/{customer_id:uuid}",
                     .summary = "Change a customer; only the fields present",
                     .tag = tag,
                     .action = act(services, update_customer),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = patch_schema(),
                     .answer = customer_schema(),
                     .errors = {ErrorCode::NotFound, ErrorCode::Conflict, ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = "/customers/{customer_id:uuid}",
                   .summary = "Delete a customer that has no trunks and no numbers",
                   .tag = tag,
                   .action = act(services, delete_customer),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.path = "/account/capacity",
                   .summary = "Ceilings of the account by number class and direction; null is unlimited",
                   .tag = "Account",
                   .action = act(services, account_capacity),
                   .scope = "account:read",
                   .of_customer = true,
                   .customer_needed = true,
                   .answer = {"AccountCapacity", {list("classes", free_object(""))}},
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
