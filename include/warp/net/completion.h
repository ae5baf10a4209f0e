// From callback to coroutine: suspend() gives `start` a Completion to keep; complete(), on any thread,
// resumes the coroutine on its own executor. Dropped without complete(), it destroys the coroutine with it.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio.hpp>

namespace warp::net {

template <class T>
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void complete(T value) = 0;  // once
};

namespace detail {

template <class T, class Handler>
class HandlerCompletion final : public Completion<T> {
 public:
  explicit HandlerCompletion(Handler handler)
      : work_(boost::asio::get_associated_executor(handler)), handler_(std::move(handler)) {}

  void complete(T value) override {
    boost::asio::post(work_.get_executor(),
                      [handler = std::move(handler_), value = std::move(value)]() mutable {
                        std::move(handler)(std::move(value));
                      });
  }

 private:
  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work_;
  Handler handler_;
};

}  // namespace detail

// `start` takes a std::unique_ptr<Completion<T>>, or a std::shared_ptr where a copyable callback keeps it.
template <class T, class Start>
boost::asio::awaitable<T> suspend(Start start) {
  auto initiate = [start = std::move(start)](auto handler) mutable {
    using Handler = decltype(handler);
    start(std::unique_ptr<Completion<T>>(
        std::make_unique<detail::HandlerCompletion<T, Handler>>(std::move(handler))));
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      std::move(initiate), boost::asio::use_awaitable);
}

}  // namespace warp::net
