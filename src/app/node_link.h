// NodeLink: questions between nodes, by Redis lists: one asks in warp:ask:<node>, the answer comes in
// warp:answer:<id>. Both are gone after kLife. Whoever does not answer within kLimit is passed over.
//
// Texts are opaque here. ask() is for any coroutine; serve() belongs to one.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/redis/client.h"

namespace warp::app {

class NodeLink {
 public:
  static constexpr std::chrono::milliseconds kLimit{500}, kLook{50}, kLookAlone{200}, kLookForAnswers{20};
  static constexpr std::chrono::seconds kLife{5};
  static constexpr std::size_t kAtOnce = 16;  // questions that are taken at a time

  using Answerer = std::function<boost::asio::awaitable<std::string>(std::string question)>;
  // nullopt: that node did not answer.
  using Answers = std::map<std::string, std::optional<std::string>>;

  NodeLink(redis::Client& redis, std::string node) : redis_(redis), node_(std::move(node)) {}

  boost::asio::awaitable<Answers> ask(std::vector<std::string> nodes, std::string question);
  // Until it is cancelled. While `alone`, as far as it is known, it looks less often.
  boost::asio::awaitable<void> serve(Answerer answer, std::function<bool()> alone);

 private:
  boost::asio::awaitable<bool> put(std::vector<std::pair<std::string, std::string>> lists);

  redis::Client& redis_;
  const std::string node_;
};

}  // namespace warp::app
