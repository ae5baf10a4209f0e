#include "app/node_presence.h"

#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace warp::app {
namespace {

std::string node_key() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return "warp:node:" + std::string(host) + ":" + std::to_string(getpid());
}

}  // namespace

NodePresence::NodePresence(redis::Client& redis, std::function<std::size_t()> active_calls)
    : redis_(redis), active_calls_(std::move(active_calls)), key_(node_key()) {}

boost::asio::awaitable<void> NodePresence::run() {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor);
  for (;;) {
    std::vector<std::string> words{"SET", key_, std::to_string(active_calls_()), "EX",
                                   std::to_string(kLife.count())};
    const auto said = co_await redis_.command(std::move(words));
    static_cast<void>(said);  // the driver counts and logs what fails
    timer.expires_after(kInterval);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

boost::asio::awaitable<void> NodePresence::leave() {
  std::vector<std::string> words{"DEL", key_};
  const auto said = co_await redis_.command(std::move(words));
  static_cast<void>(said);
}

}  // namespace warp::app
