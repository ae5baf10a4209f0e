// Decks of rate plans: what an import would change, publishing it, going back.
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "ctl/commands.h"
#include "ctl/invoke.h"

namespace warp::ctl {
namespace {

const std::vector<std::string> kImportColumns{"id", "state", "mode", "lines", "source", "created_at"};

Json data_of(const Json& answer) {
  return answer.contains("data") ? answer["data"] : answer;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// One line a kind, then the samples of what moves prices.
void print_diff(const Json& import) {
  const Json diff = import.value("diff", Json::object());
  std::printf("import %s: %s, %s lines\n", text_of(import["id"]).c_str(), text_of(import["state"]).c_str(),
              text_of(import["lines"]).c_str());
  for (const auto* kind : {"new", "up", "down", "changed", "same", "closed"})
    if (diff.contains(kind)) std::printf("%-8s %s\n", kind, diff[kind].dump().c_str());
  const Json alarms = diff.value("margin_alarms", Json::object());
  if (alarms.value("total", 0) > 0)
    std::printf("%s lines would lose money: publish with --confirm-margins when that is meant\n",
                alarms["total"].dump().c_str());
  const Json samples = diff.value("samples", Json::object());
  for (const auto* kind : {"up", "down", "new", "closed"}) {
    const Json rows = samples.value(kind, Json::array());
    if (rows.empty()) continue;
    std::printf("\n%s\n%s", kind, table_of(rows, {"prefix", "jurisdiction", "before", "after"}).c_str());
  }
  for (const auto& fault : import.value("errors", Json::array()))
    std::printf("line %s, %s: %s; %s\n", fault.value("line", Json()).dump().c_str(),
                text_of(fault.value("column", Json(""))).c_str(),
                text_of(fault.value("problem", Json(""))).c_str(),
                text_of(fault.value("cure", Json(""))).c_str());
}

void print_import(const Session& session, const Json& import) {
  if (session.json)
    std::puts(import.dump(2).c_str());
  else
    print_diff(import);
}

struct Options {
  std::string plan, import, at, file, mode, mapping;
  bool confirm = false, diff = false, publish = false;
};

constexpr std::chrono::milliseconds kLook{200};

// The import when it is through: ready, or refused.
Json finished(const Session& session, const std::string& import) {
  while (true) {
    auto seen = data_of(session.get("/deck-imports/" + import));
    const auto state = member_text(seen, "state");
    if (state != "loading") return seen;
    std::this_thread::sleep_for(kLook);
  }
}

Json put_in_force(const Session& session, const Options& given, const std::string& import) {
  Json body = Json::object();
  if (!given.at.empty()) body["effective_at"] = given.at;
  if (given.confirm) body["confirm_margins"] = true;
  return data_of(session.post("/deck-imports/" + import + "/publish", body));
}

Request upload_of(const Options& given) {
  Request request{"POST", "/rate-plans/" + escaped(given.plan) + "/imports"};
  request.body = content_of(given.file == "-" ? given.file : "@" + given.file);
  request.type = "text/csv";
  const char* mark = "?";
  for (const auto& [name, value] : {std::pair{"mode", given.mode}, {"mapping", given.mapping}}) {
    if (value.empty()) continue;
    request.path += mark + std::string(name) + "=" + escaped(value);
    mark = "&";
  }
  return request;
}

void import_deck(const Session& session, const Options& given) {
  const auto request = upload_of(given);
  if (session.dry_run) {
    std::fputs(shown(session, request).c_str(), stdout);
    throw Printed{};
  }
  auto import = data_of(session.send(request).json);
  import = finished(session, member_text(import, "id"));
  print_import(session, import);
  const auto id = member_text(import, "id");
  if (member_text(import, "state") == "refused")
    throw Refused(400, "the deck is refused; nothing was changed");
  if (!given.publish) {
    std::fprintf(stderr, "warpctl: nothing is in force yet: `warpctl deck publish %s` does that\n",
                 id.c_str());
    return;
  }
  print_import(session, put_in_force(session, given, id));
}

void add_import(CLI::App& deck, Session& session, std::shared_ptr<Options> given) {
  auto* import = deck.add_subcommand("import", "read a file of prices, and show what it would change");
  import->add_option("PLAN", given->plan, "id of the rate plan")->required();
  import->add_option("FILE", given->file, "CSV, a line a prefix; -: standard input")->required();
  import->add_option("--mode", given->mode, "REPLACE, or MERGE: the plan's other lines stay");
  import->add_option("--mapping", given->mapping,
                     "name of a deck mapping, for a file with columns of its own");
  auto* diff =
      import->add_flag("--diff", given->diff, "show what would change, publish nothing: as without it");
  auto* at_once = import->add_flag("--publish", given->publish, "put it in force, when it is not refused");
  import->add_option("--at", given->at, "publish from that moment on, like 2026-02-01T00:00:00Z")
      ->needs(at_once);
  import->add_flag("--confirm-margins", given->confirm, "lines that lose money are meant")->needs(at_once);
  diff->excludes(at_once);
  import->callback([&session, given] { import_deck(session, *given);
});
}  // namespace

void add_list(CLI::App& deck, Session& session, std::shared_ptr<Options> given) {
  auto* list = deck.add_subcommand("imports", "imports of a rate plan, newest first");
  list->add_option("PLAN", given->plan, "id of the rate plan")->required();
  list->callback([&session, given] {
    session.print(data_of(session.get("/rate-plans/" + given->plan + "/imports")), kImportColumns);
  });
}

void add_diff(CLI::App& deck, Session& session, std::shared_ptr<Options> given) {
  auto* diff = deck.add_subcommand("diff", "what an import would change, or why it was refused");
  diff->add_option("IMPORT", given->import, "id of the import")->required();
  diff->callback(
      [&session, given] { print_import(session, data_of(session.get("/deck-imports/" + given->import))); });
}

void add_publish(CLI::App& deck, Session& session, std::shared_ptr<Options> given) {
  auto* publish = deck.add_subcommand("publish", "put an import in force");
  publish->add_option("IMPORT", given->import, "id of the import")->required();
  publish->add_option("--at", given->at, "from that moment on, like 2026-02-01T00:00:00Z; default: at once");
  publish->add_flag("--confirm-margins", given->confirm, "lines that lose money are meant");
  publish->callback(
      [&session, given] { print_import(session, put_in_force(session, *given, given->import)); });
}

void add_rollback(CLI::App& deck, Session& session, std::shared_ptr<Options> given) {
  auto* back = deck.add_subcommand("rollback", "back to the deck before an import");
  back->add_option("IMPORT", given->import, "id of the import")->required();
  back->callback([&session, given] {
    const Json none = Json::object();
    print_import(session, data_of(session.post("/deck-imports/" + given->import + "/rollback", none)));
  });
}

}  // namespace warp::ctl

void add_deck(CLI::App& app, Session& session) {
  auto* deck = app.add_subcommand("deck", "decks of rate plans: imports, differences, publishing");
  deck->require_subcommand(1);
  // Shared by the callbacks: they run when this has returned.
  const auto given = std::make_shared<Options>();
  add_import(*deck, session, given);
  add_list(*deck, session, given);
  add_diff(*deck, session, given);
  add_publish(*deck, session, given);
  add_rollback(*deck, session, given);
}

}  // namespace warp::ctl
