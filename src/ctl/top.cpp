// `warpctl top`: calls, trunks, counters and nodes on one screen, as they change.
#include <csignal>
#include <map>
#include <memory>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include "ctl/board.h"
#include "ctl/commands.h"
#include "ctl/live.h"
#include "ctl/terminal.h"

namespace warp::ctl {
namespace {

namespace asio = boost::asio;

class Top {
 public:
  explicit Top(const Session& session)
      : signals_(io_, SIGINT, SIGTERM, SIGWINCH),
        keys_(io_, dup(0)),
        live_(io_, session, {{"calls"}, {"trunks"}, {"counters"}, {"nodes"}},
              {[this](const Json& frame) {
                 board_.take(frame);
                 draw();
               },
               [this](const std::string& state) {
                 board_.say(state);
                 draw();
               }}) {}

  std::string run() {
    wait_for_signal();
    wait_for_key();
    live_.start();
    draw();
    io_.run();
    return live_.refused();
  }

 private:
  void draw() { screen_.draw(board_.text(screen_.size().rows)); }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error || signal != SIGWINCH) return io_.stop();
      draw();
      wait_for_signal();
    });
  }

  void wait_for_key() {
    keys_.async_read_some(asio::buffer(&key_, 1), [this](boost::system::error_code error, std::size_t) {
      if (error || key_ == 'q' || key_ == 'Q') return io_.stop();
      wait_for_key();
    });
  }

  Screen screen_;
  Board board_;
  asio::io_context io_;
  asio::signal_set signals_;
  asio::posix::stream_descriptor keys_;
  char key_ = 0;
  Live live_;
};

}  // namespace

void add_top(CLI::App& app, Session& session) {
  auto* top = app.add_subcommand("top", "calls, trunks, counters and nodes as they change; q ends");
  top->callback([&session] {
    const auto refused = [&] { return Top(session).run(); }();
    if (!refused.empty()) throw Refused(1, refused);
  });
}

}  // namespace warp::ctl
