// Who changed what: the audit trail, its export, and the proof that it is whole.
#include "warp/store/audit.h"

#include "warp/api/cursor.h"

#include "formats.h"
#include "record_view.h"

namespace warp::api {
namespace {

constexpr const char* kAuditTag = "Audit";
constexpr std::uint32_t kUsualEvents = 50, kMostEvents = 500;

bool is_source(std::string_view text) {
  return is_ip(text) || is_cidr(text);
}

std::vector<Field> filter_fields_of_trail() {
  return {text("actor", 256).says("As answers have it: `user:<id>`, `api_key:<id>`."),
          text("object_type", 64),
          text("object_id", 256),
          text("event", 64).says("insert, update, delete, login, export, …"),
          text("request_id", 64).says("`X-Request-Id` of the request."),
          text("ip", 64).is(is_source, "an address or a network"),
          instant("from"),
          instant("to").says("Up to it, without it."),
          text("cursor", 1024).says("`meta.next_cursor` of the page before.")};
}

Schema audit_event_schema() {
  return {"AuditEvent",
          {integer("id", 0, std::numeric_limits<std::int64_t>::max()), instant("at"),
           uuid("customer_id").or_null(), text("actor"), text("event"), text("object_type"),
           text("object_id"), free_object("before").or_null(), free_object("after").or_null(),
           text("ip").or_null(), text("user_agent").or_null(), text("request_id").or_null()}};
}

Json object_of(const std::optional<std::string>& text) {
  if (!text) return Json();
  auto value = Json::parse(*text, nullptr, false);
  return value.is_object() ? std::move(value) : Json();
}

Json show(const store::AuditEvent& event) {
  Json out;
  out["id"] = event.id;
  out["at"] = timestamp(event.at);
  out["customer_id"] = id_or_null(event.customer);
  out["actor"] = event.actor;
  out["event"] = event.event;
  out["object_type"] = event.object_type;
  out["object_id"] = event.object_id;
  out["before"] = object_of(event.before);
  out["after"] = object_of(event.after);
  out["ip"] = value_or_null(event.ip);
  out["user_agent"] = value_or_null(event.user_agent);
  out["request_id"] = value_or_null(event.request_id);
  return out;
}

constexpr std::string_view kHeader =
    "id,at,customer_id,actor,event,object_type,object_id,ip,user_agent,request_id,before,after\r\n";

std::string csv_of(const store::AuditEvent& event) {
  std::string line = std::to_string(event.id) + "," + timestamp(event.at) + ",";
  if (event.customer) line += event.customer->to_string();
  for (const auto& field :
       {event.actor, event.event, event.object_type, event.object_id, event.ip.value_or(""),
        event.user_agent.value_or(""), event.request_id.value_or(""), event.before.value_or(""),
        event.after.value_or("")})
    line += "," + csv_field(field);
  return line + "\r\n";
}

store::AuditFilter read_trail_filter(const Json& query) {
  store::AuditFilter filter;
  filter.actor = take<std::string>(query, "actor");
  filter.object_type = take<std::string>(query, "object_type");
  filter.object_id = take<std::string>(query, "object_id");
  filter.event = take<std::string>(query, "event");
  filter.request_id = take<std::string>(query, "request_id");
  filter.ip = take<std::string>(query, "ip");
  if (const auto at = take<std::string>(query, "from")) filter.from = parse_timestamp(*at);
  if (const auto at = take<std::string>(query, "to")) filter.to = parse_timestamp(*at);
  return filter;
}

// The id that the page begins below; none: with the newest.
Outcome<std::optional<std::int64_t>> read_place(const Json& query) {
  std::optional<std::int64_t> below;
  const auto text = take<std::string>(query, "cursor");
  if (!text) return below;
  const auto place = read_cursor(*text);
  if (place && place->size() == 1 && (*place)[0].is_number_integer()) {
    below = (*place)[0].get<std::int64_t>();
    return below;
  }
  Failure failure{ErrorCode::InvalidParam, "The cursor is none of ours."};
  failure.details["param"] = "cursor";
  return failure;
}

std::string cursor_after(std::int64_t id) {
  auto place = Json::array();
  place.push_back(id);
  return make_cursor(place);
}

Answer list_trail(Services& services, Call call) {
  const auto below = read_place(call.query);
  if (!below) co_return below.error();
  const auto limit =
      static_cast<std::uint32_t>(take<std::int64_t>(call.query, "limit").value_or(kUsualEvents));
  store::AuditRepository trail(services.pool);
  const auto found = co_await trail.list(call.actor(), read_trail_filter(call.query), *below, limit);
  if (!found) co_return from_store(found.error(), "event");
  Reply reply;
  reply.data = Json::array();
  for (const auto& event : *found)
    reply.data.push_back(show(event));
  reply.meta["next_cursor"] = found->size() < limit ? Json() : Json(cursor_after(found->back().id));
  co_return reply;
}

// Piece by piece, as the client takes it.
class TrailExport final : public http::BodySource {
 public:
  TrailExport(Services& services, store::Actor actor, store::AuditFilter filter,
              std::optional<std::int64_t> below, bool lines)
      : trail_(services.pool),
        left_(services.settings.trail.export_limit),
        actor_(std::move(actor)),
        filter_(std::move(filter)),
        below_(below),
        lines_(lines) {}

  boost::asio::awaitable<Piece> next() override {
    Piece piece;
    if (!begun_ && !lines_) piece.data = kHeader;
    begun_ = true;
    if (left_ == 0) co_return piece;
    const auto wanted = std::min(kMostEvents, left_);
    auto asking = trail_.list(actor_, filter_, below_, wanted);
    const auto found = co_await std::move(asking);
    if (!found) {
      piece.ok = false;
      co_return piece;
    }
    for (const auto& event : *found)
      piece.data += lines_ ? dump(show(event)) + "\n" : csv_of(event);
    if (!found->empty()) below_ = found->back().id;
    left_ = found->size() < wanted ? 0 : left_ - wanted;
    co_return piece;
  }

 private:
  store::AuditRepository trail_;
  std::uint32_t left_;
  const store::Actor actor_;
  const store::AuditFilter filter_;
  std::optional<std::int64_t> below_;
  const bool lines_;
  bool begun_ = false;
};

Answer export_trail(Services& services, Call call) {
  const auto below = read_place(call.query);
  if (!below) co_return below.error();
  const auto filter = read_trail_filter(call.query);
  const bool lines = take<std::string>(call.query, "format").value_or("csv") == "jsonl";
  const auto customer = call.customer();
  store::AuditRepository trail(services.pool);
  auto object = customer ? customer->to_string() : std::string("all");
  const auto told = co_await trail.append(call.as_operator(), customer, "export", "audit", std::move(object),
                                          dump(call.query));
  if (!told) co_return from_store(told.error(), "event");
  const auto edge = co_await trail.edge(call.actor(), filter, *below, services.settings.trail.export_limit);
  if (!edge) co_return from_store(edge.error(), "event");
  Reply reply;
  reply.headers.set("Content-Type", lines ? "application/x-ndjson" : "text/csv; charset=utf-8");
  reply.headers.set("Content-Disposition",
                    lines ? "attachment; filename=\"audit.jsonl\"" : "attachment; filename=\"audit.csv\"");
  if (*edge) {
    reply.headers.set("X-Result-Truncated", "true");
    reply.headers.set("X-Next-Cursor", cursor_after(**edge));
  }
  auto actor = call.actor();
  actor.joint.reset();  // the pieces come when the request is over
  reply.source = std::make_unique<TrailExport>(services, std::move(actor), filter, *below, lines);
  co_return reply;
}

Answer list_seals(Services& services, Call call) {
  const auto below = read_place(call.query);
  if (!below) co_return below.error();
  const auto limit =
      static_cast<std::uint32_t>(take<std::int64_t>(call.query, "limit").value_or(kUsualEvents));
  store::AuditRepository trail(services.pool);
  const auto found = co_await trail.seals(call.as_operator(), *below, limit);
  if (!found) co_return from_store(found.error(), "seal");
  Reply reply;
  reply.data = Json::array();
  for (const auto& seal : *found) {
    Json row;
    row["number"] = seal.number;
    row["first_id"] = seal.first;
    row["last_id"] = seal.last;
    row["events"] = seal.events;
    row["digest"] = seal.digest;
    row["sealed_at"] = timestamp(seal.sealed_at);
    reply.data.push_back(std::move(row));
  }
  reply.meta["next_cursor"] = found->size() < limit ? Json() : Json(cursor_after(found->back().number));
  co_return reply;
}

Answer verify_trail(Services& services, Call call) {
  const auto newest = static_cast<std::uint32_t>(take<std::int64_t>(call.query, "seals").value_or(1000));
  store::AuditRepository trail(services.pool);
  const auto broken = co_await trail.broken(call.as_operator(), newest);
  if (!broken) co_return from_store(broken.error(), "seal");
  Reply reply;
  reply.data["agrees"] = broken->empty();
  reply.data["broken"] = Json::array();
  for (const auto& seal : *broken) {
    Json row;
    row["number"] = seal.number;
    row["first_id"] = seal.first;
    row["last_id"] = seal.last;
    reply.data["broken"].push_back(std::move(row));
  }
  co_return reply;
}

Field big(const char* name) {
  return integer(name, 0, std::numeric_limits<std::int64_t>::max());
}

void add_trail_at(EndpointTable& table, Services& services, const std::string& path, bool operators) {
  auto query = filter_fields_of_trail();
  auto export_query = query;
  query.push_back(integer("limit", 1, kMostEvents).says("Default 50."));
  export_query.push_back(text("format").one_of({"csv", "jsonl"}).says("Default csv."));
  table.push_back(
      {.path = path,
       .summary = operators ? "The audit trail, newest first" : "A customer's audit trail, newest first",
       .tag = kAuditTag,
       .action = act(services, list_trail),
       .scope = "audit:read",
       .operators_only = operators,
       .of_customer = operators,
       .query = std::move(query),
       .answer_kind = AnswerKind::List,
       .answer = audit_event_schema()});
  table.push_back(
      {.path = path + "/export",
       .summary = "The same as a file; `X-Result-Truncated: true` and `X-Next-Cursor` when there is more",
       .tag = kAuditTag,
       .action = act(services, export_trail),
       .scope = "audit:export",
       .operators_only = operators,
       .of_customer = operators,
       .query = std::move(export_query),
       .answer_kind = AnswerKind::Csv,
       .cost = 10});
}

}  // namespace

void add_audit(EndpointTable& table, Services& services) {
  add_trail_at(table, services, "/customers/{customer_id:uuid}/audit", false);
  add_trail_at(table, services, "/audit", true);
  table.push_back(
      {.path = "/audit/seals",
       .summary = "Seals over stretches of the trail, newest first",
       .tag = kAuditTag,
       .action = act(services, list_seals),
       .scope = "audit:read",
       .operators_only = true,
       .query = {integer("limit", 1, kMostEvents).says("Default 50."), text("cursor", 1024)},
       .answer_kind = AnswerKind::List,
       .answer = {"AuditSeal",
                  {big("number"), big("first_id"), big("last_id"), big("events"),
                   text("digest").says("SHA-256 over the seal before and the events, in hexadecimal."),
                   instant("sealed_at")}}});
  table.push_back(
      {.path = "/audit/verify",
       .summary = "Are the events under the newest seals as they were?",
       .tag = kAuditTag,
       .action = act(services, verify_trail),
       .scope = "audit:read",
       .operators_only = true,
       .query = {integer("seals", 1, 1'000'000).says("How many, from the newest on; default 1000.")},
       .answer = {"AuditProof",
                  {boolean("agrees"),
                   list("broken", object("", {big("number"), big("first_id"), big("last_id")}))}},
       .etag = false,
       .cost = 10});
}

}  // namespace warp::api
