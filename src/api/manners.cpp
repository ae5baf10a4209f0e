#include "manners.h"

namespace warp::api {
namespace {

constexpr std::size_t kUserAgentOctets = 256;

}  // namespace

void add_manners(EndpointTable&) {}

void read_manners(const http::Request& head, Services&, Context& context) {
  context.ip = head.remote;
  context.user_agent = head.headers.get_or("User-Agent", "").substr(0, kUserAgentOctets);
}

void apply_manners(const http::Request&, const Endpoint* endpoint, const Context&, http::Response& response) {
  if (!endpoint || !endpoint->deprecated) return;
  response.headers.set("Deprecation", endpoint->deprecated->since);
  if (!endpoint->deprecated->sunset.empty()) response.headers.set("Sunset", endpoint->deprecated->sunset);
}

Answer perform(Services&, const Endpoint& endpoint, Call call) {
  return endpoint.action(std::move(call));
}

}  // namespace warp::api
