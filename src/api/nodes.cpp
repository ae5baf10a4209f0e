// The nodes of the platform: what they say of themselves, and which are to take no new calls.
#include "warp/store/nodes.h"

#include "warp/api/node_json.h"

#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kNodesTag = "Nodes";

Schema node_schema() {
  return {"Node",
          {text("name"), text("host"), text("version"),
           text("phase")
               .one_of({"starting", "ready", "draining", "gone"})
               .says("gone: it said goodbye, or nothing for 15 seconds."),
           boolean("draining").says("Wanted; stays over a restart."), integer("calls"), instant("started_at"),
           instant("beat_at"), boolean("here").says("The node that answers.")}};
}

Json show(const Services& services, const store::Node& node) {
  auto out = to_json(node);
  out["here"] = node.name == services.settings.node;
  return out;
}

Answer list_nodes(Services& services, Call) {
  store::NodeRepository nodes(services.pool);
  auto listing = nodes.list();
  const auto found = co_await std::move(listing);
  if (!found) co_return from_store(found.error(), "node");
  co_return list_reply(*found, [&](const auto& node) { return show(services, node); });
}

Answer get_node(Services& services, Call call) {
  store::NodeRepository nodes(services.pool);
  auto getting = nodes.get(std::string(call.request.param("name")));
  const auto found = co_await std::move(getting);
  if (!found) co_return from_store(found.error(), "node");
  co_return reply_with(show(services, *found));
}

// The node hears of it by the database, and of its end too.
Answer steer(Services& services, Call call, bool on) {
  store::NodeRepository nodes(services.pool);
  auto changing = nodes.drain(call.as_operator(), std::string(call.request.param("name")), on);
  const auto changed = co_await std::move(changing);
  if (!changed) co_return from_store(changed.error(), "node");
  co_return reply_with(show(services, *changed));
}
Answer drain(Services& services, Call call) {
  return steer(services, std::move(call), true);
}
Answer undrain(Services& services, Call call) {
  return steer(services, std::move(call), false);
}

Endpoint node_endpoint(const char* path, const char* summary, Action action) {
  Endpoint endpoint;
  endpoint.path = path;
  endpoint.summary = summary;
  endpoint.tag = kNodesTag;
  endpoint.action = std::move(action);
  endpoint.operators_only = true;
  endpoint.answer = node_schema();
  endpoint.errors = {ErrorCode::NotFound};
  endpoint.etag = false;
  return endpoint;
}

}  // namespace

void add_nodes(EndpointTable& table, Services& services) {
  auto all = node_endpoint("/nodes", "The nodes and what each carries", act(services, list_nodes));
  all.answer_kind = AnswerKind::List;
  all.errors.clear();
  table.push_back(std::move(all));
  table.push_back(node_endpoint("/nodes/{name}", "A node", act(services, get_node)));
  auto off = node_endpoint("/nodes/{name}/drain", "No new calls on a node; those in progress go on",
                           act(services, drain));
  off.method = http::Method::Post;
  table.push_back(std::move(off));
  auto on = node_endpoint("/nodes/{name}/undrain", "Calls on a node again", act(services, undrain));
  on.method = http::Method::Post;
  table.push_back(std::move(on));
}

}  // namespace warp::api
