#include "app/limit_exchange.h"

#include <algorithm>

namespace warp::app {
namespace {

const std::string kNodes = "warp:limits";

std::string key_of(const std::string& node) {
  return kNodes + ":" + node;
}

}  // namespace

LimitExchange::LimitExchange(redis::Client& redis, std::string node, std::chrono::milliseconds life)
    : redis_(redis), node_(std::move(node)), life_ms_(std::to_string(life.count())) {}

std::vector<std::vector<std::string>> LimitExchange::commands(std::string word) const {
  std::vector<std::vector<std::string>> commands;
  commands.push_back({"SET", key_of(node_), std::move(word), "PX", life_ms_});
  commands.push_back({"SADD", kNodes, node_});
  commands.push_back({"SMEMBERS", kNodes});
  if (!others_.empty()) {
    std::vector<std::string> ask{"MGET"};
    for (const auto& other : others_)
      ask.push_back(key_of(other));
    commands.push_back(std::move(ask));
  }
  if (!gone_.empty()) {
    std::vector<std::string> forget{"SREM", kNodes};
    forget.insert(forget.end(), gone_.begin(), gone_.end());
    commands.push_back(std::move(forget));
  }
  return commands;
}

std::vector<std::string> LimitExchange::read(const std::vector<redis::Reply>& replies) {
  constexpr std::size_t kMembers = 2, kWords = 3;
  std::vector<std::string> words, members;
  gone_.clear();
  if (!others_.empty()) {
    const auto& said = replies[kWords].elements();
    for (std::size_t i = 0; i < said.size() && i < others_.size(); ++i) {
      if (said[i].is_nil())
        gone_.push_back(others_[i]);
      else
        words.push_back(said[i].text());
    }
  }
  for (const auto& member : replies[kMembers].elements())
    if (member.text() != node_ && std::find(gone_.begin(), gone_.end(), member.text()) == gone_.end())
      members.push_back(member.text());
  others_ = std::move(members);
  return words;
}

boost::asio::awaitable<std::optional<std::vector<std::string>>> LimitExchange::turn(std::string word) {
  auto asked = commands(std::move(word));
  const auto replies = co_await redis_.pipeline(std::move(asked));
  if (!replies) co_return std::nullopt;
  for (const auto& reply : *replies)
    if (reply.is_error()) co_return std::nullopt;
  std::optional<std::vector<std::string>> words = read(*replies);
  co_return words;
}

boost::asio::awaitable<void> LimitExchange::leave() {
  std::vector<std::vector<std::string>> asked{{"DEL", key_of(node_)}, {"SREM", kNodes, node_}};
  const auto replies = co_await redis_.pipeline(std::move(asked));
  static_cast<void>(replies);
}

}  // namespace warp::app
