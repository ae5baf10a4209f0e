// Pages for people: the reference of the API, its error codes, its events. Static text, made at start; no
// credential is asked for, since nothing here is anybody's.
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "warp/api/openapi.h"
#include "warp/base/markup.h"
#include "warp/domain/event_types.h"

#include "services.h"

namespace warp::api {
namespace {

using Text = std::shared_ptr<const std::string>;

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kScriptType = "text/javascript; charset=utf-8";
constexpr const char* kScriptName = "rapidoc-min.js";
// No script but our own file's, nothing from elsewhere; the page's elements style themselves.
constexpr const char* kReferencePolicy =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'";

struct Topic {
  std::string_view name, description;
};
constexpr std::array kTopics{
    Topic{"trunks", "Changes of trunks, and their registrations, calls, rates and health."},
    Topic{"calls", "Calls: started, ringing, answered, ended."},
    Topic{"counters", "What the account uses, once a second."},
    Topic{"messages", "Messages: each change of state."},
    Topic{"events", "All of the events above."},
    Topic{"nodes", "The daemons of the cluster; operators only."},
};

// `code` in Markdown's way becomes an element.
std::string marked(std::string_view text) {
  std::string out;
  bool in_code = false;
  for (const char c : escape_markup(text)) {
    if (c != '`') {
      out += c;
      continue;
    }
    out += in_code ? "</code>" : "<code>";
    in_code = !in_code;
  }
  return in_code ? out + "</code>" : out;
}

std::string page(std::string_view title, std::string_view body) {
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  out += escape_markup(title);
  out +=
      "</title><style>body{font:15px/1.5 sans-serif;margin:2em auto;max-width:72em;padding:0 1em}"
      "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3em .6em;"
      "text-align:left;vertical-align:top}code{font-size:.95em}:target{background:#fff3c4}</style></"
      "head><body>"
      "<p><a href=\"/docs\">Operations</a> · <a href=\"/docs/errors\">Errors</a> · "
      "<a href=\"/docs/events\">Events</a> · <a href=\"/api/v1/openapi.json\">OpenAPI document</a></p><h1>";
  out += escape_markup(title) + "</h1>\n";
  out += body;
  return out + "</body></html>\n";
}

std::string errors_page() {
  std::string body =
      "<p>The code is stable; the message is for people and may "
      "change.</p><table><tr><th>Code</th><th>HTTP</th>"
      "<th>What happened</th><th>What to do</th></tr>\n";
  for (const auto& row : all_errors()) {
    const std::string name(row.name);
    body += "<tr id=\"" + name + "\"><td><code>" + name + "</code></td><td>" + std::to_string(row.status) +
            "</td><td>" + marked(row.cause) + "</td><td>" + marked(row.cure) + "</td></tr>\n";
  }
  return page("Error codes", body + "</table>");
}

template <typename Rows>
std::string table_of(const char* first, const Rows& rows) {
  std::string out = std::string("<table><tr><th>") + first + "</th><th>What it says</th></tr>\n";
  for (const auto& row : rows) {
    const std::string name(row.name);
    out += "<tr id=\"" + name + "\"><td><code>" + name + "</code></td><td>" + marked(row.description) +
           "</td></tr>\n";
  }
  return out + "</table>";
}

std::string events_page() {
  return page("Events",
              "<p>Sent to your endpoints (<code>/webhooks</code>) and on the topic <code>events</code> of "
              "<code>/live</code>; <code>GET /webhooks/event-types</code> has an example of each.</p>" +
                  table_of("Type", domain::event_types()) + "<h2>Topics of <code>/live</code></h2>" +
                  table_of("Topic", kTopics));
}

std::string operations_page(const EndpointTable& table) {
  std::map<std::string, std::string> by_tag;
  for (const auto& endpoint : table)
    by_tag[endpoint.tag] += "<tr id=\"" + operation_id(endpoint) + "\"><td>" +
                            std::string(http::to_string(endpoint.method)) + "</td><td><code>" +
                            escape_markup(plain_path(endpoint.path)) + "</code></td><td>" +
                            marked(endpoint.summary) + "</td><td><code>" +
                            escape_markup(endpoint.open ? "open" : endpoint.scope) + "</code></td></tr>\n";
  std::string body;
  for (const auto& [tag, rows] : by_tag)
    body += "<h2>" + escape_markup(tag) +
            "</h2><table><tr><th>Method</th><th>Path below /api/v1</th><th>What it "
            "does</th><th>Scope</th></tr>\n" +
            rows + "</table>\n";
  return page("WARP API", body);
}

std::string viewer_page() {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>WARP API</title>"
         "<script type=\"module\" src=\"/docs/rapidoc-min.js\"></script></head><body>"
         "<rapi-doc spec-url=\"/api/v1/openapi.json\" render-style=\"read\" schema-style=\"table\" "
         "show-header=\"false\" load-fonts=\"false\" allow-server-selection=\"false\" persist-auth=\"false\" "
         "show-method-in-nav-bar=\"as-colored-text\" use-path-in-nav-bar=\"true\">"
         "<p slot=\"nav-logo\"><a href=\"/docs/errors\">Errors</a> · <a href=\"/docs/events\">Events</a></p>"
         "</rapi-doc></body></html>\n";
}

// Empty when there is none.
std::string viewer_script(const std::string& folder) {
  if (folder.empty()) return {};
  std::ifstream in(std::filesystem::path(folder) / kScriptName, std::ios::binary);
  if (!in) return {};
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

boost::asio::awaitable<http::Response> serve(Text text, const char* type) {
  auto response = http::Response::text(200, *text, type);
  response.headers.set("Content-Security-Policy", kReferencePolicy);
  response.headers.set("Referrer-Policy", "no-referrer");
  co_return response;
}

void add(http::Router& router, std::string path, std::string text, const char* type) {
  const auto kept = std::make_shared<const std::string>(std::move(text));
  router.get(std::move(path), [kept, type](http::Request) { return serve(kept, type); });
}

}  // namespace

void add_reference(http::Router& router, Services& services, const EndpointTable& table) {
  const auto& settings = services.settings.reference;
  if (!settings.enabled) return;
  auto script = viewer_script(settings.folder);
  add(router, "/docs", script.empty() ? operations_page(table) : viewer_page(), kHtml);
  add(router, "/docs/operations", operations_page(table), kHtml);
  add(router, "/docs/errors", errors_page(), kHtml);
  add(router, "/docs/events", events_page(), kHtml);
  if (!script.empty()) add(router, std::string("/docs/") + kScriptName, std::move(script), kScriptType);
}

}  // namespace warp::api
