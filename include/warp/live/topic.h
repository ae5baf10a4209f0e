// Topics: what may be watched.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace warp::live {

enum class Topic : std::uint8_t {
  Trunks,    // configuration, load and health of trunks
  Calls,     // calls in progress
  Counters,  // what an account uses now; has no events of its own
  Messages,  // what becomes of messages
  Events,    // everything that webhooks are told
  Nodes,     // the nodes of the platform
};
inline constexpr std::array kTopics{Topic::Trunks,   Topic::Calls,  Topic::Counters,
                                    Topic::Messages, Topic::Events, Topic::Nodes};
// Costs something to find out: told of only while somebody watches.
inline constexpr Topic kLookedAt = Topic::Calls;
std::string_view to_string(Topic topic);  // trunks, calls, counters, messages, events, nodes
std::optional<Topic> parse_topic(std::string_view text);

}  // namespace warp::live
