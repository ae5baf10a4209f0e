#include "warp/redis/client.h"

#include <utility>

#include "client_impl.h"

namespace warp::redis {

namespace asio = boost::asio;

Client::Client(asio::any_io_executor executor, Settings settings, metrics::Registry& metrics,
               log::Logger& log)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings), metrics, log)) {}

Client::~Client() {
  asio::post(impl_->strand, [impl = impl_] { impl->stop(); });
}

void Client::start() {
  asio::post(impl_->strand, [impl = impl_] { impl->start(); });
}

asio::awaitable<void> Client::close() {
  return impl_->close();
}

bool Client::healthy() const {
  return impl_->healthy.load(std::memory_order_relaxed);
}

asio::awaitable<Expected<Reply>> Client::command(std::vector<std::string> args) {
  const auto impl = impl_;
  std::vector<Arguments> commands;
  commands.push_back(std::move(args));
  auto answer = co_await impl->run(std::move(commands));
  if (!answer) co_return std::move(answer).error();
  co_return std::move(answer->front());
}

asio::awaitable<Expected<std::vector<Reply>>> Client::pipeline(
    std::vector<std::vector<std::string>> commands) {
  const auto impl = impl_;
  co_return co_await impl->run(std::move(commands));
}

}  // namespace warp::redis
