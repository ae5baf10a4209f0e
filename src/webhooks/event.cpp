#include "warp/webhooks/event.h"

namespace warp::webhooks {
namespace {

// Ids of rows are unique in an installation; the rest of the UUID says what made it (version 8, RFC 9562).
Uuid id_of(std::int64_t row) {
  Uuid id;
  id.bytes[6] = 0x80;
  id.bytes[8] = 0x80;
  for (int i = 0; i < 7; ++i)
    id.bytes[15 - static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(row >> (8 * i));
  return id;
}

std::string type_of(const std::string& kind) {
  if (kind == "call") return "call.completed";
  if (kind == "correction") return "call.rerated";
  if (kind == "port.status") return "port.updated";
  return kind;
}

}  // namespace

std::optional<Event> event_of(const store::OutboxRow& row) {
  auto data = row.payload.empty() ? std::string("{}") : row.payload;
  return Event{id_of(row.id), type_of(row.kind), row.customer, row.at, std::move(data)};
}

}  // namespace warp::webhooks
