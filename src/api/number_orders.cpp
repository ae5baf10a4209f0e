// Numbers that can be bought, and orders for many at once.
#include <algorithm>

#include <openssl/sha.h>

#include "warp/base/text.h"
#include "warp/store/procurements.h"

#include "formats.h"
#include "number_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

constexpr const char* kOrdersTag = "Numbers";
constexpr std::int64_t kMostOrdered = 200;
const Paging kOrderPaging{"size", 25, 100};

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

Json show(const domain::StockNumber& number) {
  const bool nanp = number.e164.size() == 11 && number.e164.front() == '1';
  Json out;
  out["tn"] = shown_number(number.e164);
  out["type"] = number.type;
  out["npa"] = nanp ? Json(number.e164.substr(1, 3)) : Json();
  out["nxx"] = nanp ? Json(number.e164.substr(4, 3)) : Json();
  out["rate_center"] = number.rate_center;
  out["locality"] = number.locality;
  out["state"] = number.state;
  out["lata"] = number.lata == 0 ? Json() : Json(number.lata);
  out["monthly_rate"] = money(number.monthly);
  out["setup_rate"] = money(number.setup);
  return out;
}

Answer search(Services& services, Call call) {
  auto* stock = services.ports.stock;
  if (!stock) co_return no_gateway("stock of numbers");
  const auto page = read_page(call.query, kOrderPaging);
  const auto word = [&](const char* name) { return take<std::string>(call.query, name).value_or(""); };
  domain::StockWish wish;
  if (const auto type = word("type"); !type.empty()) wish.type = type;
  wish.npa = word("npa");
  wish.nxx = word("nxx");
  wish.state = upper(word("state"));
  wish.locality = has(call.query, "locality") ? word("locality") : word("city");
  wish.rate_center = word("rate_center");
  wish.pattern = word("pattern");
  wish.last_4_prefix = word("last_4_prefix");
  wish.page = page.page;
  wish.size = page.per_page;
  auto start = [stock, wish](domain::PortDone<domain::StockPage> done) {
    stock->search(wish, std::move(done));
  };
  auto asking = ask_port<domain::StockPage>(std::move(start));
  const auto found = co_await std::move(asking);
  if (!found) co_return from_port(found.error(), "number", ErrorCode::TniqUpstreamError);
  Reply reply;
  reply.data = Json::array();
  for (const auto& number : found->numbers)
    reply.data.push_back(show(number));
  put_paging(reply, page, found->total);
  co_return reply;
}

std::array<std::byte, 32> digest_of_text(std::string_view text) {
  std::array<std::byte, 32> out;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

// What the number is to have: its own override, else what is said for all.
std::optional<std::string> wish_of(const Json& body, const Json& own, const char* name) {
  if (auto word = take<std::string>(own, name)) return word;
  const auto all = body.find("tn_metadata");
  return all != body.end() && all->is_object() ? take<std::string>(*all, name) : std::nullopt;
}

Failure bad_override(const std::string& tn, const char* why) {
  Failure failure{ErrorCode::InvalidRequest, "An override cannot be used."};
  failure.details["fields"]["per_tn_overrides." + tn] = why;
  return failure;
}

// The override of a number, however it is written there.
Outcome<Json> overrides(const Json& body) {
  Json out = Json::object();
  const auto given = body.find("per_tn_overrides");
  if (given == body.end() || given->is_null())
    return Outcome<Json>(boost::system::in_place_value, std::move(out));
  for (const auto& [tn, own] : given->items()) {
    const auto e164 = e164_of(tn);
    if (!e164) return bad_override(tn, "is no telephone number");
    if (!own.is_object()) return bad_override(tn, "must be an object");
    for (const auto& [name, value] : own.items()) {
      const bool trunk = name == "default_trunk_id" || name == "trunk_id";
      if (!trunk && name != "friendly_name" && name != "description")
        return bad_override(tn, "holds an unknown name");
      if (!value.is_string()) return bad_override(tn, "holds what is no text");
      const auto& text = value.get_ref<const std::string&>();
      if (trunk && !TrunkId::parse(text)) return bad_override(tn, "holds no id of a trunk");
      if (text.size() > (name == "friendly_name" ? 128u : 1024u) || text.find('\0') != std::string::npos)
        return bad_override(tn, "holds a text that is too long");
    }
    out[*e164] = own;
  }
  return Outcome<Json>(boost::system::in_place_value, std::move(out));
}

std::string trunk_of(const Json& body, const Json& own) {
  for (const char* name : {"trunk_id", "default_trunk_id"})
    if (const auto id = take<std::string>(own, name)) return *id;
  return take<std::string>(body, "default_trunk_id").value_or("");
}

Json to_stock(const domain::StockNumber& number) {
  Json out;
  out["type"] = number.type;
  out["rate_center"] = number.rate_center;
  out["locality"] = number.locality;
  out["state"] = number.state;
  out["lata"] = number.lata == 0 ? Json() : Json(number.lata);
  out["monthly_nanos"] = number.monthly.nanos();
  out["setup_nanos"] = number.setup.nanos();
  return out;
}

// What a wholesaler has of numbers that are not known here: made ours, under the order's id.
boost::asio::awaitable<Outcome<Json>> reserved(Services& services, Call call, Json items, std::string order) {
  auto* stock = services.ports.stock;
  if (!stock || stock->name() == "embedded")
    co_return Outcome<Json>(boost::system::in_place_value, std::move(items));
  std::vector<std::string> numbers;
  for (const auto& item : items)
    numbers.push_back(item["e164"].get<std::string>());
  store::PortOutPinRepository repository(services.pool);
  const auto held = co_await repository.holdings(call.as_operator(), std::move(numbers));
  if (!held) co_return from_store(held.error(), "number");
  for (auto& item : items) {
    const auto e164 = item["e164"].get<std::string>();
    const bool here =
        std::any_of(held->begin(), held->end(), [&](const store::Holding& one) { return one.e164 == e164; });
    if (here) continue;
    auto start = [stock, e164, order](domain::PortDone<domain::StockNumber> done) {
      stock->reserve(e164, order, std::move(done));
    };
    auto asking = ask_port<domain::StockNumber>(std::move(start));
    const auto got = co_await std::move(asking);
    if (got)
      item["fresh"] = to_stock(*got);
    else if (got.error().kind == domain::PortError::Kind::Unavailable)
      co_return from_port(got.error(), "number", ErrorCode::TniqUpstreamError);
  }
  co_return Outcome<Json>(boost::system::in_place_value, std::move(items));
}

Outcome<Uuid> order_id(const Call& call) {
  const auto key = call.request.headers.get("Idempotency-Key");
  if (!key || key->empty()) return Failure{ErrorCode::MissingIdempotencyKey, ""};
  const auto id = Uuid::parse(*key);
  if (!id) return Failure{ErrorCode::InvalidIdempotencyKey, "The `Idempotency-Key` of an order is a UUID."};
  return *id;
}

Reply shown(const store::Procurement& order, const Uuid& id) {
  Reply reply;
  reply.data["procurement_request_id"] = id.to_string();
  reply.data["results"] = Json::array();
  std::size_t failed = 0;
  for (const auto& result : parse_json(order.results).value_or(Json::array())) {
    Json row;
    row["tn"] = result["tn"];
    const auto code = result["code"].get<std::string>();
    row["status"] = code.empty() ? "assigned" : "failed";
    if (!code.empty()) {
      ++failed;
      const auto failure = failure_named(code);
      row["error"]["code"] = to_string(failure.code);
      row["error"]["message"] = info(failure.code).cause;
    }
    reply.data["results"].push_back(std::move(row));
  }
  reply.data["assigned_count"] = reply.data["results"].size() - failed;
  reply.data["failed_count"] = failed;
  if (order.state == store::Procurement::State::Repeat) reply.headers.set("Idempotency-Replayed", "true");
  return reply;
}

Answer bulk_assign(Services& services, Call call) {
  const auto id = order_id(call);
  if (!id) co_return id.error();
  const auto own = overrides(call.body);
  if (!own) co_return own.error();
  auto items = Json::array();
  std::vector<std::string> trunks;
  for (const auto& tn : call.body["tns"]) {
    const auto e164 = *e164_of(tn.get<std::string>());
    const auto found = own->find(e164);
    const auto wish = found == own->end() ? Json::object() : *found;
    Json item;
    item["tn"] = shown_number(e164);
    item["e164"] = e164;
    const auto trunk = trunk_of(call.body, wish);
    if (!trunk.empty()) {
      item["trunk_id"] = trunk;
      if (std::find(trunks.begin(), trunks.end(), trunk) == trunks.end()) trunks.push_back(trunk);
    }
    for (const char* name : {"friendly_name", "description"})
      if (const auto word = wish_of(call.body, wish, name)) item[name] = *word;
    items.push_back(std::move(item));
  }
  auto owner = call.actor();
  owner.customer = call.customer();
  for (const auto& trunk : trunks) {
    auto refused = co_await check_trunk(services, owner, *TrunkId::parse(trunk));
    if (refused) co_return std::move(*refused);
  }
  auto reserving = reserved(services, call, std::move(items), id->to_string());
  const auto ready = co_await std::move(reserving);
  if (!ready) co_return ready.error();
  store::ProcurementRepository repository(services.pool);
  const auto digest = digest_of_text(dump(call.body));
  const auto placed =
      co_await repository.place(call.as_operator(), *call.customer(), *id,
                                take<std::string>(call.body, "note").value_or(""), digest, dump(*ready));
  if (!placed) co_return from_store(placed.error(), "order");
  if (placed->state == store::Procurement::State::Reused)
    co_return Failure{ErrorCode::IdempotencyKeyReused, ""};
  co_return shown(*placed, *id);
}

}  // namespace

void add_number_orders(EndpointTable& table, Services& services) {
  auto query = paging_fields(kOrderPaging);
  for (auto& field : std::vector<Field>{
           text("type").one_of({"did", "tfn"}).says("Default did."), text("npa", 3).is(is_digits, "digits"),
           text("nxx", 3).is(is_digits, "digits"), text("state", 2), text("city", 64), text("locality", 64),
           text("rate_center", 64),
           text("pattern", 10).is(is_digits, "digits").says("Anywhere in the number."),
           text("last_4_prefix", 4).is(is_digits, "digits").says("What the last four digits begin with.")})
    query.push_back(std::move(field));
  table.push_back({.path = "/numbers/search",
                   .summary = "Numbers that can be bought",
                   .tag = kOrdersTag,
                   .action = act(services, search),
                   .scope = "numbers:read",
                   .of_customer = true,
                   .query = query,
                   .answer_kind = AnswerKind::Page,
                   .answer = {"AvailableNumber",
                              {text("tn"), text("type").one_of({"did", "tfn"}), text("npa").or_null(),
                               text("nxx").or_null(), text("rate_center"), text("locality"), text("state"),
                               integer("lata").or_null(), amount("monthly_rate"), amount("setup_rate")}},
                   .errors = {ErrorCode::TniqUpstreamError, ErrorCode::GatewayUnavailable}});
  table.push_back(
      {.method = http::Method::Post,
       .path = "/numbers/bulk-assign",
       .summary = "Buy many numbers; each has its own result, and the same key gets the same results",
       .tag = kOrdersTag,
       .action = act(services, bulk_assign),
       .scope = "numbers:order",
       .of_customer = true,
       .customer_needed = true,
       .body_kind = BodyKind::Json,
       .body = {"NumberOrder",
                {list("tns", text("", 16).is(is_number, "a telephone number"), kMostOrdered)
                     .between(1, kMostOrdered)
                     .needed(),
                 uuid("default_trunk_id").says("Where all of them are routed."), text("note", 1024),
                 object("tn_metadata", {text("friendly_name", 128), description_field()}),
                 free_object("per_tn_overrides")
                     .says("Number to an object with trunk_id, friendly_name, description.")}},
       .body_error = ErrorCode::InvalidRequest,
       .answer = {"NumberOrderResult",
                  {uuid("procurement_request_id"),
                   list("results", object("", {text("tn"), text("status").one_of({"assigned", "failed"}),
                                               object("error", {text("code"), text("message")})})),
                   integer("assigned_count"), integer("failed_count")}},
       .errors = {ErrorCode::TrunkUnowned, ErrorCode::MissingIdempotencyKey, ErrorCode::InvalidIdempotencyKey,
                  ErrorCode::IdempotencyKeyReused, ErrorCode::TniqUpstreamError},
       .idempotency = Idempotency::Own,
       .cost = 5});
}

}  // namespace warp::api
