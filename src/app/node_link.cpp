#include "app/node_link.h"

#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/identity/tickets.h"
#include "warp/net/quietly.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

std::string question_key(const std::string& node) {
  return "warp:ask:" + node;
}
std::string answer_key(const std::string& id) {
  return "warp:answer:" + id;
}

}  // namespace

// One element to the end of each list (key, element).
asio::awaitable<bool> NodeLink::put(std::vector<std::pair<std::string, std::string>> lists) {
  std::vector<std::vector<std::string>> commands;
  for (auto& [key, element] : lists) {
    commands.push_back({"RPUSH", key, std::move(element)});
    commands.push_back({"EXPIRE", key, std::to_string(kLife.count())});
  }
  const auto done = co_await redis_.pipeline(std::move(commands));
  co_return done.has_value();
}

asio::awaitable<NodeLink::Answers> NodeLink::ask(std::vector<std::string> nodes, std::string question) {
  Answers answers;
  std::map<std::string, std::string> waiting;  // id of the question: node
  std::vector<std::pair<std::string, std::string>> questions;
  for (auto& node : nodes) {
    const auto id = identity::make_secret("");
    questions.emplace_back(question_key(node), id + " " + question);
    answers[node] = std::nullopt;
    waiting[id] = std::move(node);
  }
  if (waiting.empty() || !co_await put(std::move(questions))) co_return answers;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto deadline = SteadyClock::now() + kLimit;
  while (!waiting.empty() && SteadyClock::now() < deadline) {
    timer.expires_after(kLookForAnswers);
    const auto [error] = co_await timer.async_wait(net::kQuietly);
    if (error) break;
    std::vector<std::string> ids;
    std::vector<std::vector<std::string>> commands;
    for (const auto& [id, node] : waiting) {
      ids.push_back(id);
      commands.push_back({"LPOP", answer_key(id)});
    }
    const auto found = co_await redis_.pipeline(std::move(commands));
    if (!found || found->size() != ids.size()) break;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if ((*found)[i].kind() != redis::Reply::Kind::Bulk) continue;
      const auto asked = waiting.find(ids[i]);
      answers[asked->second] = (*found)[i].text();
      waiting.erase(asked);
    }
  }
  co_return answers;
}

asio::awaitable<void> NodeLink::serve(Answerer answer, std::function<bool()> alone) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    std::vector<std::string> command{"LPOP", question_key(node_), std::to_string(kAtOnce)};
    const auto found = co_await redis_.command(std::move(command));
    if (found) {
      for (const auto& element : found->elements()) {
        const std::string& text = element.text();
        const auto blank = text.find(' ');
        if (blank == text.npos) continue;
        auto answering = answer(text.substr(blank + 1));
        auto said = co_await std::move(answering);
        std::vector<std::pair<std::string, std::string>> lists;
        lists.emplace_back(answer_key(text.substr(0, blank)), std::move(said));
        const bool put_there = co_await put(std::move(lists));
        static_cast<void>(put_there);  // who asked has given up by then
      }
    }
    timer.expires_after(!found ? kLimit : alone() ? kLookAlone : kLook);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace warp::app
