#include "manners.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

#include <openssl/sha.h>

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "compression.h"

namespace warp::api {
namespace {

constexpr std::size_t kUserAgentOctets = 256;
constexpr std::size_t kWorthCompressing = 1024;
constexpr std::size_t kEtagOctets = 8;
constexpr std::string_view kCompressed = "-gzip";  // what an ETag ends in when its answer is compressed

// What browsers may send and may see; the values without If-Match and Idempotency-Key stand in api.cpp.
constexpr const char* kAllowedHeaders =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent, "
    "Last-Event-ID";
constexpr const char* kExposedHeaders =
    "ETag, Retry-After, Content-Disposition, X-Request-Id, X-Result-Truncated, Idempotency-Replayed, "
    "RateLimit, RateLimit-Policy, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Deprecation, "
    "Sunset, "
    "Link, Location, traceparent";

bool is_write(http::Method method) {
  return method == http::Method::Put || method == http::Method::Patch || method == http::Method::Delete;
}

void add_error(Endpoint& endpoint, ErrorCode code) {
  if (std::find(endpoint.errors.begin(), endpoint.errors.end(), code) == endpoint.errors.end())
    endpoint.errors.push_back(code);
}

void add_query(Endpoint& endpoint, Field field) {
  const auto same = [&](const Field& known) { return known.name == field.name; };
  if (std::none_of(endpoint.query.begin(), endpoint.query.end(), same))
    endpoint.query.push_back(std::move(field));
}

// A first answer is kept in the database: what holds a secret must not be.
bool shows_secret(const Endpoint& endpoint) {
  static constexpr std::array<std::string_view, 8> kNames{
      "key", "password", "secret", "recovery_codes", "token", "ticket", "refresh_token", "access_token"};
  const auto named = [](const Field& field) {
    return std::find(kNames.begin(), kNames.end(), field.name) != kNames.end();
  };
  return std::any_of(endpoint.answer.fields.begin(), endpoint.answer.fields.end(), named);
}

bool begins_with_any(std::string_view path, std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return path.starts_with(prefix); });
}

// Their actions ask strangers while they run: a transaction around them would hold a connection for as long.
bool asks_outside(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kPaths{
      "/auth", "/messaging/brands", "/messaging/campaigns", "/messaging/media", "/calls", "/live"};
  return begins_with_any(path, kPaths);
}

// Those, and what counts failures, works by transactions of its own, copies in bulk or is repeatable by
// itself: it takes a key when it says so alone.
bool works_outside(std::string_view path) {
  static constexpr std::array<std::string_view, 4> kPaths{"/porting", "/transfers", "/numbers", "/entity"};
  return asks_outside(path) || begins_with_any(path, kPaths) ||
         path.find("/transfer") != std::string_view::npos || path.ends_with("/clone");
}

// What changes by itself: a version of it would say nothing.
bool is_live(std::string_view path) {
  static constexpr std::array<std::string_view, 9> kParts{"utilization",  "throttle-state", "cascade-preview",
                                                          "/credentials", "/health",        "/stats",
                                                          "/nodes",       "/calls",         "/jobs"};
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](auto part) { return path.find(part) != std::string_view::npos; });
}

bool may_repeat(const Endpoint& endpoint) {
  const bool plain = endpoint.body_kind == BodyKind::None || endpoint.body_kind == BodyKind::Json;
  const bool told = endpoint.answer_kind != AnswerKind::Csv && endpoint.answer_kind != AnswerKind::Octets;
  const bool makes = endpoint.status == 201 || endpoint.path.ends_with("/payments");
  return endpoint.method == http::Method::Post && makes && plain && told && !endpoint.sink &&
         !endpoint.open && !shows_secret(endpoint) && !works_outside(endpoint.path);
}

bool has_extras(const Field& field) {
  return field.name == "fields";
}

// RFC 9745: a structured date; RFC 8594: an HTTP-date.
std::optional<std::chrono::sys_days> day_of(std::string_view date) {
  const auto when = parse_timestamp(std::string(date) + "T00:00:00Z");
  if (!when) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(*when);
}

std::string http_day(std::chrono::sys_days day) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::year_month_day date(day);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d 00:00:00 GMT",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()));
  return text;
}

void put_deprecation(const Deprecation& deprecated, http::Headers& headers) {
  if (const auto since = day_of(deprecated.since))
    headers.set(
        "Deprecation",
        "@" + std::to_string(
                  std::chrono::duration_cast<std::chrono::seconds>(since->time_since_epoch()).count()));
  if (const auto sunset = day_of(deprecated.sunset)) headers.set("Sunset", http_day(*sunset));
  if (!deprecated.successor.empty())
    headers.add("Link", "</api/v1" + deprecated.successor + ">; rel=\"successor-version\"");
}

void put_limits(const RateVerdict& rate, http::Headers& headers) {
  const std::string name = "\"" + std::string(rate.policy) + "\"";
  headers.set("RateLimit-Policy",
              name + ";q=" + std::to_string(rate.limit) + ";w=" + std::to_string(rate.window_s));
  headers.set("RateLimit", name + ";r=" + std::to_string(rate.remaining) +
                               ";t=" + std::to_string(rate.allowed ? rate.reset_s : rate.retry_s));
}

bool is_read(http::Method method) {
  return method == http::Method::Get || method == http::Method::Head;
}

void answer_unchanged(const http::Request& request, http::Response& response) {
  const auto etag = response.headers.get("ETag");
  const auto known = request.headers.get("If-None-Match");
  if (!etag || !known || response.status != 200 || !is_read(request.method)) return;
  if (!names_etag(*known, *etag)) return;
  response.status = 304;
  response.body.clear();
  response.source.reset();
  response.headers.remove("Content-Type");
}

// Server-sent events are no such text: they must leave at once.
bool compressible(const http::Response& response) {
  if (response.headers.get("Content-Encoding")) return false;
  const auto type = response.headers.get_or("Content-Type", "");
  const auto essence = trim(type.substr(0, type.find(';')));
  for (const char* known : {"application/json", "application/problem+json", "application/jsonl",
                            "application/x-ndjson", "text/csv", "text/html", "text/plain"})
    if (iequals(essence, known)) return true;
  return false;
}

void compress(const Context& context, http::Response& response) {
  if (!compressible(response)) return;
  response.headers.add("Vary", "Accept-Encoding");
  if (!context.gzip) return;
  if (response.source) {
    response.source = gzip(std::move(response.source));
  } else {
    if (response.body.size() < kWorthCompressing) return;
    auto smaller = gzip(response.body);
    if (!smaller || smaller->size() >= response.body.size()) return;
    response.body = std::move(*smaller);
  }
  response.headers.set("Content-Encoding", "gzip");
  if (const auto etag = response.headers.get("ETag"); etag && etag->size() > 1)
    response.headers.set("ETag",
                         std::string(etag->substr(0, etag->size() - 1)) + std::string(kCompressed) + "\"");
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}
bool all_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

std::string hex16(std::uint64_t number) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number | 1));
  return digits;
}

}  // namespace

bool has_fields(const Endpoint& endpoint) {
  return endpoint.method == http::Method::Get && !endpoint.socket && !endpoint.answer.fields.empty() &&
         (endpoint.answer_kind == AnswerKind::Object || endpoint.answer_kind == AnswerKind::List ||
          endpoint.answer_kind == AnswerKind::Page);
}

bool has_etag(const Endpoint& endpoint) {
  return endpoint.method == http::Method::Get && endpoint.etag && !endpoint.socket &&
         endpoint.answer_kind == AnswerKind::Object;
}

void add_manners(EndpointTable& table) {
  for (auto& endpoint : table)
    if (is_live(endpoint.path) || asks_outside(endpoint.path)) endpoint.etag = false;
  for (auto& endpoint : table) {
    if (has_fields(endpoint) && std::none_of(endpoint.query.begin(), endpoint.query.end(), has_extras))
      add_query(endpoint, text("fields").says("Members of the answer that are wanted, by commas."));
    if (endpoint.idempotency == Idempotency::None && may_repeat(endpoint))
      endpoint.idempotency = Idempotency::Accepted;
    const bool keyed =
        endpoint.idempotency == Idempotency::Accepted || endpoint.idempotency == Idempotency::Required;
    if (keyed)
      for (const auto code : {ErrorCode::InvalidIdempotencyKey, ErrorCode::IdempotencyKeyReused,
                              ErrorCode::IdempotencyInProgress})
        add_error(endpoint, code);
    if (endpoint.idempotency == Idempotency::Required) add_error(endpoint, ErrorCode::MissingIdempotencyKey);
    if (!is_write(endpoint.method) || endpoint.sink) continue;
    const auto reader = std::find_if(table.begin(), table.end(), [&](const Endpoint& other) {
      return has_etag(other) && other.path == endpoint.path;
    });
    if (reader == table.end()) continue;
    endpoint.reads = reader->action;
    add_error(endpoint, ErrorCode::PreconditionFailed);
  }
}

void read_manners(const http::Request& head, Services& services, Context& context) {
  context.ip = head.remote;
  context.user_agent = head.headers.get_or("User-Agent", "").substr(0, kUserAgentOctets);
  context.problem_json = takes(head.headers.get_or("Accept", ""), "application/problem+json");
  context.gzip = services.settings.requests.gzip && takes(head.headers.get_or("Accept-Encoding", ""), "gzip");
  const auto given = head.headers.get_or("traceparent", "");
  auto trace = trace_id_of(given);
  const bool sampled = !trace || (given.back() - '0') % 2 == 1 || given.back() == 'b' ||
                       given.back() == 'd' || given.back() == 'f';
  if (!trace) trace = hex16(services.ids.next64()) + hex16(services.ids.next64());
  context.traceparent = "00-" + *trace + "-" + hex16(services.ids.next64()) + (sampled ? "-01" : "-00");
}

void apply_manners(const http::Request& request, const Endpoint* endpoint, const Context& context,
                   http::Response& response) {
  auto& headers = response.headers;
  if (headers.get("Access-Control-Allow-Headers"))
    headers.set("Access-Control-Allow-Headers", kAllowedHeaders);
  if (headers.get("Access-Control-Expose-Headers"))
    headers.set("Access-Control-Expose-Headers", kExposedHeaders);
  if (!context.traceparent.empty()) headers.set("traceparent", context.traceparent);
  if (context.rate) put_limits(*context.rate, headers);
  if (endpoint && endpoint->deprecated) put_deprecation(*endpoint->deprecated, headers);
  answer_unchanged(request, response);
  compress(context, response);
}

std::string etag_of(std::string_view data) {
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), hash);
  return "\"" + to_hex({reinterpret_cast<const char*>(hash), kEtagOctets}) + "\"";
}

bool names_etag(std::string_view header, std::string_view etag) {
  const auto plain = [](std::string_view tag) {
    tag = trim(tag);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
    if (tag.ends_with(kCompressed)) tag.remove_suffix(kCompressed.size());
    return tag;
  };
  if (trim(header) == "*") return true;
  const auto wanted = plain(etag);
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    if (plain(header.substr(0, comma)) == wanted) return true;
    header.remove_prefix(std::min(comma + 1, header.size()));
  }
  return false;
}

std::optional<std::string> trace_id_of(std::string_view text) {
  constexpr std::size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const auto version = text.substr(0, 2), trace = text.substr(3, 32), parent = text.substr(36, 16),
             flags = text.substr(53, 2);
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return std::nullopt;
  if (version == "ff" || all_zero(trace) || all_zero(parent)) return std::nullopt;
  if (text.size() > kLength) return std::nullopt;  // of a later version: what it adds is not known here
  return std::string(trace);
}

bool takes(std::string_view header, std::string_view word) {
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    auto item = trim(header.substr(0, comma));
    header.remove_prefix(std::min(comma + 1, header.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    if (!iequals(trim(item.substr(0, semicolon)), word)) continue;
    auto weight = trim(item.substr(std::min(semicolon + 1, item.size())));
    if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return true;
    weight.remove_prefix(2);
    return weight.find_first_of("123456789") != std::string_view::npos;
  }
  return false;
}

}  // namespace warp::api
