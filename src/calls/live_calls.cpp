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

// Asks every shard: one at most has the call, the others say `none`. Shared by the works posted to them: the
// last one answers.
template <class Answer>
struct Search {
  Search(std::size_t shards, Answer none_, Executor& where_, std::function<void(Answer)> done_)
      : missing(shards), none(none_), found(none_), where(where_), done(std::move(done_)) {}

  void add(Answer answer) {
    const std::lock_guard lock(mutex);
    if (answer != none) found = answer;
    if (--missing == 0) where.post([done = std::move(done), found = found] { done(found); });
  }

  std::mutex mutex;  // guards the rest
  std::size_t missing;
  const Answer none;
  Answer found;
  Executor& where;
  std::function<void(Answer)> done;
};

// `work` is done on the shard that has this call of this customer.
template <class Answer, class Work>
void search(const std::vector<LiveCalls::Shard>& shards, CallId call, std::optional<CustomerId> customer,
            Answer none, Executor& where, std::function<void(Answer)> done, Work work) {
  if (shards.empty()) return where.post([done = std::move(done), none] { done(none); });
  const auto shared = std::make_shared<Search<Answer>>(shards.size(), none, where, std::move(done));
  for (const LiveCalls::Shard& shard : shards)
    shard.executor->post([shared, call, customer, none, work, engine = shard.engine] {
      const bool here = !engine->live({customer, std::nullopt, call, 1}).empty();
      shared->add(here ? work(*engine) : none);
    });
}

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

std::string_view to_string(RecordingAnswer answer) {
  switch (answer) {
    case RecordingAnswer::Done:
      return "done";
    case RecordingAnswer::NoSuchCall:
      return "no_such_call";
    case RecordingAnswer::NotUp:
      return "not_up";
    case RecordingAnswer::NoMedia:
      return "no_media";
    case RecordingAnswer::Already:
      return "already";
    case RecordingAnswer::NotRecorded:
      return "not_recorded";
    case RecordingAnswer::Refused:
      return "refused";
  }
  return "refused";
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
  search(shards_, call, customer, false, where, std::move(done),
         [call, reason](CallEngine& engine) { return engine.end(call, reason); });
}

void LiveCalls::record(CallId call, std::optional<CustomerId> customer, const RecordingWish& wish,
                       Executor& where, std::function<void(RecordingBegun)> done) const {
  search(shards_, call, customer, RecordingBegun{}, where, std::move(done),
         [call, wish](CallEngine& engine) { return engine.record(call, wish); });
}

void LiveCalls::stop_recording(CallId call, std::optional<CustomerId> customer, Executor& where,
                               std::function<void(RecordingAnswer)> done) const {
  search(shards_, call, customer, RecordingAnswer::NoSuchCall, where, std::move(done),
         [call](CallEngine& engine) { return engine.stop_recording(call); });
}

std::size_t LiveCalls::count() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_)
    total += shard.engine->active_calls();
  return total;
}

}  // namespace warp::calls
