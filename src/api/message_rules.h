// What the interceptors make of a message, asked of messaging and shown.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "warp/domain/message_port.h"

#include "services.h"

namespace warp::api {

using TriedRules = std::optional<domain::RuleTrial>;
boost::asio::awaitable<TriedRules> ask_rules(domain::MessagePort& port, domain::Submission submission,
                                             domain::Direction direction);
Json show_trial(const domain::RuleTrial& trial);
std::vector<Field> trial_fields();

}  // namespace warp::api
