#include "live_topics.h"

#include "warp/api/call_json.h"
#include "warp/api/node_json.h"
#include "warp/store/nodes.h"

namespace warp::api {
namespace {

using live::Topic;

constexpr std::size_t kMostRows = 1000;  // of a snapshot

Failure topic_refused(std::string message, const char* field) {
  Failure failure{ErrorCode::ValidationError, std::move(message)};
  failure.details["field"] = field;
  return failure;
}

bool has_trunks(Topic topic) {
  return topic == Topic::Trunks || topic == Topic::Calls;
}

Json trunks(LiveWorld& world, const live::Filter& filter) {
  Json out = Json::array();
  const auto all = world.loads.trunks();
  for (const auto& trunk : *all) {
    if (filter.customer && *filter.customer != trunk.customer) continue;
    if (!filter.key.empty() && filter.key != trunk.id.to_string()) continue;
    if (out.size() == kMostRows) break;
    out.push_back(to_json(trunk));
  }
  return out;
}

boost::asio::awaitable<Json> calls(LiveWorld& world, live::Filter filter) {
  Json out = Json::array();
  if (!world.services.ports.calls) co_return out;
  CallFilter wanted;
  wanted.customer = filter.customer;
  if (!filter.key.empty()) wanted.trunk = TrunkId::parse(filter.key);
  wanted.limit = kMostRows;
  auto listing = world.services.ports.calls->list(wanted);
  const auto found = co_await std::move(listing);
  for (const auto& call : found.calls)
    out.push_back(to_json(call));
  co_return out;
}

boost::asio::awaitable<Json> nodes(LiveWorld& world) {
  Json out = Json::array();
  store::NodeRepository repository(world.services.pool);
  auto listing = repository.list();
  const auto found = co_await std::move(listing);
  if (!found) co_return out;
  for (const auto& node : *found)
    out.push_back(to_json(node));
  co_return out;
}

}  // namespace

Need need_of(Topic topic) {
  switch (topic) {
    case Topic::Trunks:
      return {"trunks:read", false, false, {}};
    case Topic::Calls:
      return {"calls:read", false, false, {}};
    case Topic::Counters:
      return {"account:read", false, false, {}};
    case Topic::Messages:
      return {"messaging:read", false, false, {}};
    case Topic::Events:
      return {"webhooks:read", false, false, {}};
    case Topic::Nodes:
      return {"nodes:read", true, false, {}};
  }
  return {kSuperadmin, true, false, {}};
}

Outcome<live::Filter> read_filter(Topic topic, const Json& given, const Principal& principal) {
  live::Filter filter;
  filter.topic = topic;
  if (topic != Topic::Nodes) filter.customer = principal.customer;
  if (given.is_null()) return filter;
  if (!given.is_object()) return topic_refused("The filter must be an object.", "filter");
  for (const auto& [name, value] : given.items()) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > 128)
      return topic_refused("Filters are short texts.", "filter");
    const auto& text = value.get_ref<const std::string&>();
    if (name == "customer_id" && topic != Topic::Nodes) {
      const auto id = CustomerId::parse(text);
      if (!id) return topic_refused("The customer's id is no UUID.", "filter.customer_id");
      if (!Authorizer::may_act_for(principal, *id))
        return Failure{ErrorCode::Forbidden, "This is another customer's."};
      filter.customer = *id;
    } else if (name == "trunk_id" && has_trunks(topic)) {
      const auto id = TrunkId::parse(text);
      if (!id) return topic_refused("The trunk's id is no UUID.", "filter.trunk_id");
      filter.key = id->to_string();
    } else if (name == "type") {
      filter.type = text;
    } else {
      return topic_refused("This topic has no such filter.", "filter");
    }
  }
  return filter;
}

boost::asio::awaitable<Json> snapshot_of(LiveWorld& world, live::Filter filter) {
  switch (filter.topic) {
    case Topic::Trunks:
      co_return trunks(world, filter);
    case Topic::Calls: {
      auto listing = calls(world, std::move(filter));
      co_return co_await std::move(listing);
    }
    case Topic::Counters: {
      Json out = Json::array();
      out.push_back(to_json(world.loads.account(filter.customer)));
      co_return out;
    }
    case Topic::Nodes: {
      auto listing = nodes(world);
      co_return co_await std::move(listing);
    }
    case Topic::Messages:
    case Topic::Events:
      break;
  }
  co_return Json::array();
}

}  // namespace warp::api
