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

constexpr const char* kPrefix = "/api/v1";
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

asio::awaitable<void> send(http::Client& client, http::ClientRequest request, std::optional<Outcome>& out) {
  auto outcome = co_await client.send(std::move(request));
  out.emplace(std::move(outcome));
}

Json exchange(const Session& session, http::Method method, const std::string& path, std::string body) {
  http::ClientRequest request;
  request.method = method;
  request.url = session.url + kPrefix + path;
  request.headers.set("Accept", "application/json");
  if (!session.key.empty()) request.headers.set("Authorization", "Bearer " + session.key);
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  const auto client = make_client();
  asio::io_context context;
  std::optional<Outcome> outcome;
  std::exception_ptr broken;
  asio::co_spawn(context, send(*client, std::move(request), outcome),
                 [&broken](std::exception_ptr error) { broken = std::move(error); });
  context.run();
  if (broken) std::rethrow_exception(broken);
  if (!*outcome)
    throw Refused(0, "no answer from " + session.url + ": " + std::string(to_string(outcome->error())) +
                         "; look at --url and at whether the daemon runs");
  const http::ClientResponse& answer = **outcome;
  if (answer.status >= 300) throw Refused(answer.status, refusal_of(answer.status, answer.body));
  if (!answer.complete) throw Refused(answer.status, "the answer broke off, or is too long: ask for less");
  auto parsed = Json::parse(answer.body, nullptr, false);
  if (parsed.is_discarded())
    throw Refused(answer.status, session.url + " answers, but not as the API does: look at --url");
  return parsed;
}

std::string cell_of(const Json& row, const std::string& column) {
  const auto found = row.find(column);
  if (found == row.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// What a terminal shows, more or less: octets that continue a character take no room.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

Json Session::get(const std::string& path) const {
  return exchange(*this, http::Method::Get, path, {});
}

Json Session::post(const std::string& path, const Json& body) const {
  return exchange(*this, http::Method::Post, path, body.dump());
}

int Session::print(const Json& rows, const std::vector<std::string>& columns) const {
  const std::string text = json ? rows.dump(2) + "\n" : table_of(rows, columns);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
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

std::string refusal_of(unsigned status, const std::string& body) {
  const auto answer = Json::parse(body, nullptr, false);
  if (answer.is_object() && answer.contains("error") && answer["error"].is_object()) {
    const auto& error = answer["error"];
    return error.value("code", std::to_string(status)) + ": " + error.value("message", std::string());
  }
  return "the API answers " + std::to_string(status);
}

}  // namespace warp::ctl
