// LiveSession: one client that watches, whatever carries its frames. On the carrier's executor, one coroutine
// at a time; what happens elsewhere rings its bell.
//
// Who it is and what it may is asked again every live.recheck: a credential that is gone ends the session, a
// scope that is gone ends the subscriptions that need it.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/http/message.h"
#include "warp/live/hub.h"

#include "live_topics.h"

namespace warp::api {

// One message to the client.
struct LiveFrame {
  std::string name;   // of an SSE event: the event's type, or the frame's op
  std::string token;  // the place after it; empty: none
  std::string text;   // JSON
};
using LiveFrames = std::vector<LiveFrame>;

class LiveSession {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // nullptr: too many watch already.
  static std::unique_ptr<LiveSession> open(std::shared_ptr<LiveWorld> world, const http::Request& request,
                                           boost::asio::any_io_executor executor);
  ~LiveSession();
  LiveSession(const LiveSession&) = delete;
  LiveSession& operator=(const LiveSession&) = delete;

  const std::shared_ptr<live::Bell>& bell() const { return bell_; }
  LiveFrame hello() const;
  static LiveFrame heartbeat();

  // What answers a text of the client.
  boost::asio::awaitable<LiveFrames> take(std::string text);
  // `resume`: a token, or empty.
  boost::asio::awaitable<LiveFrames> subscribe(std::string topic, Json filter, std::string resume);
  // What has come since, and what is due by the clock.
  boost::asio::awaitable<LiveFrames> pump();
  // Until there may be something to pump: the bell rings, or the next thing is due.
  boost::asio::awaitable<void> wait(Time at_the_latest);

  // When it has ended: why.
  const std::optional<Failure>& over() const { return over_; }

 private:
  struct Watch {
    live::Filter filter;
    std::shared_ptr<live::Subscription> subscription;  // null: of counters
    std::uint64_t sequence = 0;
    std::string token;                         // the place that was told last
    std::map<std::string, std::string> shown;  // of trunks and counters: what was last said, by key
  };

  LiveSession(std::shared_ptr<LiveWorld> world, const http::Request& request,
              boost::asio::any_io_executor executor);

  LiveFrame event_frame(Watch& watch, std::string type, WallTime at, const std::string& token,
                        const std::string& data);
  LiveFrame error_frame(std::string_view topic, const Failure& failure) const;
  boost::asio::awaitable<LiveFrame> snapshot_frame(live::Filter filter, std::string token);
  void tick(Watch& watch, LiveFrames& out);
  void say_trunks(Watch& watch, LiveFrames& out);
  void say_counters(Watch& watch, LiveFrames& out);
  void remember(Watch& watch);
  boost::asio::awaitable<void> drain(live::Topic topic, LiveFrames& out);
  boost::asio::awaitable<Outcome<Principal>> prove();
  boost::asio::awaitable<std::optional<Failure>> add_role(Principal& principal);
  boost::asio::awaitable<void> recheck(LiveFrames& out);

  const std::shared_ptr<LiveWorld> world_;  // shared by all sessions, and with the endpoints
  Services& services_;
  const std::shared_ptr<live::Bell> bell_;  // shared with subscriptions
  const std::string header_, address_;      // of the request; no header: it came with a ticket
  Principal principal_;
  const std::optional<CustomerId> counted_for_;
  const Time began_;
  Time next_tick_, next_check_;
  std::map<live::Topic, Watch> watches_;
  std::optional<Failure> over_;
};

}  // namespace warp::api
