#include "ctl/invoke.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

namespace warp::ctl {
namespace {

constexpr int kMostPages = 10'000;

const Parameter* member_of(const std::vector<Parameter>& fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Parameter& one) { return one.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

Json parsed(const std::string& name, const std::string& text) {
  auto value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) throw WrongUse(name + ": " + text + " is no JSON");
  return value;
}

bool is_number(const std::string& text) {
  const auto value = Json::parse(text, nullptr, false);
  return value.is_number();
}

Json listed(const std::string& name, const std::string& text) {
  if (text.starts_with('[')) return parsed(name, text);
  auto out = Json::array();
  for (std::size_t from = 0; from <= text.size() && !text.empty();) {
    const auto end = std::min(text.find(',', from), text.size());
    out.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

// A text as the field's type wants it.
Json typed(const Parameter* field, const std::string& name, const std::string& text) {
  const std::string type = field ? field->type : "text";
  if (type == "integer") {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
      throw WrongUse(name + " must be an integer");
    return number;
  }
  if (type == "boolean") {
    if (text != "true" && text != "false") throw WrongUse(name + " must be true or false");
    return text == "true";
  }
  // Money goes as it is written: the server reads decimal texts exactly.
  if (type == "ratio" && is_number(text)) return parsed(name, text);
  if (type == "list") return listed(name, text);
  if (type == "object" || type == "free") return parsed(name, text);
  if (type == "any") {
    auto value = Json::parse(text, nullptr, false);
    return value.is_discarded() ? Json(text) : value;
  }
  return text;
}

std::string next_page(const Operation& operation, const Json& answer,
                      std::map<std::string, std::string>& query) {
  const auto meta = answer.value("meta", Json::object());
  if (operation.cursors() && meta.contains("next_cursor")) {
    const auto& next = meta["next_cursor"];
    return query["cursor"] = next.is_string() ? next.get<std::string>() : std::string();
  }
  const auto page = meta.value("page", 0), last = meta.value("total_pages", 0);
  if (!operation.pages() || page < 1 || page >= last) return {};
  return query["page"] = std::to_string(page + 1);
}

std::string new_key() {
  std::random_device random;
  char out[40];
  const auto word = [&] { return static_cast<unsigned>(random()); };
  std::snprintf(out, sizeof out, "%08x-%04x-4%03x-8%03x-%04x%08x", word(), word() & 0xffff, word() & 0xfff,
                word() & 0xfff, word() & 0xffff, word());
  return out;
}

void send_and_print(const Session& session, const Operation& operation, const Arguments& arguments,
                    const Request& request) {
  auto answer = session.send(request);
  if (arguments.all && answer.json.is_object() && answer.json.contains("data") &&
      answer.json["data"].is_array()) {
    auto query = arguments.query;
    auto rows = answer.json["data"];
    auto next = next_page(operation, answer.json, query);
    for (int pages = 1; !next.empty() && pages < kMostPages; ++pages) {
      const auto more = session.get(path_of(operation, arguments.path, query));
      for (const auto& row : more.at("data"))
        rows.push_back(row);
      next = next_page(operation, more, query);
    }
    answer.json["data"] = std::move(rows);
  }
  print_answer(session, answer, arguments.columns.empty() ? operation.columns : arguments.columns);
}

}  // namespace

std::string content_of(const std::string& given) {
  if (given == "-") {
    std::string out;
    char buffer[65536];
    for (std::size_t count = 0; (count = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
      out.append(buffer, count);
    return out;
  }
  if (!given.starts_with('@')) return given;
  std::ifstream in(given.substr(1), std::ios::binary);
  if (!in) throw WrongUse(given.substr(1) + " cannot be read");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Json body_of(const Operation& operation, const std::vector<std::string>& fields) {
  auto body = Json::object();
  for (const auto& field : fields) {
    const auto equals = field.find('=');
    if (equals == std::string::npos || equals == 0) throw WrongUse("--field " + field + ": say name=value");
    const bool raw = field[equals - 1] == ':';
    const auto name = field.substr(0, equals - (raw ? 1 : 0));
    const auto text = field.substr(equals + 1);
    auto* place = &body;
    const auto* known = &operation.fields;
    std::string_view rest = name;
    const Parameter* parameter = nullptr;
    while (true) {
      const auto dot = rest.find('.');
      const std::string part(rest.substr(0, dot));
      parameter = known ? member_of(*known, part) : nullptr;
      place = &(*place)[part];
      if (dot == std::string_view::npos) break;
      if (!place->is_null() && !place->is_object()) throw WrongUse(name + ": " + part + " is no object");
      known = parameter ? &parameter->members : nullptr;
      rest.remove_prefix(dot + 1);
    }
    *place = raw ? parsed(name, text) : typed(parameter, name, text);
  }
  return body;
}

std::string path_of(const Operation& operation, const std::vector<std::string>& values,
                    const std::map<std::string, std::string>& query) {
  if (values.size() != operation.in_path.size()) {
    std::string names;
    for (const auto& name : operation.in_path)
      names += " " + name;
    throw WrongUse(operation.path + " wants" + (names.empty() ? " no id" : names));
  }
  std::string out;
  std::size_t next = 0;
  for (std::string_view rest = operation.path; !rest.empty();) {
    const auto open = std::min(rest.find('{'), rest.size());
    out += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    out += escaped(values[next++]);
    rest.remove_prefix(rest.find('}') + 1);
  }
  for (const char* mark = "?"; const auto& [name, value] : query) {
    out += mark + escaped(name) + "=" + escaped(value);
    mark = "&";
  }
  return out;
}

Request request_of(const Operation& operation, const Arguments& arguments) {
  Request request;
  request.method = operation.method;
  request.path = path_of(operation, arguments.path, arguments.query);
  if (!arguments.fields.empty() && !arguments.body.empty())
    throw WrongUse("--field and --body exclude each other");
  if (operation.body.empty() && !(arguments.fields.empty() && arguments.body.empty()))
    throw WrongUse(operation.id + " takes no body");
  request.body = content_of(arguments.body);
  request.type = arguments.type;
  if (operation.body == "csv" && request.type.empty()) request.type = "text/csv";
  if (operation.body == "octets" && request.type.empty()) request.type = "application/octet-stream";
  if (operation.body == "json") {
    if (!request.body.empty())
      parsed("--body", request.body);
    else if (!arguments.fields.empty())
      request.body = body_of(operation, arguments.fields).dump();
  }
  return request;
}

void print_answer(const Session& session, const Answer& answer, const std::vector<std::string>& columns) {
  if (answer.json.is_null()) {
    std::fwrite(answer.text.data(), 1, answer.text.size(), stdout);
    return;
  }
  if (session.json) {
    std::puts(answer.json.dump(2).c_str());
    return;
  }
  const auto& data =
      answer.json.is_object() && answer.json.contains("data") ? answer.json["data"] : answer.json;
  if (answer.json.is_object() && answer.json.contains("warning"))
    std::fprintf(stderr, "warpctl: %s\n", answer.json["warning"].dump().c_str());
  std::string text;
  const bool rows = data.is_array() && !columns.empty() &&
                    std::all_of(data.begin(), data.end(), [](const Json& row) { return row.is_object(); });
  if (rows)
    text = table_of(data, columns);
  else if (data.is_object())
    text = sheet_of(data);
  else if (!data.is_null())
    text = data.dump(2) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void invoke(const Session& session, const Operation& operation, const Arguments& arguments) {
  const auto request = request_of(operation, arguments);
  auto with_key = session;
  if (operation.method == "GET") with_key.idempotency_key.clear();
  if (operation.idempotency == "required" && with_key.idempotency_key.empty()) {
    with_key.idempotency_key = new_key();
    std::fprintf(stderr, "warpctl: Idempotency-Key %s\n", with_key.idempotency_key.c_str());
  }
  if (session.dry_run) {
    std::fputs(shown(with_key, request).c_str(), stdout);
    throw Printed{};
  }
  send_and_print(with_key, operation, arguments, request);
}

}  // namespace warp::ctl
