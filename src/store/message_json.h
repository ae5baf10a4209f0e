// What of a message is kept as JSON: its attempts, and its segments in the upstream's hands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/message.h"

namespace warp::store {

std::string attempts_to_json(std::span<const domain::MessageAttempt> attempts);
bool attempts_from_json(std::string_view text, std::vector<domain::MessageAttempt>& out);
// Without the message's id, which is the row's.
std::string segments_to_json(std::span<const domain::SentSegment> segments);
// Appends.
std::string rich_to_json(const domain::RichContent& rich);
std::shared_ptr<const domain::RichContent> rich_from_json(std::string_view text);  // null: it is none
bool segments_from_json(std::string_view text, MessageId message, std::vector<domain::SentSegment>& out);

}  // namespace warp::store
