// Commands for every operation of the API: `warpctl api ID`, and words after the resources' own.
#include <memory>

#include "ctl/commands.h"
#include "ctl/invoke.h"
#include "ctl/operations.h"

namespace warp::ctl {
namespace {

// Short words that mean something else on every command line.
std::string option_name(const std::string& parameter) {
  auto name = parameter;
  std::replace(name.begin(), name.end(), '_', '-');
  if (name == "help" || name == "json" || name == "all" || name == "field" || name == "body" || name == "url")
    name += "-is";
  return "--" + name;
}

CLI::App* child_of(CLI::App& parent, const std::string& word) {
  const auto found = parent.get_subcommands([&](CLI::App* one) { return one->get_name() == word; });
  return found.empty() ? nullptr : found.front();
}

std::string words_about(const Parameter& parameter) {
  auto out = parameter.about;
  for (const auto& choice : parameter.choices)
    out += (&choice == &parameter.choices.front() ? (out.empty() ? "" : "; ") : ", ") + choice;
  return out;
}

void add_body_options(CLI::App& command, Arguments& given) {
  command
      .add_option("--field", given.fields, "a field of the body: name=value, outer.inner=value, name:=JSON")
      ->allow_extra_args(false);
  command.add_option("--body", given.body, "the whole body: a text, @FILE, or - for standard input");
  command.add_option("--content-type", given.type, "of a body that is no JSON");
}

std::string fields_text(const Operation& operation) {
  if (operation.fields.empty()) return {};
  std::string out = "Fields:\n";
  for (const auto& field : operation.fields)
    out += "  " + field.name + " (" + field.type + (field.required ? ", needed" : "") + ") " +
           words_about(field) + "\n";
  return out;
}

void fill(CLI::App& command, const Operation& operation, const Session& session) {
  // Shared by the options and the callback, which runs when this has returned.
  const auto given = std::make_shared<Arguments>();
  given->path.resize(operation.in_path.size());
  for (std::size_t i = 0; i < operation.in_path.size(); ++i)
    command.add_option(operation.in_path[i], given->path[i])->required();
  const auto values = std::make_shared<std::map<std::string, std::string>>();
  for (const auto& parameter : operation.query) {
    const auto name = option_name(parameter.name);
    if (command.get_option_no_throw(name)) continue;
    command.add_option(name, (*values)[parameter.name], words_about(parameter));
  }
  if (!operation.body.empty()) add_body_options(command, *given);
  if (operation.answer == "list" || operation.answer == "page") {
    command.add_option("--columns", given->columns, "fields of the rows for the table, apart by commas")
        ->delimiter(',')
        ->allow_extra_args(false);
    if (operation.pages() || operation.cursors())
      command.add_flag("--all", given->all, "follow the pages to the end");
  }
  command.footer(fields_text(operation) + operation.method + " " + operation.path +
                 (operation.scope.empty() ? "" : "; scope " + operation.scope) +
                 (operation.step_up ? "; may need a second factor" : ""));
  command.callback([&session, &operation, given, values] {
    auto arguments = *given;
    for (const auto& [name, value] : *values)
      if (!value.empty()) arguments.query[name] = value;
    invoke(session, operation, arguments);
  });
}

void add_one(CLI::App& root, const Command& command, const Session& session) {
  auto* parent = &root;
  for (std::size_t i = 0; i + 1 < command.words.size(); ++i) {
    auto* next = child_of(*parent, command.words[i]);
    if (!next) {
      next = parent->add_subcommand(command.words[i],
                                    i == 0 ? command.operation->tag : "of " + command.words[i - 1]);
      next->require_subcommand(1);
    }
    // A command of its own that takes no other words.
    if (next->get_require_subcommand_max() == 0) return;
    parent = next;
  }
  if (child_of(*parent, command.words.back())) return;
  fill(*parent->add_subcommand(command.words.back(), command.operation->summary), *command.operation,
       session);
}

struct Named {
  std::string what;
  std::vector<std::string> rest, query;
  Arguments arguments;
};

void call_named(const Session& session, Named& named) {
  for (const auto& pair : named.query) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) throw WrongUse("--query " + pair + ": say name=value");
    named.arguments.query[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  if (const auto* operation = find_operation(named.what)) {
    named.arguments.path = named.rest;
    invoke(session, *operation, named.arguments);
    return;
  }
  if (named.rest.size() != 1 || !named.rest.front().starts_with('/'))
    throw WrongUse("there is no operation " + named.what +
                   "; `warpctl operations` lists them, or say METHOD /path");
  if (const auto* operation = find_operation(named.what + " " + named.rest.front());
      operation && operation->in_path.empty()) {
    invoke(session, *operation, named.arguments);
    return;
  }
  Operation any;
  any.id = any.method = named.what;
  any.path = named.rest.front();
  any.body = any.method == "GET" ? "" : "json";
  invoke(session, any, named.arguments);
}

void add_api(CLI::App& app, const Session& session) {
  auto* api = app.add_subcommand("api", "any operation: by its id with the ids of its path, or METHOD /path");
  const auto named = std::make_shared<Named>();
  api->add_option("what", named->what, "get_trunks_trunk_id, or GET")->required();
  api->add_option("rest", named->rest, "ids in the path, in order; or the path");
  api->add_option("--query", named->query, "name=value of the query")->allow_extra_args(false);
  add_body_options(*api, named->arguments);
  api->add_flag("--all", named->arguments.all, "follow the pages to the end");
  api->callback([&session, named] { call_named(session, *named); });
  auto* list = app.add_subcommand("operations", "all operations of the API");
  list->callback([&session] {
    auto rows = Json::array();
    for (const auto& one : all_operations())
      rows.push_back({{"id", one.id}, {"method", one.method}, {"path", one.path}, {"summary", one.summary}});
    session.print(rows, {"id", "method", "path", "summary"});
  });
}

}  // namespace

void add_operations(CLI::App& app, Session& session) {
  add_api(app, session);
  for (const auto& command : commands_of(all_operations()))
    add_one(app, command, session);
}

}  // namespace warp::ctl
