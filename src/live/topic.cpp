#include "warp/live/topic.h"

namespace warp::live {

std::string_view to_string(Topic topic) {
  switch (topic) {
    case Topic::Trunks:
      return "trunks";
    case Topic::Calls:
      return "calls";
    case Topic::Counters:
      return "counters";
    case Topic::Messages:
      return "messages";
    case Topic::Events:
      return "events";
    case Topic::Nodes:
      return "nodes";
  }
  return "events";
}

std::optional<Topic> parse_topic(std::string_view text) {
  for (const auto topic : kTopics)
    if (to_string(topic) == text) return topic;
  return std::nullopt;
}

}  // namespace warp::live
