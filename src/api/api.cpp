#include "warp/api/api.h"

#include <map>
#include <mutex>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/api/envelope.h"
#include "warp/api/openapi.h"
#include "warp/api/registrations.h"
#include "warp/net/task_group.h"

#include "gatekeeper.h"
#include "key_store.h"
#include "manners.h"
#include "media.h"
#include "operator_scopes.h"
#include "services.h"

namespace warp::api {
namespace {

namespace asio = boost::asio;

constexpr const char* kPrefix = "/api/v1";
constexpr std::chrono::seconds kStopLimit{5};

ErrorCode code_of_problem(http::Problem problem) {
  switch (problem) {
    case http::Problem::Malformed:
      return ErrorCode::InvalidPayload;
    case http::Problem::BadPath:
      return ErrorCode::InvalidParam;
    case http::Problem::BadParameter:
      return ErrorCode::InvalidId;
    case http::Problem::NotFound:
      return ErrorCode::NotFound;
    case http::Problem::MethodNotAllowed:
      return ErrorCode::MethodNotAllowed;
    case http::Problem::RequestTimeout:
      return ErrorCode::RequestTimeout;
    case http::Problem::BodyTooLarge:
      return ErrorCode::PayloadTooLarge;
    case http::Problem::HeadTooLarge:
      return ErrorCode::HeadersTooLarge;
    case http::Problem::HandlerFailed:
      return ErrorCode::InternalError;
    case http::Problem::TooManyConnections:
      return ErrorCode::ServiceUnavailable;
  }
  return ErrorCode::InternalError;
}

Failure failure_of(http::Problem problem, std::string_view detail) {
  Failure failure{code_of_problem(problem), ""};
  switch (problem) {
    case http::Problem::Malformed:
      failure.message = "The request is not valid HTTP: " + std::string(detail) + ".";
      break;
    case http::Problem::BadParameter:
      failure.message = "The path holds an id that cannot be one.";
      failure.details["param"] = detail;
      break;
    case http::Problem::NotFound:
      failure.message = "There is no such path; /api/v1/openapi.json lists them all.";
      break;
    case http::Problem::MethodNotAllowed:
      failure.details["allow"] = detail;
      break;
    case http::Problem::BodyTooLarge:
      failure.message = "The body is too long: " + std::string(detail) +
                        ". Send it in parts (of a deck: imports with mode=MERGE).";
      break;
    case http::Problem::BadPath:
    case http::Problem::RequestTimeout:
    case http::Problem::HeadTooLarge:
    case http::Problem::HandlerFailed:
    case http::Problem::TooManyConnections:
      break;
  }
  return failure;
}

// The body as the endpoint's schema wants it, into `body`.
std::optional<Failure> read_body(const Endpoint& endpoint, std::string_view octets, Json& body) {
  const auto refused = [&](std::string message) { return Failure{endpoint.body_error, std::move(message)}; };
  if (!octets.empty()) {
    auto parsed = parse_json(octets);
    if (!parsed) return refused("The body " + why_not_json(octets) + ".");
    if (!parsed->is_object()) return refused("The body must be a JSON object.");
    body = std::move(*parsed);
  }
  if (endpoint.free_body) return std::nullopt;
  auto wrong = check(endpoint.body, body, endpoint.partial);
  if (wrong.empty()) return std::nullopt;
  auto failure = refused("Fields are missing, unknown or not of their type.");
  failure.details["fields"] = std::move(wrong);
  return failure;
}

}  // namespace

struct Api::Impl {
  Impl(Dependencies given, Settings configured)
      : dependencies(given),
        settings(std::move(configured)),
        pg_keys(given.pool, given.log),
        keys(given.keys ? *given.keys : pg_keys),
        authenticator(keys, settings, given.clock),
        services(given.pool, settings, given.clock, given.ids, given.snapshots, given.live, authenticator,
                 given.messaging, given.registry, given.callbacks, given.health),
        gatekeeper(services, given.metrics) {
    services.registrations = given.registrations;
    services.places = given.places;
    services.quality = given.quality;
    services.ports = given.ports;
    authenticator.use(given.ports.tokens);
    fill();
  }

  void fill();
  asio::awaitable<std::optional<http::Response>> admit(const Endpoint* endpoint, http::Request* head);
  asio::awaitable<http::Response> run(const Endpoint* endpoint, http::Request request);
  asio::awaitable<http::Response> send_document();
  http::Response refuse(const Failure& failure, const Context& context);
  http::Response error_page(http::Problem problem, http::Request& request, std::string_view detail);
  http::Response preflight(const http::Request& request);
  void decorate(const http::Request& request, http::Response& response);
  bool allowed_origin(const http::Request& request) const;
  void observe(const http::Exchange& exchange);
  asio::awaitable<void> write_uses();
  asio::awaitable<void> keep_writing_uses();

  struct RouteMetrics {
    std::array<metrics::Counter*, 6> by_class{};
    metrics::Histogram* seconds = nullptr;
  };
  RouteMetrics route_metrics(const std::string& route, http::Method method);

  Dependencies dependencies;
  const Settings settings;
  PgKeyStore pg_keys;
  KeyStore& keys;
  Authenticator authenticator;
  Services services;
  Gatekeeper gatekeeper;
  EndpointTable table;
  std::once_flag asked;
  std::string document;  // made when somebody asks: a daemon that starts again has calls waiting
  std::map<std::pair<std::string_view, http::Method>, RouteMetrics> by_route;      // const once served
  std::map<std::pair<std::string_view, http::Method>, const Endpoint*> endpoints;  // by the route's pattern
  RouteMetrics unrouted;
  std::unique_ptr<net::TaskGroup> tasks;
};

void Api::Impl::fill() {
  add_customers(table, services);
  add_utilization(table, services);
  add_contracts(table, services);
  add_api_keys(table, services);
  add_trunks(table, services);
  add_trunk_ips(table, services);
  add_credentials(table, services);
  add_numbers(table, services);
  add_number_voice(table, services);
  add_number_e911(table, services);
  add_number_rules(table, services);
  add_providers(table, services);
  add_provider_credentials(table, services);
  add_endpoints(table, services);
  add_endpoint_health(table, services);
  add_partitions(table, services);
  api::add_routes(table, services);
  add_rate_plans(table, services);
  add_rates(table, services);
  add_records(table, services);
  add_network(table, services);
  add_security(table, services);
  add_endpoint_limits(table, services);
  add_explain(table, services);
  add_messages(table, services);
  add_message_batch(table, services);
  add_messaging_reference(table, services);
  add_number_messaging(table, services);
  add_deliveries(table, services);
  add_connectors(table, services);
  add_connector_control(table, services);
  add_message_routes(table, services);
  add_esmes(table, services);
  add_opt_outs(table, services);
  add_senders(table, services);
  add_messaging_settings(table, services);
  add_message_rates(table, services);
  add_message_rules(table, services);
  add_quiet_hours(table, services);
  add_campaign_rules(table, services);
  add_media(table, services);
  add_message_records(table, services);
  add_billing(table, services);
  add_brands(table, services);
  add_campaigns(table, services);
  add_campaign_review(table, services);
  add_campaign_numbers(table, services);
  add_number_data(table, services);
  add_lookups(table, services);
  add_jobs(table, services);
  add_deck_imports(table, services);
  add_schedules(table, services);
  add_fx(table, services);
  add_route_rules(table, services);
  add_number_lists(table, services);
  add_quality(table, services);
  add_simulation(table, services);
  add_destinations(table, services);
  add_leases(table, services);
  add_spend_limits(table, services);
  add_alarms(table, services);
  add_rerates(table, services);
  add_usage(table, services);
  add_bans(table, services);
  add_invoices(table, services);
  add_taxes(table, services);
  add_vendor_billing(table, services);
  add_sessions(table, services);
  add_profile(table, services);
  add_second_factors(table, services);
  add_passwords(table, services);
  add_roles(table, services);
  add_members(table, services);
  add_operators(table, services);
  add_audit(table, services);
  add_bulk(table, services);
  add_number_stock(table, services);
  add_number_orders(table, services);
  add_port_out_pins(table, services);
  add_port_requests(table, services);
  add_port_groups(table, services);
  add_port_documents(table, services);
  add_port_tracking(table, services);
  add_transfers(table, services);
  add_entity_checks(table, services);
  add_dashboard(table, services);
  add_live(table, services);
  add_webhooks(table, services);
  add_webhook_deliveries(table, services);
  add_calls(table, services);
  add_nodes(table, services);
  add_recordings(table, services);
  for (auto& endpoint : table) {
    if (endpoint.operators_only && endpoint.scope.empty()) endpoint.scope = operator_scope(endpoint);
    if (endpoint.of_customer)
      endpoint.query.push_back(api::uuid("customer_id").says("Operators only: for whom they act."));
    if (endpoint.takes_ticket)
      endpoint.query.push_back(api::text("ticket").says("Instead of Authorization."));
  }
  add_manners(table);
}

http::Response Api::Impl::refuse(const Failure& failure, const Context& context) {
  if (!failure.internal.empty())
    dependencies.log.warning(
        "api.refused",
        {{"request", context.request_id}, {"code", to_string(failure.code)}, {"error", failure.internal}});
  return api::failure(failure, context, dependencies.clock.wall());
}

asio::awaitable<std::optional<http::Response>> Api::Impl::admit(const Endpoint* endpoint,
                                                                http::Request* head) {
  const auto refused = co_await gatekeeper.admit(*endpoint, *head);
  if (!refused) co_return std::nullopt;
  co_return refuse(*refused, *gatekeeper.context(*head));
}

asio::awaitable<http::Response> Api::Impl::run(const Endpoint* endpoint, http::Request request) {
  Call call;
  call.context = gatekeeper.context(request);
  const auto context = call.context;
  auto query = read_query(endpoint->query, request.query);
  if (!query) co_return refuse(query.error(), *context);
  call.query = std::move(*query);
  if (endpoint->body_kind == BodyKind::Json)
    if (auto wrong = read_body(*endpoint, request.body, call.body)) co_return refuse(*wrong, *context);
  if (endpoint->body_kind != BodyKind::Octets) request.body.clear();
  call.request = std::move(request);
  auto outcome = co_await perform(services, *endpoint, std::move(call));
  if (!outcome) co_return refuse(outcome.error(), *context);
  co_return success(std::move(*outcome), *context, dependencies.clock.wall());
}

asio::awaitable<http::Response> Api::Impl::send_document() {
  std::call_once(asked, [this] { document = dump(openapi(table, settings.version)); });
  co_return http::Response::text(200, document, "application/json");
}

bool Api::Impl::allowed_origin(const http::Request& request) const {
  const auto origin = request.headers.get("Origin");
  return origin && std::find(settings.allowed_origins.begin(), settings.allowed_origins.end(), *origin) !=
                       settings.allowed_origins.end();
}

http::Response Api::Impl::preflight(const http::Request&) {
  http::Response response;
  response.status = 204;
  response.headers.set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS");
  response.headers.set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key");
  response.headers.set("Access-Control-Max-Age", "600");
  return response;
}

http::Response Api::Impl::error_page(http::Problem problem, http::Request& request, std::string_view detail) {
  const auto context = gatekeeper.context(request);
  if (problem == http::Problem::MethodNotAllowed && request.method == http::Method::Options &&
      allowed_origin(request))
    return preflight(request);
  auto response = refuse(failure_of(problem, detail), *context);
  response.status = http::status_of(problem);
  return response;
}

void Api::Impl::decorate(const http::Request& request, http::Response& response) {
  auto& headers = response.headers;
  headers.set("Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  if (!settings.allowed_origins.empty()) headers.add("Vary", "Origin");
  if (allowed_origin(request)) {
    headers.set("Access-Control-Allow-Origin", request.headers.get_or("Origin", ""));
    headers.set("Access-Control-Expose-Headers",
                "Retry-After, Content-Disposition, X-Request-Id, X-Result-Truncated, RateLimit-Limit, "
                "RateLimit-Remaining, RateLimit-Reset");
  }
  const auto context = std::dynamic_pointer_cast<Context>(request.attachment);
  if (!context) return;
  headers.set("X-Request-Id", context->request_id);
  const auto method = request.method == http::Method::Head ? http::Method::Get : request.method;
  const auto known = endpoints.find({request.route, method});
  apply_manners(request, known == endpoints.end() ? nullptr : known->second, *context, response);
  if (context->rate) {
    headers.set("RateLimit-Limit", std::to_string(context->rate->limit));
    headers.set("RateLimit-Remaining", std::to_string(context->rate->remaining));
    headers.set("RateLimit-Reset", std::to_string(context->rate->reset_s));
  }
}

Api::Impl::RouteMetrics Api::Impl::route_metrics(const std::string& route, http::Method method) {
  auto& registry = dependencies.metrics;
  RouteMetrics out;
  for (std::size_t i = 1; i < out.by_class.size(); ++i)
    out.by_class[i] = &registry.counter("warp_api_requests_total", "API requests answered.",
                                        {{"route", route},
                                         {"method", std::string(http::to_string(method))},
                                         {"status", std::to_string(i) + "xx"}});
  out.seconds =
      &registry.histogram("warp_api_request_seconds", "Time from head to answer.",
                          {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5}, {{"route", route}});
  return out;
}

void Api::Impl::observe(const http::Exchange& exchange) {
  const auto& request = exchange.request;
  const auto method = request.method == http::Method::Head ? http::Method::Get : request.method;
  const auto found = by_route.find({request.route, method});
  const auto& counters = found == by_route.end() ? unrouted : found->second;
  const auto status_class = exchange.status / 100;
  if (status_class >= 1 && status_class < counters.by_class.size()) counters.by_class[status_class]->add();
  counters.seconds->observe(static_cast<double>(exchange.duration.count()) / 1e6);
  const auto context = std::dynamic_pointer_cast<Context>(request.attachment);
  dependencies.log.info(
      "api.request", {{"request", context ? std::string_view(context->request_id) : std::string_view()},
                      {"method", http::to_string(request.method)},
                      {"path", std::string_view(request.path).substr(0, 256)},
                      {"trace", context ? std::string_view(context->traceparent) : std::string_view()},
                      {"status", exchange.status},
                      {"code", exchange.note},
                      {"us", exchange.duration.count()},
                      {"octets", exchange.octets_sent},
                      {"actor", context && context->principal ? context->principal->actor() : std::string()},
                      {"remote", request.remote}});
}

asio::awaitable<void> Api::Impl::write_uses() {
  auto uses = authenticator.take_uses();
  if (!uses.empty()) co_await keys.touch(std::move(uses));
}

asio::awaitable<void> Api::Impl::keep_writing_uses() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(settings.last_used_interval);
    co_await timer.async_wait(asio::use_awaitable);
    co_await write_uses();
  }
}

Api::Api(Dependencies dependencies, Settings settings)
    : impl_(std::make_unique<Impl>(dependencies, std::move(settings))) {}

Api::~Api() = default;

void Api::add_routes(http::Router& router) {
  auto* impl = impl_.get();
  const auto others = router.routes().size();
  for (const auto& endpoint : impl->table) {
    http::Route route;
    route.method = endpoint.method;
    route.pattern = kPrefix + endpoint.path;
    route.body_limit = endpoint.body_limit;
    route.sink = endpoint.sink;
    route.socket = endpoint.socket;
    route.gate = [impl, &endpoint](http::Request& head) { return impl->admit(&endpoint, &head); };
    route.handler = [impl, &endpoint](http::Request request) {
      return impl->run(&endpoint, std::move(request));
    };
    router.add(std::move(route));
  }
  router.get(std::string(kPrefix) + "/openapi.json", [impl](http::Request) { return impl->send_document(); });
  router.alias("/v1", kPrefix);
  add_open_routes(router, impl->services);
  add_reference(router, impl->services, impl->table);
  const auto routes = router.routes();
  for (std::size_t i = 0; i < impl->table.size(); ++i)
    impl->endpoints[{routes[others + i]->pattern, routes[others + i]->method}] = &impl->table[i];
  for (const auto* route : router.routes())
    impl->by_route[{route->pattern, route->method}] = impl->route_metrics(route->pattern, route->method);
  impl->unrouted = impl->route_metrics("none", http::Method::Other);
}

http::Hooks Api::hooks() {
  auto* impl = impl_.get();
  http::Hooks hooks;
  hooks.error_page = [impl](http::Problem problem, http::Request& request, std::string_view detail) {
    return impl->error_page(problem, request, detail);
  };
  hooks.decorate = [impl](const http::Request& request, http::Response& response) {
    impl->decorate(request, response);
  };
  hooks.observe = [impl](const http::Exchange& exchange) { impl->observe(exchange); };
  return hooks;
}

void Api::start(asio::any_io_executor executor) {
  auto* impl = impl_.get();
  impl->tasks = std::make_unique<net::TaskGroup>(executor, [impl](std::string_view task, std::exception_ptr) {
    impl->dependencies.log.error("api.task_failed", {{"task", task}});
  });
  impl->tasks->spawn("key_uses", impl->keep_writing_uses());
}

asio::awaitable<void> Api::stop() {
  if (impl_->tasks) {
    impl_->tasks->cancel();
    co_await impl_->tasks->join(kStopLimit);
  }
  co_await impl_->write_uses();
}

const EndpointTable& Api::endpoints() const {
  return impl_->table;
}

Json Api::openapi_document() const {
  return openapi(impl_->table, impl_->settings.version);
}

}  // namespace warp::api
