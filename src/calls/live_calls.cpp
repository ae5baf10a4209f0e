#include "warp/calls/live_calls.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "warp/calls/call_engine.h"

namespace warp::calls {

namespace {

// Collects what the shards send. Shared by the works posted to them: the last one answers.
struct Gathering {
  Gathering(std::size_t shards, std::size_t limit_, Executor& where_,
            std::function<void(std::vector<LiveCall>)> done_)
      : missing(shards), limit(limit_), where(where_), done(std::move(done_)) {}

  void add(std::vector<LiveCall> part) {
    const std::lock_guard lock(mutex);
    std::move(part.begin(), part.end(), std::back_inserter(calls));
    if (--missing == 0) answer();
  }
  void answer() {
    std::sort(calls.begin(), calls.end(),
              [](const LiveCall& a, const LiveCall& b) { return a.setup_at < b.setup_at; });
    if (calls.size() > limit) calls.resize(limit);
    where.post([done = std::move(done), calls = std::move(calls)]() mutable { done(std::move(calls)); });
  }

  std::mutex mutex;  // guards the rest
  std::size_t missing;
  const std::size_t limit;
  Executor& where;
  std::function<void(std::vector<LiveCall>)> done;
  std::vector<LiveCall> calls;
};

struct Search {
  Search(std::size_t shards, Executor& where_, std::function<void(bool)> done_)
      : missing(shards), where(where_), done(std::move(done_)) {}

  void add(bool ended) {
    const std::lock_guard lock(mutex);
    found = found || ended;
    if (--missing == 0) where.post([done = std::move(done), found = found] { done(found); });
  }

  std::mutex mutex;  // guards the rest
  std::size_t missing;
  bool found = false;
  Executor& where;
  std::function<void(bool)> done;
};

}  // namespace

std::string_view to_string(LiveState state) {
  switch (state) {
    case LiveState::Trying:
      return "trying";
    case LiveState::Ringing:
      return "ringing";
    case LiveState::Answering:
      return "answering";
    case LiveState::Up:
      return "up";
  }
  return "up";
}

void LiveCalls::list(const LiveFilter& filter, Executor& where,
                     std::function<void(std::vector<LiveCall>)> done) const {
  if (shards_.empty()) return where.post([done = std::move(done)] { done({}); });
  const auto gathering = std::make_shared<Gathering>(shards_.size(), filter.limit, where, std::move(done));
  for (const Shard& shard : shards_)
    shard.executor->post(
        [gathering, filter, engine = shard.engine] { gathering->add(engine->live(filter)); });
}

void LiveCalls::end(CallId call, std::optional<CustomerId> customer, domain::Reason reason, Executor& where,
                    std::function<void(bool)> done) const {
  if (shards_.empty()) return where.post([done = std::move(done)] { done(false); });
  const auto search = std::make_shared<Search>(shards_.size(), where, std::move(done));
  for (const Shard& shard : shards_)
    shard.executor->post([search, call, customer, reason, engine = shard.engine] {
      const bool here = !engine->live({customer, std::nullopt, call, 1}).empty();
      search->add(here && engine->end(call, reason));
    });
}

std::size_t LiveCalls::count() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_)
    total += shard.engine->active_calls();
  return total;
}

}  // namespace warp::calls
