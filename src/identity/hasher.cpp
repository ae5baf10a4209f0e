#include "warp/identity/hasher.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "warp/net/completion.h"

namespace warp::identity {
namespace {

constexpr std::string_view kNobody = "nobody's password";

std::optional<std::string> try_hash(const std::string& password, const HashCost& cost) {
  try {
    return hash_password(password, cost);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

struct ThreadHasher::State {
  using Job = std::function<void()>;

  State(HashCost made_with, std::size_t longest) : cost(made_with), queue_limit(longest) {}

  // False: no room.
  bool put(Job job) {
    {
      const std::lock_guard guard(mutex);
      if (ending || jobs.size() >= queue_limit) return false;
      jobs.push_back(std::move(job));
    }
    some.notify_one();
    return true;
  }
  void work() {
    while (true) {
      Job job;
      {
        std::unique_lock lock(mutex);
        some.wait(lock, [this] { return ending || !jobs.empty(); });
        if (ending) return;
        job = std::move(jobs.front());
        jobs.pop_front();
      }
      job();
    }
  }
  std::string decoy() {
    std::call_once(decoy_made, [this] { nobodys = try_hash(std::string(kNobody), cost).value_or(""); });
    return nobodys;
  }

  const HashCost cost;
  const std::size_t queue_limit;
  std::once_flag decoy_made;
  std::string nobodys;
  std::mutex mutex;  // guards the two below
  std::deque<Job> jobs;
  bool ending = false;
  std::condition_variable some;
  std::vector<std::thread> threads;
};

ThreadHasher::ThreadHasher(HashCost cost, std::size_t threads, std::size_t queue)
    : state_(std::make_unique<State>(cost, queue)) {
  for (std::size_t i = 0; i < threads; ++i)
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

ThreadHasher::~ThreadHasher() {
  {
    const std::lock_guard guard(state_->mutex);
    state_->ending = true;
  }
  state_->some.notify_all();
  for (auto& thread : state_->threads)
    thread.join();
}

boost::asio::awaitable<std::optional<std::string>> ThreadHasher::hash(std::string password) {
  using Answer = std::optional<std::string>;
  auto* state = state_.get();
  auto start = [state, password = std::move(password)](std::unique_ptr<net::Completion<Answer>> given) {
    const std::shared_ptr<net::Completion<Answer>> done = std::move(given);
    const bool taken =
        state->put([state, password, done] { done->complete(try_hash(password, state->cost)); });
    if (!taken) done->complete(std::nullopt);
  };
  auto waiting = net::suspend<Answer>(std::move(start));
  co_return co_await std::move(waiting);
}

boost::asio::awaitable<std::optional<bool>> ThreadHasher::verify(std::string stored, std::string password) {
  using Answer = std::optional<bool>;
  auto* state = state_.get();
  auto start = [state, stored = std::move(stored),
                password = std::move(password)](std::unique_ptr<net::Completion<Answer>> given) {
    const std::shared_ptr<net::Completion<Answer>> done = std::move(given);
    const bool taken = state->put([state, stored, password, done] {
      const bool same = verify_password(stored.empty() ? state->decoy() : stored, password);
      done->complete(same && !stored.empty());
    });
    if (!taken) done->complete(std::nullopt);
  };
  auto waiting = net::suspend<Answer>(std::move(start));
  co_return co_await std::move(waiting);
}

HashCost ThreadHasher::cost() const {
  return state_->cost;
}

Hasher& process_hasher() {
  static ThreadHasher hasher;
  return hasher;
}

}  // namespace warp::identity
