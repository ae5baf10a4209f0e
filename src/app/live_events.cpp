#include "app/live_events.h"

#include <utility>

#include "warp/api/json.h"
#include "warp/webhooks/event.h"

namespace warp::app {
namespace {

using api::Json;

live::Event make(live::Topic topic, const webhooks::Event& from, std::string key, const Json& data) {
  live::Event event;
  event.topic = topic;
  event.type = from.type;
  event.at = from.at;
  event.customer = from.customer;
  event.key = std::move(key);
  event.data = api::dump(data);
  return event;
}

// What it was about, then what the event says.
Json named(const char* name, const std::string& object, const webhooks::Event& from, const Json& said) {
  Json data;
  data[name] = object;
  data["customer_id"] = api::id_or_null(from.customer);
  for (const auto& [key, value] : said.items())
    if (!data.contains(key)) data[key] = value;
  return data;
}

}  // namespace

std::vector<live::Event> live_events_of(const store::OutboxRow& row) {
  std::vector<live::Event> out;
  const auto told = webhooks::event_of(row);
  if (!told) return out;
  auto said = api::parse_json(told->data).value_or(Json::object());
  if (!said.is_object()) said = Json::object();
  const auto object = row.object.to_string();
  Json whole;
  whole["event_id"] = told->id.to_string();
  whole["object_id"] = object;
  whole["customer_id"] = api::id_or_null(told->customer);
  whole["data"] = said;
  out.push_back(make(live::Topic::Events, *told, object, whole));
  if (told->type.starts_with("trunk."))
    out.push_back(make(live::Topic::Trunks, *told, object, named("trunk_id", object, *told, said)));
  if (told->type.starts_with("message."))
    out.push_back(make(live::Topic::Messages, *told, object, named("message_id", object, *told, said)));
  return out;
}

}  // namespace warp::app
