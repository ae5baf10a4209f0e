// Upstreams: SMSCs, and those that take whole messages.
#include "warp/store/messaging.h"

#include "connector_protocol.h"
#include "formats.h"
#include "resource.h"

namespace warp::api {
namespace {

using store::ConnectorRepository;
using ConnectorItem = ConnectorRepository::Item;

const Paging kConnectorPaging;

Field alphabet_field() {
  return text("default_alphabet").one_of({"gsm7", "latin1", "ascii", "ucs2", "utf8"});
}
bool is_priority_map(std::string_view map) {
  return map.size() == 4 && map.find_first_not_of("01234") == std::string_view::npos;
}
Field id_form(const char* name) {
  return text(name).one_of({"text", "decimal", "hexadecimal"});
}

std::vector<Field> connector_body(bool create) {
  std::vector<Field> fields{
      name_field(),
      text("host", 253).says("Of SMPP and MM4."),
      text("system_id", 254).says("The login. SMPP: up to 15 characters."),
      description_field(),
      boolean("enabled"),
      boolean("paused"),
      integer("port", 1, 65'535),
      boolean("tls"),
      text("tls_ca_file", 1024),
      text("tls_server_name", 253),
      text("tls_certificate_file", 1024)
          .says("What is shown to the upstream, with `tls_key_file`; both or neither."),
      text("tls_key_file", 1024),
      text("fallback_hosts", 1024).says("Tried in turn when `host` fails; names, with commas between."),
      text("password", 4096).says("Never shown; empty leaves it as it is. SMPP: up to 64 characters."),
      text("system_type", 12),
      text("bind_type").one_of({"trx", "tx+rx"}),
      integer("binds", 1, 64),
      integer("window", 1, 10'000).says("Unanswered requests of a bind."),
      integer("mps", 1).or_null().says("Segments a second of a bind; null: unlimited."),
      text("address_range", 40),
      text("interface_version").one_of({"3.3", "3.4", "5.0"}),
      integer("source_ton", 0, 7).or_null().says("Null, here and below: as the message has it."),
      integer("source_npi", 0, 18).or_null(),
      integer("dest_ton", 0, 7).or_null(),
      integer("dest_npi", 0, 18).or_null(),
      alphabet_field(),
      boolean("latin1").says("It takes Latin-1."),
      boolean("substitute").says("Letters that GSM 03.38 lacks become ones that look alike."),
      boolean("packed"),
      integer("gsm7_data_coding", 0, 255).or_null(),
      text("split").one_of({"udh8", "udh16", "sar", "payload"}),
      id_form("submit_id_form"),
      id_form("receipt_id_form"),
      integer("receipt_zone_quarters", -56, 56).says("Of its receipts' times, in quarters of an hour."),
      text("validity_form")
          .one_of({"none", "absolute", "relative"})
          .says("How it is told until when a message is valid."),
      integer("validity_zone_quarters", -48, 48)
          .says("In which an absolute validity is written, in quarters of an hour."),
      text("priority_map", 4)
          .is(is_priority_map, "four digits from 0 to 4")
          .says("priority_flag for each of our priorities, the lowest first."),
      integer("response_timeout_ms", 100, 300'000),
      integer("enquire_interval_ms", 1'000, 3'600'000),
      text("ambiguity").one_of({"fail", "resend"}).says("What a time-out after sending means."),
      uuid("rate_plan_id").or_null().says("What it costs a segment."),
      text("currency").is(is_currency, "an ISO 4217 code")};
  for (auto& field : protocol_fields())
    fields.push_back(std::move(field));
  fields.front().required = create;
  if (create)
    fields.push_back(
        text("protocol").one_of({"smpp", "mm4", "rcs"}).says("smpp by itself; it cannot be changed later."));
  return fields;
}

Schema connector_schema() {
  auto fields = connector_body(true);
  fields.front().required = false;
  std::erase_if(fields, [](const Field& field) { return field.name == "password"; });
  fields.insert(fields.begin(), uuid("id"));
  fields.push_back(instant("created_at"));
  fields.push_back(instant("updated_at"));
  return {"Connector", fields};
}

std::string_view shown_version(std::uint8_t version) {
  return version == 0x50 ? "5.0" : version == 0x33 ? "3.3" : "3.4";
}
std::uint8_t read_version(std::string_view text) {
  return text == "5.0" ? 0x50 : text == "3.3" ? 0x33 : 0x34;
}

void show_session(Json& out, const domain::Connector& c) {
  out["host"] = c.host;
  out["port"] = c.port;
  out["tls"] = c.tls;
  out["tls_ca_file"] = c.tls_ca_file;
  out["tls_server_name"] = c.tls_server_name;
  out["tls_certificate_file"] = c.tls_certificate_file;
  out["tls_key_file"] = c.tls_key_file;
  out["fallback_hosts"] = c.fallback_hosts;
  out["system_id"] = c.system_id;
  out["system_type"] = c.system_type;
  out["bind_type"] = c.bind_type;
  out["binds"] = c.binds;
  out["window"] = c.window;
  out["mps"] = value_or_null(c.mps);
  out["address_range"] = c.address_range;
  out["interface_version"] = shown_version(c.interface_version);
  out["response_timeout_ms"] = c.response_timeout.count();
  out["enquire_interval_ms"] = c.enquire_interval.count();
}

void show_content(Json& out, const domain::Connector& c) {
  out["source_ton"] = value_or_null(c.source_ton);
  out["source_npi"] = value_or_null(c.source_npi);
  out["dest_ton"] = value_or_null(c.dest_ton);
  out["dest_npi"] = value_or_null(c.dest_npi);
  out["default_alphabet"] = c.default_alphabet;
  out["latin1"] = c.latin1;
  out["substitute"] = c.substitute;
  out["packed"] = c.packed;
  out["gsm7_data_coding"] = value_or_null(c.gsm7_data_coding);
  out["split"] = c.split;
  out["submit_id_form"] = c.submit_id_form;
  out["receipt_id_form"] = c.receipt_id_form;
  out["receipt_zone_quarters"] = c.receipt_zone_quarters;
  out["validity_form"] = c.validity_form;
  out["validity_zone_quarters"] = c.validity_zone_quarters;
  out["priority_map"] = c.priority_map;
}

Json show(const ConnectorItem& row) {
  const auto& c = row.item;
  Json out;
  out["id"] = c.id.to_string();
  out["name"] = c.name;
  out["description"] = row.description;
  out["enabled"] = c.enabled;
  out["paused"] = c.paused;
  show_session(out, c);
  show_content(out, c);
  show_protocol(out, c);
  out["ambiguity"] = c.ambiguity == domain::AmbiguityPolicy::Resend ? "resend" : "fail";
  out["rate_plan_id"] = id_or_null(c.rate_plan);
  out["currency"] = c.currency.view();
  out["created_at"] = timestamp(row.created_at);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

// A member of the body, when it is there.
template <class T>
void set(const Json& body, const char* name, T& out) {
  if (const auto value = take<T>(body, name)) out = *value;
}
template <class T>
void set(const Json& body, const char* name, std::optional<T>& out) {
  if (has(body, name)) out = take<T>(body, name);
}
void set(const Json& body, const char* name, std::chrono::milliseconds& out) {
  if (const auto value = take<std::int64_t>(body, name)) out = std::chrono::milliseconds(*value);
}

void read_session(const Json& body, domain::Connector& c) {
  set(body, "host", c.host);
  set(body, "port", c.port);
  set(body, "tls", c.tls);
  set(body, "tls_ca_file", c.tls_ca_file);
  set(body, "tls_server_name", c.tls_server_name);
  set(body, "tls_certificate_file", c.tls_certificate_file);
  set(body, "tls_key_file", c.tls_key_file);
  set(body, "fallback_hosts", c.fallback_hosts);
  set(body, "system_id", c.system_id);
  set(body, "password", c.password);
  set(body, "system_type", c.system_type);
  set(body, "bind_type", c.bind_type);
  set(body, "binds", c.binds);
  set(body, "window", c.window);
  set(body, "mps", c.mps);
  set(body, "address_range", c.address_range);
  if (const auto version = take<std::string>(body, "interface_version"))
    c.interface_version = read_version(*version);
  set(body, "response_timeout_ms", c.response_timeout);
  set(body, "enquire_interval_ms", c.enquire_interval);
}

void read_content(const Json& body, domain::Connector& c) {
  set(body, "source_ton", c.source_ton);
  set(body, "source_npi", c.source_npi);
  set(body, "dest_ton", c.dest_ton);
  set(body, "dest_npi", c.dest_npi);
  set(body, "default_alphabet", c.default_alphabet);
  set(body, "latin1", c.latin1);
  set(body, "substitute", c.substitute);
  set(body, "packed", c.packed);
  set(body, "gsm7_data_coding", c.gsm7_data_coding);
  set(body, "split", c.split);
  set(body, "submit_id_form", c.submit_id_form);
  set(body, "receipt_id_form", c.receipt_id_form);
  set(body, "receipt_zone_quarters", c.receipt_zone_quarters);
  set(body, "validity_form", c.validity_form);
  set(body, "validity_zone_quarters", c.validity_zone_quarters);
  set(body, "priority_map", c.priority_map);
}

Outcome<void> read_connector(const Json& body, ConnectorItem& row) {
  auto& c = row.item;
  set(body, "name", c.name);
  set(body, "description", row.description);
  set(body, "enabled", c.enabled);
  set(body, "paused", c.paused);
  read_session(body, c);
  read_content(body, c);
  if (const auto policy = take<std::string>(body, "ambiguity"))
    c.ambiguity = *policy == "resend" ? domain::AmbiguityPolicy::Resend : domain::AmbiguityPolicy::Fail;
  if (has(body, "rate_plan_id")) {
    const auto id = take<std::string>(body, "rate_plan_id");
    c.rate_plan = id ? RatePlanId::parse(*id) : std::nullopt;
  }
  if (const auto code = take<std::string>(body, "currency")) c.currency = *Currency::parse(*code);
  return read_protocol(body, c);
}

Answer list_connectors(Services& services, Call call) {
  const auto page = read_page(call.query, kConnectorPaging);
  const auto found = co_await services.connectors.list(call.as_operator(), page);
  if (!found) co_return from_store(found.error(), "connector");
  co_return page_reply(*found, page, [](const auto& row) { return show(row); });
}

Answer get_connector(Services& services, Call call) {
  const auto found =
      co_await services.connectors.get(call.as_operator(), call.id<ConnectorId>("connector_id"));
  if (!found) co_return from_store(found.error(), "connector");
  co_return reply_with(show(*found));
}

Answer create_connector(Services& services, Call call) {
  ConnectorItem wanted;
  if (const auto taken = read_connector(call.body, wanted); !taken) co_return taken.error();
  if (const auto wrong = wrong_in(wanted.item)) co_return *wrong;
  const auto made = co_await services.connectors.create(call.as_operator(), wanted.item, wanted.description);
  if (!made) co_return from_store(made.error(), "connector");
  co_return reply_with(show(*made), 201);
}

Answer update_connector(Services& services, Call call) {
  const auto id = call.id<ConnectorId>("connector_id");
  auto known = co_await services.connectors.get(call.as_operator(), id);
  if (!known) co_return from_store(known.error(), "connector");
  if (const auto taken = read_connector(call.body, *known); !taken) co_return taken.error();
  if (const auto wrong = wrong_in(known->item)) co_return *wrong;
  store::Change<domain::Connector> change = [body = call.body](ConnectorItem& row) {
    (void)read_connector(body, row);
  };
  const auto changed = co_await services.connectors.update(call.as_operator(), id, std::move(change));
  if (!changed) co_return from_store(changed.error(), "connector");
  co_return reply_with(show(*changed));
}

Answer delete_connector(Services& services, Call call) {
  const auto gone =
      co_await services.connectors.remove(call.as_operator(), call.id<ConnectorId>("connector_id"));
  if (!gone) co_return from_store(gone.error(), "connector");
  co_return no_content();
}

}  // namespace

void add_connectors(EndpointTable& table, Services& services) {
  add_resource(table, services,
               {.path = "/messaging/connectors",
                .id = "connector_id",
                .tag = "Messaging",
                .name = "connector",
                .schema = "Connector",
                .what_lists = "Upstreams, by name",
                .what_deletes = "Delete a connector that no route names",
                .list = list_connectors,
                .create = create_connector,
                .get = get_connector,
                .update = update_connector,
                .remove = delete_connector,
                .query = paging_fields(kConnectorPaging),
                .new_fields = connector_body(true),
                .patch_fields = connector_body(false),
                .answer = connector_schema()});
}

}  // namespace warp::api
