// Imports of decks: a file in, what it would change out; then publish, roll back, or throw away.
#include "warp/store/deck_imports.h"

#include <cerrno>
#include <cstring>

#include "warp/api/deck_mapping.h"
#include "warp/store/jobs.h"

#include "deck_file.h"
#include "formats.h"
#include "services.h"

namespace warp::api {
namespace {

const Paging kImportPaging;
const std::string kImportTag = "Rate plans";
const std::string kNotQueued =
    R"([{"line":0,"column":"","problem":"the job could not be made","cure":"upload the file again"}])";

Json parsed(const std::string& text) {
  return parse_json(text).value_or(Json());
}

Json show(const store::DeckImport& import) {
  Json out;
  out["id"] = import.id.to_string();
  out["rate_plan_id"] = import.plan.to_string();
  out["state"] = import.state;
  out["mode"] = import.mode;
  out["source"] = import.source;
  out["base_version"] = import.base_version;
  out["mapping"] = parsed(import.mapping);
  out["job_id"] = id_or_null(import.job);
  out["octets"] = import.octets;
  out["lines"] = import.lines;
  out["lines_stored"] = import.state == "loading" ? import.done : import.lines;
  out["diff"] = parsed(import.diff);
  out["errors"] = parsed(import.errors);
  out["effective_at"] = timestamp(import.effective_at);
  out["created_by"] = import.created_by;
  out["created_at"] = timestamp(import.created_at);
  out["updated_at"] = timestamp(import.updated_at);
  return out;
}

Schema import_schema() {
  return {"DeckImport",
          {uuid("id"), uuid("rate_plan_id"),
           text("state").one_of(
               {"loading", "ready", "scheduled", "published", "rolled_back", "refused", "discarded"}),
           text("mode").one_of({"REPLACE", "MERGE"}), text("source"),
           integer("base_version").says("Of the plan, against which it was made."), free_object("mapping"),
           uuid("job_id").or_null(), integer("octets"), integer("lines"), integer("lines_stored"),
           free_object("diff").says(
               "Prefixes that are new, up, down, changed, same and closed, with samples, means "
               "by jurisdiction and margin alarms."),
           list("errors", free_object("error")), instant("effective_at").or_null(), text("created_by"),
           instant("created_at"), instant("updated_at")}};
}

Failure import_conflict(std::string message) {
  return Failure{ErrorCode::Conflict, std::move(message)};
}

Failure refusal(store::PublishRefusal refusal) {
  using enum store::PublishRefusal;
  switch (refusal) {
    case NotReady:
      return import_conflict("The import is not in a state for this: look at its state.");
    case Stale:
      return import_conflict("The plan's lines changed since the import was made: import the file again.");
    case MarginAlarms:
      return import_conflict(
          "Lines of the import would lose money: look at diff.margin_alarms, then confirm_margins.");
    case NotInForce:
      return import_conflict("Another deck of the plan is in force: roll back what came later first.");
    case None:
      break;
  }
  return import_conflict("");
}

// The mapping as it is kept with the import: what `name` stands for may change later.
boost::asio::awaitable<Outcome<std::string>> mapping_text(Services& services, store::Actor actor,
                                                          std::optional<std::string> name) {
  if (!name) co_return std::string("{}");
  store::DeckMappingRepository mappings(services.pool);
  const auto found = co_await mappings.get(std::move(actor), *name);
  if (!found) co_return from_store(found.error(), "mapping of that name");
  co_return found->mapping;
}

Answer upload_deck(Services& services, Call call) {
  const auto plan = call.id<RatePlanId>("rate_plan_id");
  const auto file = std::dynamic_pointer_cast<DeckFile>(call.request.sink);
  if (file->failed()) {
    Failure failure{ErrorCode::ServiceUnavailable,
                    file->error() == ENOSPC
                        ? "The file cannot be kept: the disk of rating.import_folder is full. Free it, then "
                          "upload again."
                        : "The file cannot be kept: rating.import_folder is not set up."};
    failure.internal = file->error() != 0 ? std::strerror(file->error()) : "rating.import_folder is empty";
    co_return failure;
  }
  const auto mapping =
      co_await mapping_text(services, call.as_operator(), take<std::string>(call.query, "mapping"));
  if (!mapping) co_return mapping.error();
  store::DeckImportRepository imports(services.pool);
  store::NewDeckImport wanted;
  wanted.plan = plan;
  wanted.mode = take<std::string>(call.query, "mode").value_or("REPLACE");
  wanted.source = take<std::string>(call.query, "source").value_or("api");
  wanted.mapping = *mapping;
  const auto made = co_await imports.create(call.as_operator(), wanted);
  if (!made) co_return from_store(made.error(), "rate plan");
  if (!file->keep_as(made->id.to_string() + ".csv")) {
    Failure failure{ErrorCode::ServiceUnavailable, "The file cannot be kept."};
    failure.internal = std::strerror(file->error());
    co_return failure;
  }
  store::JobRepository jobs(services.pool);
  Json request;
  request["import"] = made->id.to_string();
  const auto job =
      co_await jobs.add(call.as_operator(), "deck_import@" + services.settings.node, request.dump());
  if (!job) {
    file->drop();  // nobody would read it
    const auto refused = co_await imports.refuse(made->id, kNotQueued);
    co_return from_store(refused ? job.error() : refused.error(), "job");
  }
  const auto linked = co_await imports.set_job(call.as_operator(), made->id, job->id, file->octets());
  if (!linked) co_return from_store(linked.error(), "import");
  const auto now = co_await imports.get(call.as_operator(), made->id);
  if (!now) co_return from_store(now.error(), "import");
  co_return reply_with(show(*now), 202);
}

Answer list_imports(Services& services, Call call) {
  const auto page = read_page(call.query, kImportPaging);
  store::DeckImportRepository imports(services.pool);
  const auto found = co_await imports.list(call.as_operator(), call.id<RatePlanId>("rate_plan_id"), page);
  if (!found) co_return from_store(found.error(), "import");
  co_return page_reply(*found, page, [](const auto& import) { return show(import); });
}

Answer get_import(Services& services, Call call) {
  store::DeckImportRepository imports(services.pool);
  const auto found = co_await imports.get(call.as_operator(), call.uuid("import_id"));
  if (!found) co_return from_store(found.error(), "import");
  co_return reply_with(show(*found));
}

Answer publish(Services& services, Call call) {
  std::optional<WallTime> at;
  if (const auto text = take<std::string>(call.body, "effective_at")) at = parse_timestamp(*text);
  const bool confirmed = take<bool>(call.body, "confirm_margins").value_or(false);
  store::DeckImportRepository imports(services.pool);
  const auto done = co_await imports.publish(call.as_operator(), call.uuid("import_id"), at, confirmed);
  if (!done) co_return from_store(done.error(), "import");
  if (done->refusal != store::PublishRefusal::None) co_return refusal(done->refusal);
  co_return reply_with(show(done->import));
}

Answer roll_back_import(Services& services, Call call) {
  store::DeckImportRepository imports(services.pool);
  const auto done = co_await imports.roll_back(call.as_operator(), call.uuid("import_id"));
  if (!done) co_return from_store(done.error(), "import");
  if (done->refusal != store::PublishRefusal::None) co_return refusal(done->refusal);
  co_return reply_with(show(done->import));
}

Answer discard(Services& services, Call call) {
  store::DeckImportRepository imports(services.pool);
  const auto done = co_await imports.discard(call.as_operator(), call.uuid("import_id"));
  if (!done) co_return from_store(done.error(), "import");
  if (done->refusal != store::PublishRefusal::None) co_return refusal(done->refusal);
  co_return reply_with(show(done->import));
}

// --- mappings

Json show(const store::DeckMappingRow& row) {
  Json out;
  out["name"] = row.name;
  out["mapping"] = parsed(row.mapping);
  out["updated_at"] = timestamp(row.updated_at);
  return out;
}

Schema mapping_schema() {
  return {"DeckMapping", {text("name"), free_object("mapping"), instant("updated_at")}};
}

Answer list_mappings(Services& services, Call call) {
  store::DeckMappingRepository mappings(services.pool);
  const auto found = co_await mappings.list(call.as_operator());
  if (!found) co_return from_store(found.error(), "mapping");
  co_return list_reply(*found, [](const auto& row) { return show(row); });
}

Answer put_mapping(Services& services, Call call) {
  const auto& mapping = call.body["mapping"];
  if (const auto read = read_deck_mapping(mapping); !read)
    co_return Failure{ErrorCode::ValidationError, "The mapping is not sound: " + read.error() + "."};
  store::DeckMappingRepository mappings(services.pool);
  const auto name = call.body["name"].get<std::string>();
  const auto done = co_await mappings.put(call.as_operator(), name, mapping.dump());
  if (!done) co_return from_store(done.error(), "mapping");
  co_return reply_with(show(*done));
}

Answer remove_mapping(Services& services, Call call) {
  store::DeckMappingRepository mappings(services.pool);
  const auto name = take<std::string>(call.query, "name").value_or("");
  const auto gone = co_await mappings.remove(call.as_operator(), name);
  if (!gone) co_return from_store(gone.error(), "mapping of that name");
  co_return no_content();
}

void add_mappings(EndpointTable& table, Services& services) {
  table.push_back({.path = "/deck-mappings",
                   .summary = "How the columns of carriers' files become those of a deck, by name",
                   .tag = kImportTag,
                   .action = act(services, list_mappings),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = mapping_schema()});
  table.push_back({.method = http::Method::Put,
                   .path = "/deck-mappings",
                   .summary = "Add a mapping, or replace the one of that name",
                   .tag = kImportTag,
                   .action = act(services, put_mapping),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewDeckMapping",
                            {text("name", 128).needed(),
                             free_object("mapping").needed().says(
                                 "columns, header, separator, decimal, per, date_format, prefix_before")}},
                   .answer = mapping_schema(),
                   .errors = {ErrorCode::ValidationError}});
  table.push_back({.method = http::Method::Delete,
                   .path = "/deck-mappings",
                   .summary = "Delete a mapping; imports keep theirs",
                   .tag = kImportTag,
                   .action = act(services, remove_mapping),
                   .operators_only = true,
                   .query = {text("name", 128).needed()},
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = {ErrorCode::NotFound}});
}

void add_import_changes(EndpointTable& table, Services& services) {
  const std::string path = "/deck-imports/{import_id:uuid}";
  table.push_back({.path = path,
                   .summary = "An import: its state, its progress, what it would change",
                   .tag = kImportTag,
                   .action = act(services, get_import),
                   .operators_only = true,
                   .answer = import_schema(),
                   .errors = {ErrorCode::NotFound}});
  table.push_back({.method = http::Method::Post,
                   .path = path + "/publish",
                   .summary = "Put the import in force, at once or from a moment on",
                   .tag = kImportTag,
                   .action = act(services, publish),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"PublishImport",
                            {instant("effective_at")
                                 .says("The lines in force end then, and the import's begin; default: now."),
                             boolean("confirm_margins").says("Yes, lines that lose money are meant.")}},
                   .answer = import_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Post,
                   .path = path + "/rollback",
                   .summary = "Back to the deck before the import, also before its moment has come",
                   .tag = kImportTag,
                   .action = act(services, roll_back_import),
                   .operators_only = true,
                   .answer = import_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Post,
                   .path = path + "/discard",
                   .summary = "Throw the import away",
                   .tag = kImportTag,
                   .action = act(services, discard),
                   .operators_only = true,
                   .answer = import_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
}

}  // namespace

void add_deck_imports(EndpointTable& table, Services& services) {
  const std::string path = "/rate-plans/{rate_plan_id:uuid}/imports";
  table.push_back({.path = path,
                   .summary = "Imports of a plan, newest first",
                   .tag = kImportTag,
                   .action = act(services, list_imports),
                   .operators_only = true,
                   .query = paging_fields(kImportPaging),
                   .answer_kind = AnswerKind::Page,
                   .answer = import_schema()});
  table.push_back(
      {.method = http::Method::Post,
       .path = path,
       .summary = "Load a CSV file beside the lines in force and say what it would change",
       .tag = kImportTag,
       .action = act(services, upload_deck),
       .operators_only = true,
       .query = {text("mode").one_of({"REPLACE", "MERGE"}).says("MERGE: the plan's other lines stay."),
                 text("mapping", 128).says("Name of a deck mapping; default: the file has our columns."),
                 text("source", 128).says("Where the file comes from, kept with the deck.")},
       .body_kind = BodyKind::Csv,
       .body_limit = services.settings.import_file_limit,
       .sink =
           [&services](const http::Request&) {
             return std::make_shared<DeckFile>(services.settings.import_folder);
           },
       .answer = import_schema(),
       .status = 202,
       .errors = {ErrorCode::NotFound, ErrorCode::PayloadTooLarge, ErrorCode::UnsupportedMediaType,
                  ErrorCode::ServiceUnavailable}});
  add_import_changes(table, services);
  add_mappings(table, services);
}

}  // namespace warp::api
