// Live: the daemon's WebSocket /live as a client sees it. Everything runs on `io`; frames come one at a time.
//
// A connection that breaks is made again with backoff, and goes on from the last token of each topic, so that
// no event is missed that the daemon still has.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "ctl/session.h"

namespace warp::ctl {

struct Subscription {
  std::string topic;
  Json filter = Json::object();
};

class Live {
 public:
  // `frame`: snapshot, event, dropped, error, heartbeat, … as they come. `state`: "connected", "lost: why".
  struct Listener {
    std::function<void(const Json& frame)> frame;
    std::function<void(const std::string& state)> state;
  };
  Live(boost::asio::io_context& io, const Session& session, std::vector<Subscription> wanted,
       Listener listener);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  void start();
  // No more frames; the io_context runs out of work.
  void stop();
  // Not again after the first refusal: a wrong key, a daemon without /live. Its reason; empty: none.
  const std::string& refused() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the operations under way
};

}  // namespace warp::ctl
