// A number as answers show it, and what all number paths begin with.
#pragma once

#include "warp/store/messaging_numbers.h"
#include "warp/store/numbers.h"

#include "services.h"

namespace warp::api {

Schema number_schema();
std::vector<Field> voice_fields();  // of its `voice`
Json show_number(const store::Number& number);
Json show_number_messaging(const store::NumberMessaging& number);
// With their messaging side, which is null where messages go nowhere.
boost::asio::awaitable<Outcome<Json>> show_all(Services& services, store::Actor actor,
                                               std::vector<store::Number> numbers);
boost::asio::awaitable<Outcome<Json>> show_one(Services& services, store::Actor actor, store::Number number);

// {tn} of the path as E.164 digits.
Outcome<std::string> tn_of(const Call& call);
// NotFound becomes TN_NOT_OWNED: the same answer whether or not the number exists.
Failure from_number_store(const store::Error& error);
// That the trunk exists and is the customer's; else TRUNK_UNOWNED.
boost::asio::awaitable<std::optional<Failure>> check_trunk(Services& services, store::Actor actor,
                                                           TrunkId trunk);

}  // namespace warp::api
