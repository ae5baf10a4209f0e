#include "gatekeeper.h"

#include "warp/api/authenticator.h"
#include "warp/base/text.h"

#include "manners.h"

namespace warp::api {
namespace {

Failure bad_customer(ErrorCode code, const char* message) {
  Failure failure{code, message};
  failure.details["param"] = "customer_id";
  return failure;
}

bool has_body(const http::Request& head) {
  if (head.headers.get("Transfer-Encoding")) return true;
  const auto length = head.headers.get("Content-Length");
  return length && *length != "0";
}

// Whose data: the key's customer; for operators the one in the path or in ?customer_id=.
std::optional<Failure> choose_customer(const Endpoint& endpoint, const http::Request& head,
                                       Context& context) {
  const auto& principal = *context.principal;
  context.customer = principal.customer;
  auto named = head.param("customer_id");
  const bool in_path = !named.empty();
  if (!in_path && endpoint.of_customer) named = head.query.get("customer_id").value_or("");
  if (!named.empty()) {
    const auto id = CustomerId::parse(named);
    if (!id) return bad_customer(ErrorCode::InvalidParam, "The customer's id is no UUID.");
    if (principal.customer && *principal.customer != *id)
      return Failure{ErrorCode::Forbidden, "This is another customer's."};
    context.customer = *id;
  }
  if (endpoint.customer_needed && !context.customer)
    return bad_customer(ErrorCode::MissingParam, "Operators must say for which customer: ?customer_id=.");
  return std::nullopt;
}

}  // namespace

std::optional<Failure> authorise(const Endpoint& endpoint, const http::Request& head, Context& context,
                                 const Authorizer& authorizer) {
  Need need{endpoint.scope, endpoint.operators_only, false, {}};
  if (auto refused = authorizer.check(*context.principal, need)) return refused;
  if (auto refused = choose_customer(endpoint, head, context)) return refused;
  if (!endpoint.step_up) return std::nullopt;
  need.step_up = true;
  need.action = std::string(http::to_string(endpoint.method)) + " " + endpoint.path;
  return authorizer.check(*context.principal, need);
}

std::optional<Failure> check_media_type(const Endpoint& endpoint, const http::Request& head) {
  const bool any = endpoint.body_kind == BodyKind::None || endpoint.body_kind == BodyKind::Octets;
  if (any || !has_body(head)) return std::nullopt;
  const auto type = trim(head.headers.get_or("Content-Type", ""));
  const auto essence = trim(type.substr(0, type.find(';')));
  const std::string_view wanted = endpoint.body_kind == BodyKind::Csv ? "text/csv" : "application/json";
  if (iequals(essence, wanted)) return std::nullopt;
  Failure failure{ErrorCode::UnsupportedMediaType, "The body must come with Content-Type: "};
  failure.message += wanted;
  failure.message += '.';
  failure.details["expected"] = wanted;
  return failure;
}

Gatekeeper::Gatekeeper(Services& services, metrics::Registry& metrics)
    : services_(services), metrics_(metrics), limits_(services, metrics) {
  auth_failures(ErrorCode::Unauthorized);  // there before the first, so that a rate can be taken
}

metrics::Counter& Gatekeeper::auth_failures(ErrorCode code) {
  return metrics_.counter("warp_api_auth_failures_total", "Requests refused for their key.",
                          {{"code", std::string(to_string(code))}});
}

std::shared_ptr<Context> Gatekeeper::context(http::Request& request) {
  if (auto known = std::dynamic_pointer_cast<Context>(request.attachment)) return known;
  auto made = std::make_shared<Context>();
  const auto given = request.headers.get_or("X-Request-Id", "");
  made->request_id =
      sane_request_id(given) ? std::string(given) : services_.ids.request_id(services_.clock.wall());
  read_manners(request, services_, *made);
  request.attachment = made;
  return made;
}

boost::asio::awaitable<std::optional<Failure>> Gatekeeper::authenticate(const Endpoint& endpoint,
                                                                        http::Request& head,
                                                                        Context& context) {
  auto& authenticator = services_.authenticator;
  const auto ticket = endpoint.takes_ticket ? head.query.get("ticket") : std::nullopt;
  auto proving =
      ticket ? authenticator.redeem(std::string(*ticket), head.remote)
             : authenticator.authenticate(std::string(head.headers.get_or("Authorization", "")), head.remote);
  auto principal = co_await std::move(proving);
  if (!principal) {
    auth_failures(principal.error().code).add();
    co_return principal.error();
  }
  context.principal = std::move(*principal);
  if (auto refused = co_await add_role(endpoint, *context.principal)) co_return refused;
  const auto verdict = co_await limits_.take(*context.principal, endpoint.cost);
  context.rate = verdict;
  if (verdict.allowed) co_return std::nullopt;
  Failure failure{ErrorCode::RateLimited, ""};
  failure.details["retry_after"] = verdict.retry_s;
  co_return failure;
}

boost::asio::awaitable<std::optional<Failure>> Gatekeeper::add_role(const Endpoint& endpoint,
                                                                    Principal& principal) {
  if (!principal.role) co_return std::nullopt;
  auto role = co_await services_.roles->find(*principal.role);
  if (!role && role.error().code == ErrorCode::NotFound)
    co_return Failure{ErrorCode::Unauthorized, "The role is gone: sign in again."};
  if (!role) co_return role.error();
  const bool fits = role->for_operators == principal.is_operator() &&
                    (!role->customer || role->customer == principal.customer);
  if (!fits) co_return Failure{ErrorCode::Unauthorized, "The role is not one of this account."};
  if (role->mfa && !principal.second_factor && !endpoint.without_mfa)
    co_return Failure{ErrorCode::MfaEnrolmentRequired, ""};
  for (auto& scope : role->scopes)
    principal.scopes.push_back(std::move(scope));
  co_return std::nullopt;
}

boost::asio::awaitable<std::optional<Failure>> Gatekeeper::admit(const Endpoint& endpoint,
                                                                 http::Request& head) {
  const auto known = context(head);
  if (!endpoint.open) {
    if (auto refused = co_await authenticate(endpoint, head, *known)) co_return refused;
    if (auto refused = authorise(endpoint, head, *known, services_.authorizer)) co_return refused;
  }
  co_return check_media_type(endpoint, head);
}

}  // namespace warp::api
