// What is owed to a customer, as a value and as the JSON that the store keeps and webhooks carry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/message_store.h"
#include "warp/messaging/media_links.h"

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
  // Of MMS and RCS; nothing for an SMS.
  struct Media {
    domain::MediaPart part;
    std::string url;  // empty: it has no public address
  };
  std::string carried, subject;  // mms, rcs
  std::vector<Media> media;
};

Content content_of(const domain::Message& message, domain::DeliveryKind kind);
// Addresses of its attachments that anybody may read for a while.
void add_links(Content& content, CustomerId customer, const MediaLinks& links, WallTime now);
std::string to_json(const Content& content);
std::optional<Content> content_from_json(std::string_view json);

std::string from_hex(std::string_view hex);

}  // namespace warp::messaging
