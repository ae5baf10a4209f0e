// What carries a session's frames: a WebSocket, or a stream of server-sent events.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/http/message.h"
#include "warp/http/websocket.h"

#include "live_session.h"

namespace warp::api {

constexpr std::uint16_t kCloseUnauthorized = 4401;
constexpr std::size_t kMostTexts = 64;  // of the client that wait to be answered

boost::asio::awaitable<void> serve_socket(std::shared_ptr<LiveWorld> world, http::Request request,
                                          std::shared_ptr<http::WebSocket> socket);

// A topic, and where to go on in it.
struct StreamTopic {
  std::string name, resume;
};

// The stream of one session; `first` is sent at once.
class EventStream final : public http::BodySource {
 public:
  EventStream(std::unique_ptr<LiveSession> session, std::chrono::milliseconds heartbeat, LiveFrames first);

  boost::asio::awaitable<Piece> next() override;
  void stop() override;

 private:
  const std::unique_ptr<LiveSession> session_;
  const std::chrono::milliseconds heartbeat_;
  LiveFrames waiting_;
  LiveSession::Time next_beat_;
  bool stopped_ = false;
};

// As the format has it: event, id and data, each on a line of its own.
std::string to_event_stream(const LiveFrames& frames);

}  // namespace warp::api
