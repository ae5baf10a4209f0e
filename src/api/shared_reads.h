// SharedReads: reads that are alike and asked at the same time are answered by one look in the database. A
// look answers those alone who had asked before it began, so that nobody is told of less than was there when
// they asked. All who ask are on one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "warp/api/endpoint.h"

namespace warp::api {

class SharedReads {
 public:
  SharedReads();

  // What `look` answers, or what it answered another who asked under the same key.
  Answer answer(std::string key, std::function<Answer()> look);

 private:
  struct State;
  const std::shared_ptr<State> state_;  // shared with those who look
};

// Whose answer depends on nothing but who asks and what for.
bool may_share(const Endpoint& endpoint);
std::string sharing_key(const Endpoint& endpoint, const Call& call);

}  // namespace warp::api
