// Manners: what every request and every answer has beyond its resource: what the head asks for, parameters
// that all reads take, headers of all answers.
#pragma once

#include "services.h"

namespace warp::api {

// At start: parameters and error codes that whole classes of endpoints have (?fields=, ?sort=, ?cursor=,
// If-Match, Idempotency-Key), into the table that the server and the document are made from.
void add_manners(EndpointTable& table);

// Of a head that was just read, before anybody is asked who they are.
void read_manners(const http::Request& head, Services& services, Context& context);

// Of an answer that is whole: ETag and 304, links, deprecation, traceparent, compression. `endpoint`: null
// when no route matched.
void apply_manners(const http::Request& request, const Endpoint* endpoint, const Context& context,
                   http::Response& response);

// One request that was let in: its transaction, If-Match, Idempotency-Key, then the action.
Answer perform(Services& services, const Endpoint& endpoint, Call call);

}  // namespace warp::api
