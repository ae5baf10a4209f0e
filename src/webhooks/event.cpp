#include "warp/webhooks/event.h"

#include <nlohmann/json.hpp>

#include "warp/domain/event_types.h"

namespace warp::webhooks {
namespace {

using Json = nlohmann::ordered_json;

// Ids of rows are unique in an installation; the rest of the UUID says what made it (version 8, RFC 9562).
Uuid id_of(std::int64_t row) {
  Uuid id;
  id.bytes[6] = 0x80;
  id.bytes[8] = 0x80;
  for (int i = 0; i < 7; ++i)
    id.bytes[15 - static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(row >> (8 * i));
  return id;
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string type_of(const std::string& kind, const Json& data) {
  if (kind == "call") return "call.completed";
  if (kind == "correction") return "call.rerated";
  if (kind == "port.status") return text_in(data, "status") == "COMPLETE" ? "port.completed" : "port.updated";
  return kind;
}

// Billionths as a decimal number, digit by digit: 31600000 is 0.0316.
std::string decimal(std::int64_t nanos) {
  auto digits =
      std::to_string(nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos));
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  digits.insert(digits.size() - 9, ".");
  while (digits.back() == '0')
    digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return (nanos < 0 ? "-" : "") + digits;
}

// Amounts as those outside read them. They are written behind what the library writes: it would make floats
// of them.
std::string rerated(const Json& payload, const std::string& id) {
  const auto amount = [&payload](const char* name) {
    const auto found = payload.find(name);
    return found != payload.end() && found->is_number_integer() ? decimal(found->get<std::int64_t>())
                                                                : std::string("null");
  };
  Json out;
  out["id"] = id;
  out["run_id"] = text_in(payload, "run_id");
  auto text = out.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  return text + ",\"before\":" + amount("before_nanos") + ",\"after\":" + amount("after_nanos") + "}";
}

}  // namespace

std::optional<Event> event_of(const store::OutboxRow& row) {
  auto payload = Json::parse(row.payload.empty() ? "{}" : row.payload, nullptr, false);
  if (!payload.is_object()) payload = Json::object();
  auto type = type_of(row.kind, payload);
  if (!domain::event_type(type)) return std::nullopt;
  Event event{id_of(row.id), std::move(type), row.customer, row.at, row.payload};
  const auto object = row.object.to_string();
  if (row.kind == "correction")
    event.data = rerated(payload, object);
  else if (event.data.empty() || payload.empty())
    event.data = "{\"id\":\"" + object + "\"}";
  else if (row.kind == "port.status" && !payload.contains("id"))
    event.data = "{\"id\":\"" + object + "\"," + row.payload.substr(row.payload.find('{') + 1);
  return event;
}

}  // namespace warp::webhooks
