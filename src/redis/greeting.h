// What is said first on every connection: AUTH, CLIENT SETNAME, SELECT, PING.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warp/redis/client.h"

#include "command.h"

namespace warp::redis {

std::vector<Arguments> greeting(const Settings& settings);
// Why the server, by these replies to greeting(), has not let us in; nullopt when it has.
std::optional<std::string> not_let_in(const std::vector<Arguments>& greeting,
                                      const std::vector<Reply>& replies);

}  // namespace warp::redis
