#include "live_carriers.h"

#include <deque>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

namespace warp::api {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// What the client says. Shared by the coroutine that reads and the one that answers, on one thread.
struct Inbox {
  explicit Inbox(std::shared_ptr<live::Bell> to_ring) : bell(std::move(to_ring)) {}

  const std::shared_ptr<live::Bell> bell;
  std::deque<std::string> texts;
  bool flooded = false;
  bool ended = false;
};

asio::awaitable<void> read_all(std::shared_ptr<http::WebSocket> socket, std::shared_ptr<Inbox> inbox) {
  for (;;) {
    auto reading = socket->read();
    auto message = co_await std::move(reading);
    if (!message.open) co_return;
    if (inbox->texts.size() >= kMostTexts)
      inbox->flooded = true;  // and is not read on into memory
    else
      inbox->texts.push_back(std::move(message.data));
    inbox->bell->ring();
  }
}

// False: the client is gone.
asio::awaitable<bool> send_all(http::WebSocket& socket, LiveFrames frames) {
  for (auto& frame : frames) {
    auto sending = socket.send(std::move(frame.text));
    if (!co_await std::move(sending)) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> answer_all(http::WebSocket& socket, LiveSession& session, Inbox& inbox) {
  while (!inbox.texts.empty()) {
    auto text = std::move(inbox.texts.front());
    inbox.texts.pop_front();
    auto answering = session.take(std::move(text));
    auto frames = co_await std::move(answering);
    auto sending = send_all(socket, std::move(frames));
    if (!co_await std::move(sending)) co_return false;
  }
  co_return true;
}

// Until the client is gone or has to go.
asio::awaitable<void> converse(http::WebSocket& socket, LiveSession& session, Inbox& inbox,
                               std::chrono::milliseconds heartbeat) {
  auto beat_at = SteadyClock::now() + heartbeat;
  LiveFrames first;
  first.push_back(session.hello());
  auto greeting = send_all(socket, std::move(first));
  if (!co_await std::move(greeting)) co_return;
  while (!inbox.ended && !inbox.flooded && !session.over()) {
    auto answering = answer_all(socket, session, inbox);
    if (!co_await std::move(answering)) co_return;
    auto pumping = session.pump();
    auto frames = co_await std::move(pumping);
    if (SteadyClock::now() >= beat_at) frames.push_back(LiveSession::heartbeat());
    if (!frames.empty()) beat_at = SteadyClock::now() + heartbeat;
    auto sending = send_all(socket, std::move(frames));
    if (!co_await std::move(sending)) co_return;
    if (inbox.ended || session.over() || !inbox.texts.empty()) continue;
    auto waiting = session.wait(beat_at);
    co_await std::move(waiting);
  }
}

bool origin_refused(const http::Request& request, const std::vector<std::string>& allowed) {
  const auto origin = request.headers.get("Origin");
  return origin && !allowed.empty() && std::find(allowed.begin(), allowed.end(), *origin) == allowed.end();
}

}  // namespace

asio::awaitable<void> serve_socket(std::shared_ptr<LiveWorld> world, http::Request request,
                                   std::shared_ptr<http::WebSocket> socket) {
  const auto& settings = world->services.settings;
  const auto heartbeat = settings.live.heartbeat;
  if (origin_refused(request, settings.allowed_origins)) {
    co_await socket->close(http::kClosePolicy, "origin");
    co_return;
  }
  const auto session = LiveSession::open(world, request, socket->executor());
  if (!session) {
    co_await socket->close(http::kCloseTryAgain, "too many watch");
    co_return;
  }
  const auto inbox = std::make_shared<Inbox>(session->bell());
  asio::co_spawn(socket->executor(), read_all(socket, inbox), [inbox](std::exception_ptr) {
    inbox->ended = true;
    inbox->bell->ring();
  });
  std::exception_ptr failure;
  try {
    auto conversing = converse(*socket, *session, *inbox, heartbeat);
    co_await std::move(conversing);
  } catch (...) {
    failure = std::current_exception();
  }
  if (session->over())
    co_await socket->close(kCloseUnauthorized, std::string(to_string(session->over()->code)));
  else if (inbox->flooded)
    co_await socket->close(http::kClosePolicy, "answers are not read");
  else if (!inbox->ended)
    socket->abort();
  while (!inbox->ended) {
    auto waiting = inbox->bell->wait(SteadyClock::now() + heartbeat);
    co_await std::move(waiting);
  }
  // Not before nobody reads any more: the connection goes with the return.
  if (failure) std::rethrow_exception(failure);
}

std::string to_event_stream(const LiveFrames& frames) {
  std::string out;
  for (const auto& frame : frames) {
    if (frame.name == "heartbeat") {
      out += ": heartbeat\n\n";
      continue;
    }
    out += "event: " + frame.name + "\n";
    if (!frame.token.empty()) out += "id: " + frame.token + "\n";
    out += "data: " + frame.text + "\n\n";  // JSON has no line feed of its own
  }
  return out;
}

EventStream::EventStream(std::unique_ptr<LiveSession> session, std::chrono::milliseconds heartbeat,
                         LiveFrames first)
    : session_(std::move(session)),
      heartbeat_(heartbeat),
      waiting_(std::move(first)),
      next_beat_(SteadyClock::now() + heartbeat) {}

asio::awaitable<http::BodySource::Piece> EventStream::next() {
  Piece piece;
  while (piece.data.empty() && !stopped_ && !session_->over()) {
    auto frames = std::exchange(waiting_, {});
    if (frames.empty()) {
      auto pumping = session_->pump();
      frames = co_await std::move(pumping);
    }
    if (frames.empty() && SteadyClock::now() >= next_beat_) frames.push_back(LiveSession::heartbeat());
    if (session_->over()) {
      Json frame;
      frame["op"] = "error";
      frame["topic"] = nullptr;
      frame["code"] = to_string(session_->over()->code);
      frame["message"] = session_->over()->message;
      frames.push_back({"error", {}, dump(frame)});
    }
    piece.data = to_event_stream(frames);
    if (!piece.data.empty()) break;
    auto waiting = session_->wait(next_beat_);
    co_await std::move(waiting);
  }
  next_beat_ = SteadyClock::now() + heartbeat_;
  co_return piece;
}

void EventStream::stop() {
  stopped_ = true;
  session_->bell()->ring();
}

}  // namespace warp::api
