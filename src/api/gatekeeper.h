// Gatekeeper: what happens to a request before its body is read: id, key, rate, scope, customer, media type.
#pragma once

#include "warp/base/log.h"
#include "warp/base/metrics.h"

#include "request_limits.h"
#include "services.h"

namespace warp::api {

class Gatekeeper {
 public:
  Gatekeeper(Services& services, metrics::Registry& metrics);

  // The request's context, made at the first call.
  std::shared_ptr<Context> context(http::Request& request);
  boost::asio::awaitable<std::optional<Failure>> admit(const Endpoint& endpoint, http::Request& head);

 private:
  boost::asio::awaitable<std::optional<Failure>> authenticate(const Endpoint& endpoint, http::Request& head,
                                                              Context& context);
  // The scopes of the principal's role, if it has one.
  boost::asio::awaitable<std::optional<Failure>> add_role(const Endpoint& endpoint, Principal& principal);
  Services& services_;
  metrics::Counter& auth_failures(ErrorCode code);
  metrics::Registry& metrics_;
  RequestLimits limits_;
};

// Scope, step-up and whose data: no I/O. Fills context.customer.
std::optional<Failure> authorise(const Endpoint& endpoint, const http::Request& head, Context& context,
                                 const Authorizer& authorizer);
// Content-Type against what the endpoint takes.
std::optional<Failure> check_media_type(const Endpoint& endpoint, const http::Request& head);

}  // namespace warp::api
