#include "ctl/session.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "warp/http/client.h"

namespace warp::ctl {
namespace {

namespace asio = boost::asio;
using Outcome = Result<http::ClientResponse, http::ClientError>;

constexpr std::uint64_t kLongestAnswer = 64 * 1024 * 1024;
constexpr std::chrono::seconds kTimeout{60};

std::unique_ptr<http::Client> make_client() {
  http::ClientSettings settings;
  settings.plain = true;
  settings.private_targets = true;
  settings.user_agent = "warpctl";
  settings.timeout = kTimeout;
  settings.body_octets = kLongestAnswer;
  auto client = http::Client::make(std::move(settings));
  if (!client) throw Refused(0, client.error());
  return std::move(*client);
}

asio::awaitable<void> send_on(http::Client& client, http::ClientRequest request,
                              std::optional<Outcome>& out) {
  auto outcome = co_await client.send(std::move(request));
  out.emplace(std::move(outcome));
}

Result<http::ClientResponse, http::ClientError> exchange(const Session& session, const Request& asked) {
  http::ClientRequest request;
  request.method = http::parse_method(asked.method);
  request.url = session.url + session.prefix + asked.path;
  request.headers.set("Accept", "application/json");
  if (!session.key.empty()) request.headers.set("Authorization", "Bearer " + session.key);
  if (!asked.body.empty() || asked.method != "GET")
    request.headers.set("Content-Type", asked.type.empty() ? "application/json" : asked.type);
  for (const auto& [name, value] : asked.headers)
    request.headers.set(name, value);
  if (!session.idempotency_key.empty()) request.headers.set("Idempotency-Key", session.idempotency_key);
  request.body = asked.body;
  const auto client = make_client();
  asio::io_context context;
  std::optional<Outcome> outcome;
  std::exception_ptr broken;
  asio::co_spawn(context, send_on(*client, std::move(request), outcome),
                 [&broken](std::exception_ptr error) { broken = std::move(error); });
  context.run();
  if (broken) std::rethrow_exception(broken);
  return std::move(*outcome);
}

bool is_json(std::string_view type) {
  return type.starts_with("application/json") || type.starts_with("application/problem+json");
}

// The parameter that the API names, as it is given here.
std::string parameter_of(const std::string& code, const std::string& name) {
  if (name.empty()) return {};
  if (code != "MISSING_PARAM" && code != "INVALID_PARAM") return "\n  it is " + name;
  auto option = name;
  std::replace(option.begin(), option.end(), '_', '-');
  return "\n  here: --" + option;
}

// What others wrote (a name, a SIP header) must not steer the terminal.
std::string plain(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') c = '?';
  std::replace(text.begin(), text.end(), '\x7f', '?');
  return text;
}

std::string cell_of(const Json& row, const std::string& column) {
  const Json* value = column_of(row, column);
  if (value == nullptr || value->is_null()) return "-";
  auto text = value->is_string() ? plain(value->get<std::string>()) : value->dump();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// What a terminal shows, more or less: octets that continue a character take no room.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Answer Session::ask(const Request& request) const {
  auto outcome = exchange(*this, request);
  if (!outcome && outcome.error() == http::ClientError::BadUrl)
    throw Refused(0, url + " is no address of an API: say --url http://HOST:PORT");
  if (!outcome)
    throw Refused(0, "no answer from " + url + ": " + std::string(to_string(outcome.error())) +
                         "; look at --url and at whether the daemon runs");
  if (outcome->status == 401 && renew) {
    auto again = *this;
    again.renew = nullptr;
    again.key = renew();
    if (!again.key.empty()) return again.ask(request);
  }
  const http::ClientResponse& answer = *outcome;
  if (!answer.complete) throw Refused(answer.status, "the answer broke off, or is too long: ask for less");
  Answer out;
  out.status = answer.status;
  out.type = answer.headers.get_or("Content-Type", "");
  out.text = answer.body;
  if (!is_json(out.type) || out.text.empty()) return out;
  out.json = Json::parse(out.text, nullptr, false);
  if (out.json.is_discarded())
    throw Refused(answer.status, url + " answers, but not as the API does: look at --url");
  return out;
}

Answer Session::send(const Request& request) const {
  auto answer = ask(request);
  if (answer.status == 401 && key.empty())
    throw Refused(
        answer.status,
        "there is no credential: set WARP_KEY, name a file with --key-file, or say `warpctl login`");
  if (answer.status >= 300) throw Refused(answer.status, refusal_of(answer.status, answer.text));
  return answer;
}

Json Session::get(const std::string& path) const {
  auto answer = send({"GET", path});
  if (answer.json.is_null())
    throw Refused(answer.status, url + " answers, but not as the API does: look at --url");
  return std::move(answer.json);
}

Json Session::post(const std::string& path, const Json& body) const {
  const Request request{"POST", path, body.dump()};
  if (dry_run) {
    std::fputs(shown(*this, request).c_str(), stdout);
    throw Printed{};
  }
  return send(request).json;
}

int Session::print(const Json& rows, const std::vector<std::string>& columns) const {
  const std::string text = json ? rows.dump(2) + "\n" : table_of(rows, columns);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

const Json* column_of(const Json& row, std::string_view column) {
  const auto dot = column.find('.');
  if (!row.is_object()) return nullptr;
  const auto found = row.find(std::string(column.substr(0, dot)));
  if (found == row.end()) return nullptr;
  return dot == std::string_view::npos ? &*found : column_of(*found, column.substr(dot + 1));
}

std::string table_of(const Json& rows, const std::vector<std::string>& columns) {
  std::vector<std::vector<std::string>> lines{columns};
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const auto& column : columns)
      line.push_back(cell_of(row, column));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], width_of(line[i]));
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) out.append(widths[i] - width_of(line[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string shown(const Session& session, const Request& request) {
  std::string out = request.method + " " + session.url + session.prefix + request.path + "\n";
  out += session.key.empty() ? "" : "Authorization: Bearer (hidden)\n";
  if (!session.idempotency_key.empty()) out += "Idempotency-Key: " + session.idempotency_key + "\n";
  for (const auto& [name, value] : request.headers)
    out += name + ": " + value + "\n";
  if (!request.body.empty()) {
    out += "Content-Type: " + (request.type.empty() ? "application/json" : request.type) + "\n\n";
    out += request.body + "\n";
  }
  return out;
}

std::string sheet_of(const Json& object) {
  std::size_t width = 0;
  for (const auto& [name, value] : object.items())
    width = std::max(width, width_of(name));
  std::string out;
  for (const auto& [name, value] : object.items()) {
    out += name + std::string(width - width_of(name) + 2, ' ');
    out += (value.is_null()     ? "-"
            : value.is_string() ? plain(value.get<std::string>())
                                : value.dump()) +
           "\n";
  }
  return out;
}

std::string member_text(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string escaped(const std::string& text) {
  return http::percent_encode(text);
}

std::string refusal_of(unsigned status, const std::string& body) {
  const auto answer = Json::parse(body, nullptr, false);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_object()) {
    const auto& error = answer["error"];
    auto out = error.value("code", std::to_string(status)) + ": " + error.value("message", std::string());
    if (const auto hint = error.value("hint", std::string()); !hint.empty()) out += " " + hint;
    const auto details = error.find("details");
    if (details != error.end() && details->contains("fields"))
      for (const auto& [field, why] : details->at("fields").items())
        out += "\n  " + field + " " + (why.is_string() ? why.get<std::string>() : why.dump());
    if (details != error.end())
      out += parameter_of(error.value("code", std::string()), member_text(*details, "param"));
    return plain(out);
  }
  return "the API answers " + std::to_string(status);
}

}  // namespace warp::ctl
