// /numbers/stock: the operators' side of the inventory: what is for sale, what it costs, what may not leave.
#include "warp/store/number_stock.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/porting/tn_list.h"

#include "csv_upload.h"
#include "formats.h"
#include "number_view.h"
#include "services.h"
#include "stock_csv.h"

namespace warp::api {
namespace {

constexpr const char* kStockTag = "Number stock";
constexpr std::size_t kStockFileLimit = 16 * 1024 * 1024;
const Paging kStockPaging{"size", 50, 500};

Json show(const store::StockRow& row) {
  const auto& number = row.number;
  Json out;
  out["tn"] = shown_number(number.e164);
  out["e164"] = number.e164;
  out["type"] = number.type;
  out["status"] = row.status;
  out["customer_id"] = id_or_null(row.customer);
  out["rate_center"] = number.rate_center;
  out["locality"] = number.locality;
  out["state"] = number.state;
  out["lata"] = number.lata == 0 ? Json() : Json(number.lata);
  out["monthly_rate"] = money(number.monthly);
  out["setup_rate"] = money(number.setup);
  out["poi_locked"] = row.poi_locked;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

Schema row_schema() {
  return {"StockNumber",
          {text("tn"), text("e164"), text("type").one_of({"did", "tfn"}),
           text("status").one_of({"available", "held", "active", "released"}), uuid("customer_id").or_null(),
           text("rate_center"), text("locality"), text("state"), integer("lata").or_null(),
           amount("monthly_rate"), amount("setup_rate"),
           boolean("poi_locked").says("Fallback caller number of a point of interconnect."),
           instant("created_at"), instant("updated_at")}};
}

std::vector<Field> row_fields() {
  return {text("type").one_of({"did", "tfn"}),
          text("rate_center", 64),
          text("locality", 64),
          text("state", 2).is(is_state, "two capitals"),
          integer("lata", 1, 999).or_null(),
          amount("monthly_rate").says("Rent of a month, at least 0."),
          amount("setup_rate").says("Charged when it is bought, at least 0.")};
}

// nullopt: it is given and cannot be.
std::optional<Money> rate_of(const Json& body, const char* name) {
  if (!has(body, name) || is_null(body, name)) return Money();
  const auto amount = parse_money(body[name]);
  return amount && amount->nanos() >= 0 ? amount : std::nullopt;
}

Failure bad_stock_rate() {
  return Failure{ErrorCode::ValidationError, "A rate is an amount of at least 0."};
}

Answer list_stock(Services& services, Call call) {
  const auto page = read_page(call.query, kStockPaging);
  store::StockFilter filter;
  filter.status = take<std::string>(call.query, "status");
  filter.type = take<std::string>(call.query, "type");
  filter.state = take<std::string>(call.query, "state");
  filter.rate_center = take<std::string>(call.query, "rate_center");
  filter.npa = take<std::string>(call.query, "npa");
  filter.search = take<std::string>(call.query, "search").value_or("");
  filter.customer = call.customer();
  store::NumberStockRepository repository(services.pool);
  const auto found = co_await repository.list(call.as_operator(), filter, page);
  if (!found) co_return from_store(found.error(), "number");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer get_stock(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  store::NumberStockRepository repository(services.pool);
  const auto found = co_await repository.get(call.as_operator(), *tn);
  if (!found) co_return from_store(found.error(), "number");
  co_return reply_with(show(*found));
}

Answer create_stock(Services& services, Call call) {
  const auto& body = call.body;
  const auto monthly = rate_of(body, "monthly_rate"), setup = rate_of(body, "setup_rate");
  if (!monthly || !setup) co_return bad_stock_rate();
  domain::StockNumber number;
  number.e164 = *e164_of(body["tn"].get<std::string>());
  number.type = take<std::string>(body, "type").value_or(porting::is_toll_free(number.e164) ? "tfn" : "did");
  number.rate_center = take<std::string>(body, "rate_center").value_or("");
  number.locality = take<std::string>(body, "locality").value_or("");
  number.state = take<std::string>(body, "state").value_or("");
  number.lata = take<std::uint16_t>(body, "lata").value_or(std::uint16_t{0});
  number.monthly = *monthly;
  number.setup = *setup;
  store::NumberStockRepository repository(services.pool);
  const auto made = co_await repository.create(call.as_operator(), std::move(number));
  if (!made) co_return from_store(made.error(), "number");
  co_return reply_with(show(*made), 201);
}

Answer update_stock(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  const auto& body = call.body;
  const auto monthly = rate_of(body, "monthly_rate"), setup = rate_of(body, "setup_rate");
  if (!monthly || !setup) co_return bad_stock_rate();
  store::StockPatch patch;
  patch.type = take<std::string>(body, "type");
  patch.rate_center = take<std::string>(body, "rate_center");
  patch.locality = take<std::string>(body, "locality");
  patch.state = take<std::string>(body, "state");
  if (has(body, "lata")) patch.lata = take<std::uint16_t>(body, "lata");
  if (has(body, "monthly_rate")) patch.monthly = *monthly;
  if (has(body, "setup_rate")) patch.setup = *setup;
  patch.poi_locked = take<bool>(body, "poi_locked");
  store::NumberStockRepository repository(services.pool);
  const auto changed = co_await repository.update(call.as_operator(), *tn, std::move(patch));
  if (!changed) co_return from_store(changed.error(), "number");
  co_return reply_with(show(*changed));
}

Answer delete_stock(Services& services, Call call) {
  const auto tn = tn_of(call);
  if (!tn) co_return tn.error();
  store::NumberStockRepository repository(services.pool);
  const auto gone = co_await repository.remove(call.as_operator(), *tn);
  if (gone) {
    // Who it was bought from, if anybody, may have it again.
    if (auto* stock = services.ports.stock)
      call.context->after_commit(
          [stock, e164 = *tn] { stock->release(e164, [](domain::PortResult<bool>) {}); });
    co_return no_content();
  }
  if (gone.error().kind == store::ErrorKind::NotFound) {
    const auto there = co_await repository.get(call.as_operator(), *tn);
    if (there) co_return Failure{ErrorCode::TnAlreadyAssigned, ""};
  }
  co_return from_store(gone.error(), "number");
}

Answer import_stock(Services& services, Call call) {
  const auto upload = std::dynamic_pointer_cast<CsvUpload<StockCsvReader>>(call.request.sink);
  if (!upload) co_return Failure{ErrorCode::InvalidImport, "There is no file."};
  auto numbers = upload->finish();
  if (!numbers) co_return import_failure(numbers.error());
  store::NumberStockRepository repository(services.pool);
  const auto done = co_await repository.import(call.as_operator(), std::move(*numbers));
  if (!done) {
    if (done.error().kind != store::ErrorKind::Duplicate) co_return from_store(done.error(), "number");
    auto failure = from_store(done.error(), "number");
    failure.message =
        "A number of the file is in the inventory already, or twice in the file; nothing was changed.";
    co_return failure;
  }
  Reply reply;
  reply.data["imported"] = *done;
  co_return reply;
}

Endpoint stock_endpoint(Services& services, http::Method method, std::string path, const char* summary,
                        Operation operation) {
  Endpoint out;
  out.method = method;
  out.path = std::move(path);
  out.summary = summary;
  out.tag = kStockTag;
  out.action = act(services, operation);
  out.operators_only = true;
  out.answer = row_schema();
  out.errors = {ErrorCode::NotFound};
  return out;
}

}  // namespace

void add_number_stock(EndpointTable& table, Services& services) {
  const std::string path = "/numbers/stock", one = path + "/{tn}";
  auto all = stock_endpoint(services, http::Method::Get, path,
                            "The inventory: what is for sale, or a customer's numbers", list_stock);
  all.of_customer = true;
  all.query = paging_fields(kStockPaging);
  for (auto& field : std::vector<Field>{
           text("status").one_of({"available", "held", "active", "released"}).says("Default available."),
           text("type").one_of({"did", "tfn"}), text("state", 2), text("rate_center", 64), text("npa", 3),
           text("search", 16).says("Part of the digits.")})
    all.query.push_back(std::move(field));
  all.answer_kind = AnswerKind::Page;
  all.errors = {};
  table.push_back(std::move(all));

  auto create = stock_endpoint(services, http::Method::Post, path, "Put a number up for sale", create_stock);
  create.body_kind = BodyKind::Json;
  create.body = {"NewStockNumber", row_fields()};
  create.body.fields.insert(create.body.fields.begin(),
                            text("tn", 16).is(is_number, "a telephone number").needed());
  create.body_error = ErrorCode::InvalidRequest;
  create.status = 201;
  create.errors = {ErrorCode::Conflict, ErrorCode::ValidationError};
  table.push_back(std::move(create));

  table.push_back(stock_endpoint(services, http::Method::Get, one, "One number of the inventory", get_stock));

  auto update = stock_endpoint(services, http::Method::Patch, one,
                               "What it costs, where it is, whether it may leave", update_stock);
  update.body_kind = BodyKind::Json;
  update.body = {"StockNumberPatch", row_fields()};
  update.body.fields.push_back(boolean("poi_locked"));
  update.partial = true;
  update.body_error = ErrorCode::InvalidRequest;
  update.errors = {ErrorCode::NotFound, ErrorCode::ValidationError};
  table.push_back(std::move(update));

  auto remove = stock_endpoint(services, http::Method::Delete, one,
                               "Take a number that nobody has out of the inventory", delete_stock);
  remove.answer_kind = AnswerKind::Nothing;
  remove.status = 204;
  remove.errors = {ErrorCode::NotFound, ErrorCode::TnAlreadyAssigned};
  table.push_back(std::move(remove));

  auto file = stock_endpoint(
      services, http::Method::Post, path + "/import",
      "Add numbers from CSV: tn, type, rate_center, locality, state, lata, monthly_rate, setup_rate; "
      "all or none",
      import_stock);
  file.body_kind = BodyKind::Csv;
  file.body_limit = kStockFileLimit;
  file.sink = [](const http::Request&) { return std::make_shared<CsvUpload<StockCsvReader>>(); };
  file.answer = {"StockImport", {integer("imported")}};
  file.errors = {ErrorCode::InvalidImport, ErrorCode::Conflict};
  table.push_back(std::move(file));
}

}  // namespace warp::api
