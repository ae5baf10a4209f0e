// What is owed to a customer, as a value and as the JSON that the store keeps and webhooks carry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/message_store.h"

namespace warp::messaging {

struct Content {
  domain::DeliveryKind kind = domain::DeliveryKind::Receipt;
  std::string message;              // id
  domain::MessageAddress from, to;  // of the message; a receipt goes the other way
  std::string text;                 // UTF-8, or octets when `binary_coding` is set
  std::optional<std::uint8_t> binary_coding;
  std::string udh;
  std::uint16_t segments = 1;
  std::string state, reason, network_error, reference, keyword;
  WallTime accepted_at{}, at{};
};

Content content_of(const domain::Message& message, domain::DeliveryKind kind);
std::string to_json(const Content& content);
std::optional<Content> content_from_json(std::string_view json);

std::string from_hex(std::string_view hex);

}  // namespace warp::messaging
