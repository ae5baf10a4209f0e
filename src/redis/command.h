// Commands on their way out: what may not be sent on a shared connection, and the octets of the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace warp::redis {

using Arguments = std::vector<std::string>;

// Why these may not be sent together, or nullopt. `max_octets` bounds encode()'s result roughly.
std::optional<std::string> refusal(const std::vector<Arguments>& commands, std::size_t max_octets);
std::string encode(const std::vector<Arguments>& commands);

}  // namespace warp::redis
