#include "ctl/operations.h"

#include <algorithm>
#include <map>
#include <set>

namespace warp::ctl {
namespace {

// Pointers: the lengths of so long literals are not worked out at compile time.
const char* const kIndex[] = {
#include "operations.inc"
};

std::vector<Parameter> read_parameters(const nlohmann::json& list) {
  std::vector<Parameter> out;
  for (const auto& one : list) {
    Parameter parameter{one.at("name").get<std::string>(), one.at("type").get<std::string>(),
                        one.value("required", false), one.value("about", std::string())};
    if (const auto choices = one.find("choices"); choices != one.end())
      parameter.choices = choices->get<std::vector<std::string>>();
    if (const auto members = one.find("members"); members != one.end())
      parameter.members = read_parameters(*members);
    out.push_back(std::move(parameter));
  }
  return out;
}

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

std::vector<std::string> parameters_in(const std::string& path) {
  std::vector<std::string> out;
  for (const auto& segment : segments(path))
    if (is_parameter(segment)) out.push_back(segment.substr(1, segment.size() - 2));
  return out;
}

bool has_query(const Operation& operation, std::string_view name) {
  return std::any_of(operation.query.begin(), operation.query.end(),
                     [&](const Parameter& one) { return one.name == name; });
}

// What a path is: "/trunks" holds things, "/trunks/{id}" is one, "/routing/explain" is neither.
struct Shape {
  std::set<std::string> methods;
  bool has_items = false;
};

std::string verb_of(const Operation& operation, bool item) {
  if (operation.method == "GET")
    return item || (operation.answer != "list" && operation.answer != "page") ? "get" : "list";
  if (operation.method == "POST") return item ? "run" : "create";
  if (operation.method == "PUT") return "replace";
  if (operation.method == "PATCH") return "update";
  return "delete";
}

using Words = std::vector<std::string>;

Words literals_of(const std::string& path) {
  Words out;
  for (auto& segment : segments(path))
    if (!is_parameter(segment)) out.push_back(std::move(segment));
  return out;
}

// What several operations have in common is a group, and no command itself.
std::set<Words> groups_of(const std::vector<Operation>& operations) {
  std::set<Words> out;
  for (const auto& operation : operations)
    for (auto words = literals_of(operation.path); words.size() > 1;) {
      words.pop_back();
      out.insert(words);
    }
  return out;
}

Words words_of(const Operation& operation, const std::map<std::string, Shape>& shapes,
               const std::set<Words>& groups) {
  auto literals = literals_of(operation.path);
  const bool item = operation.path.ends_with('}');
  const auto& shape = shapes.at(operation.path);
  // An action, or a view of its own: its name is the verb.
  const bool single = !item && shape.methods.size() == 1 && !shape.has_items && literals.size() > 1 &&
                      !groups.contains(literals);
  if (single && (operation.method == "POST" || operation.method == "GET")) return literals;
  literals.push_back(verb_of(operation, item));
  return literals;
}

}  // namespace

bool Operation::pages() const {
  return has_query(*this, "page");
}

bool Operation::cursors() const {
  return has_query(*this, "cursor");
}

std::vector<Operation> read_operations(const nlohmann::json& index) {
  std::vector<Operation> out;
  for (const auto& one : index) {
    Operation operation;
    operation.id = one.at("id").get<std::string>();
    operation.method = one.at("method").get<std::string>();
    operation.path = one.at("path").get<std::string>();
    operation.summary = one.at("summary").get<std::string>();
    operation.tag = one.at("tag").get<std::string>();
    operation.scope = one.at("scope").get<std::string>();
    operation.step_up = one.value("step_up", false);
    operation.idempotency = one.at("idempotency").get<std::string>();
    operation.in_path = parameters_in(operation.path);
    operation.query = read_parameters(one.at("query"));
    operation.body = one.at("body").get<std::string>();
    operation.fields = read_parameters(one.at("fields"));
    operation.answer = one.at("answer").get<std::string>();
    operation.columns = one.at("columns").get<std::vector<std::string>>();
    out.push_back(std::move(operation));
  }
  return out;
}

const std::vector<Operation>& all_operations() {
  static const auto operations = [] {
    std::string text;
    for (const auto* piece : kIndex)
      text += piece;
    return read_operations(nlohmann::json::parse(text));
  }();
  return operations;
}

const Operation* find_operation(std::string_view name) {
  const auto& all = all_operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Operation& one) {
    return one.id == name || one.method + " " + one.path == name;
  });
  return found == all.end() ? nullptr : &*found;
}

std::vector<Command> commands_of(const std::vector<Operation>& operations) {
  std::map<std::string, Shape> shapes;
  for (const auto& operation : operations) {
    shapes[operation.path].methods.insert(operation.method);
    if (const auto end = operation.path.rfind("/{");
        end != std::string::npos && operation.path.ends_with('}'))
      shapes[operation.path.substr(0, end)].has_items = true;
  }
  std::vector<Command> out;
  const auto groups = groups_of(operations);
  std::set<Words> taken;
  for (const auto& operation : operations) {
    auto words = words_of(operation, shapes, groups);
    // The same of everything and of one thing: /api-keys/audit, /api-keys/{key_id}/audit.
    if (!taken.insert(words).second) {
      auto of = operation.in_path.empty() ? std::string("all") : operation.in_path.back();
      if (of.ends_with("_id")) of.resize(of.size() - 3);
      words.back() += "-of-" + of;
      if (!taken.insert(words).second) continue;
    }
    out.push_back({std::move(words), &operation});
  }
  return out;
}

}  // namespace warp::ctl
