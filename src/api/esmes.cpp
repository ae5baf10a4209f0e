// SMPP accounts of customers. A password is given or made here, shown once, and kept as its hash.
#include "warp/api/authenticator.h"
#include "warp/base/text.h"
#include "warp/store/messaging.h"

#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

using EsmeItem = store::EsmeRepository::Item;

const Paging kEsmePaging;
constexpr std::size_t kSmppPasswordLength = 8;  // the longest that every SMPP 3.4 client can send
constexpr std::string_view kPasswordLetters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

bool is_graphic(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::vector<Field> esme_body(bool create) {
  auto system_id = text("system_id").between(1, 15).is(is_graphic, "printable ASCII without blanks");
  system_id.required = create;
  std::vector<Field> fields{
      system_id,
      text("password")
          .between(kSmppPasswordLength, 64)
          .is(is_graphic, "printable ASCII without blanks")
          .says("Made here when it is left out at creation; never shown again."),
      description_field(),
      boolean("enabled"),
      list("allowed", text("", 64).is(is_cidr, "an address or a network such as 192.0.2.0/24"), 64)
          .says("From where it may bind; empty: from anywhere."),
      integer("max_binds", 1, 1000),
      integer("window", 1, 10'000).says("Unanswered requests, either way."),
      integer("mps", 1).or_null().says("Segments a second of all its binds; null: the customer's."),
      text("default_alphabet").one_of({"gsm7", "latin1", "ascii", "ucs2", "utf8"}),
      boolean("receipt_tlvs").says("Receipts carry TLVs beside the text.")};
  if (create) fields.insert(fields.begin(), uuid("customer_id").needed());
  return fields;
}

Schema esme_schema() {
  auto fields = esme_body(true);
  for (auto& field : fields)
    field.required = false;
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Esme", fields};
}

Json show(const EsmeItem& row) {
  const auto& esme = row.item;
  Json out;
  out["id"] = esme.id.to_string();
  out["customer_id"] = esme.customer.to_string();
  out["system_id"] = esme.system_id;
  out["description"] = row.description;
  out["enabled"] = esme.enabled;
  out["allowed"] = Json::array();
  for (const auto& cidr : esme.allowed)
    out["allowed"].push_back(cidr.to_string());
  out["max_binds"] = esme.max_binds;
  out["window"] = esme.window;
  out["mps"] = value_or_null(esme.mps);
  out["default_alphabet"] = esme.default_alphabet;
  out["receipt_tlvs"] = esme.receipt_tlvs;
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

// The same chance for each letter: what lies beyond the last whole alphabet is drawn again.
std::string make_password(SharedIds& ids) {
  constexpr auto kLetters = static_cast<unsigned>(kPasswordLetters.size());
  constexpr unsigned kFair = 256 / kLetters * kLetters;
  std::string out;
  while (out.size() < kSmppPasswordLength) {
    auto bits = ids.next64();
    for (int i = 0; i < 8 && out.size() < kSmppPasswordLength; ++i, bits >>= 8)
      if (const auto octet = static_cast<unsigned>(bits & 0xFF); octet < kFair)
        out += kPasswordLetters[octet % kLetters];
  }
  return out;
}

std::string hash_of(std::string_view password) {
  const auto hash = hash_key(password);
  return to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

Outcome<std::vector<domain::Cidr>> read_allowed(const Json& body) {
  std::vector<domain::Cidr> out;
  if (!has(body, "allowed")) return out;
  for (const auto& entry : body.at("allowed")) {
    const auto cidr = read_network(entry.get<std::string>(), "allowed");
    if (!cidr) return cidr.error();
    out.push_back(*cidr);
  }
  return out;
}

void read_esme(const Json& body, EsmeItem& row) {
  auto& esme = row.item;
  esme.system_id = take<std::string>(body, "system_id").value_or(esme.system_id);
  if (const auto password = take<std::string>(body, "password")) esme.password_hash = hash_of(*password);
  row.description = take<std::string>(body, "description").value_or(row.description);
  esme.enabled = take<bool>(body, "enabled").value_or(esme.enabled);
  esme.max_binds = take<std::uint16_t>(body, "max_binds").value_or(esme.max_binds);
  esme.window = take<std::uint16_t>(body, "window").value_or(esme.window);
  if (has(body, "mps")) esme.mps = take<std::uint32_t>(body, "mps");
  esme.default_alphabet = take<std::string>(body, "default_alphabet").value_or(esme.default_alphabet);
  esme.receipt_tlvs = take<bool>(body, "receipt_tlvs").value_or(esme.receipt_tlvs);
}

Answer list_esmes(Services& services, Call call) {
  const auto page = read_page(call.query, kEsmePaging);
  std::optional<CustomerId> customer;
  if (const auto id = take<std::string>(call.query, "customer_id")) customer = CustomerId::parse(*id);
  const auto found = co_await services.esmes.list(call.as_operator(), customer, page);
  if (!found) co_return from_store(found.error(), "SMPP account");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer get_esme(Services& services, Call call) {
  const auto found = co_await services.esmes.get(call.as_operator(), call.id<EsmeId>("esme_id"));
  if (!found) co_return from_store(found.error(), "SMPP account");
  co_return reply_with(show(*found));
}

Answer create_esme(Services& services, Call call) {
  const auto allowed = read_allowed(call.body);
  if (!allowed) co_return allowed.error();
  EsmeItem wanted;
  wanted.item.customer = *CustomerId::parse(call.body["customer_id"].get<std::string>());
  read_esme(call.body, wanted);
  wanted.item.allowed = *allowed;
  const auto given = take<std::string>(call.body, "password");
  const auto password = given ? *given : make_password(services.ids);
  wanted.item.password_hash = hash_of(password);
  const auto made = co_await services.esmes.create(call.as_operator(), wanted.item, wanted.description);
  if (!made) co_return from_store(made.error(), "SMPP account");
  Reply reply;
  reply.status = 201;
  reply.data = show(*made);
  reply.data["password"] = password;
  co_return reply;
}

Answer update_esme(Services& services, Call call) {
  const auto allowed = read_allowed(call.body);
  if (!allowed) co_return allowed.error();
  store::Change<domain::Esme> change = [body = call.body, networks = *allowed](EsmeItem& row) {
    read_esme(body, row);
    if (has(body, "allowed")) row.item.allowed = networks;
  };
  const auto changed =
      co_await services.esmes.update(call.as_operator(), call.id<EsmeId>("esme_id"), std::move(change));
  if (!changed) co_return from_store(changed.error(), "SMPP account");
  co_return reply_with(show(*changed));
}

Answer delete_esme(Services& services, Call call) {
  const auto gone = co_await services.esmes.remove(call.as_operator(), call.id<EsmeId>("esme_id"));
  if (!gone) co_return from_store(gone.error(), "SMPP account");
  co_return no_content();
}

Answer rotate(Services& services, Call call) {
  const auto password = make_password(services.ids);
  store::Change<domain::Esme> change = [hash = hash_of(password)](EsmeItem& row) {
    row.item.password_hash = hash;
  };
  const auto changed =
      co_await services.esmes.update(call.as_operator(), call.id<EsmeId>("esme_id"), std::move(change));
  if (!changed) co_return from_store(changed.error(), "SMPP account");
  Reply reply;
  reply.data = show(*changed);
  reply.data["password"] = password;
  co_return reply;
}

}  // namespace

void add_esmes(EndpointTable& table, Services& services) {
  auto query = paging_fields(kEsmePaging);
  query.push_back(uuid("customer_id"));
  add_resource(table, services,
               {.path = "/messaging/esmes",
                .id = "esme_id",
                .tag = "Messaging",
                .name = "SMPP account",
                .schema = "Esme",
                .what_lists = "SMPP accounts of customers, by system id",
                .what_deletes = "Delete an SMPP account; its binds end",
                .list = list_esmes,
                .create = create_esme,
                .get = get_esme,
                .update = update_esme,
                .remove = delete_esme,
                .query = query,
                .new_fields = esme_body(true),
                .patch_fields = esme_body(false),
                .answer = esme_schema()});
  table.push_back({.method = http::Method::Post,
                   .path = "/messaging/esmes/{esme_id:uuid}/rotate",
                   .summary = "A new password, shown this once; the old one binds no more",
                   .tag = "Messaging",
                   .action = act(services, rotate),
                   .operators_only = true,
                   .answer = esme_schema(),
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
