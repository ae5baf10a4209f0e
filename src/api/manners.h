// Manners: what every request and every answer has beyond its resource: what the head asks for, parameters
// that all reads take, headers of all answers.
#pragma once

#include "services.h"

namespace warp::api {

// At start: parameters and error codes that whole classes of endpoints have (?fields=, If-Match,
// Idempotency-Key), into the table that the server and the document are made from.
void add_manners(EndpointTable& table);

// Of a head that was just read, before anybody is asked who they are.
void read_manners(const http::Request& head, Services& services, Context& context);

// Of an answer that is whole: ETag and 304, links, deprecation, traceparent, limits, compression. `endpoint`:
// null when no route matched.
void apply_manners(const http::Request& request, const Endpoint* endpoint, const Context& context,
                   http::Response& response);

// One request that was let in (perform.cpp): its transaction, If-Match, Idempotency-Key, then the action.
Answer perform(Services& services, const Endpoint& endpoint, Call call);

// May the endpoint be asked for some members of its answer alone?
bool has_fields(const Endpoint& endpoint);
// Has its answer an ETag?
bool has_etag(const Endpoint& endpoint);

// "\"0123456789abcdef\"" of what is shown.
std::string etag_of(std::string_view data);
// Does a header of If-Match or If-None-Match name it? `*` names all. As it was sent compressed is the same.
bool names_etag(std::string_view header, std::string_view etag);

// W3C traceparent, version 00 or later: the trace id of it. nullopt: none that may be taken over.
std::optional<std::string> trace_id_of(std::string_view traceparent);

// Does a list as of Accept or Accept-Encoding hold the word, with a weight above 0?
bool takes(std::string_view header, std::string_view word);

}  // namespace warp::api
