#include <algorithm>
#include <unordered_map>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/integrations/telique.h"
#include "warp/integrations/telique_cache.h"
#include "warp/net/task_group.h"
#include "warp/numbering/askable.h"

#include "telique_questions.h"

namespace warp::integrations {
namespace {

namespace asio = boost::asio;
using domain::LookupAnswer;
using domain::LookupRequest;
using domain::Lookups;
using domain::LookupState;

// A call goes on without a name.
constexpr auto kNeeded = static_cast<Lookups>(~domain::kLookupCnam);
constexpr std::chrono::seconds kEndOfTasks{10};

// Behind "LRN ", in the note of a record.
std::string_view words_of(TeliqueOutcome outcome) {
  switch (outcome) {
    case TeliqueOutcome::Ok:
    case TeliqueOutcome::NotFound:
      return "";
    case TeliqueOutcome::Refused:
    case TeliqueOutcome::Denied:
      return "refused";
    case TeliqueOutcome::RateLimited:
      return "rate limited";
    case TeliqueOutcome::Failed:
      return "failed";
    case TeliqueOutcome::TimedOut:
      return "timed out";
    case TeliqueOutcome::Unreachable:
      return "unreachable";
    case TeliqueOutcome::CircuitOpen:
      return "not asked: circuit open";
    case TeliqueOutcome::Ceiling:
      return "not asked: too many at once";
  }
  return "";
}

void add_note(LookupAnswer& answer, Lookups part, std::string_view words) {
  std::string note(part_name(part));
  note += ' ';
  note += words;
  if (answer.note.find(note) != std::string::npos) return;  // both ends, of one cause
  if (!answer.note.empty()) answer.note += "; ";
  answer.note += note;
}

void set_state(LookupAnswer& answer, Lookups wanted, Lookups missing) {
  const auto needed = static_cast<Lookups>(wanted & kNeeded),
             lacking = static_cast<Lookups>(missing & kNeeded);
  if (missing == 0 || (lacking == 0 && needed != 0))
    answer.state = LookupState::Fresh;
  else
    answer.state = lacking == needed ? LookupState::Absent : LookupState::Partial;
}

}  // namespace

struct TeliqueLookup::Impl : std::enable_shared_from_this<Impl> {
  Impl(TeliqueClient& asked, TeliqueSettings given, asio::any_io_executor loop, const Clock& clock,
       log::Logger& log, metrics::Registry& metrics)
      : client(asked),
        settings(std::move(given)),
        executor(loop),
        cache(settings.cache_entries, clock),
        tasks(loop,
              [&log](std::string_view, std::exception_ptr error) {
                try {
                  std::rethrow_exception(error);
                } catch (const std::exception& thrown) {
                  log.error("integrations.telique_task_failed", {{"error", thrown.what()}});
                }
              }),
        counts(metrics) {}

  // One look-up of a call.
  struct Waiting {
    Waiting(LookupRequest asked, LookupAnswer found, Lookups lacking, Executor& home,
            std::function<void(LookupAnswer)> callback, const asio::any_io_executor& loop)
        : request(std::move(asked)),
          answer(std::move(found)),
          missing(lacking),
          where(home),
          done(std::move(callback)),
          timer(loop) {}
    const LookupRequest request;
    LookupAnswer answer;
    Lookups missing;
    Lookups told = 0;  // of those missing, why they are is in the note
    bool finished = false;
    Executor& where;
    const std::function<void(LookupAnswer)> done;
    asio::steady_timer timer;
  };
  // One question under way, and all who wait for it.
  struct Flight {
    struct Passenger {
      std::shared_ptr<Waiting> waiting;
      Lookups part;
    };
    std::vector<Passenger> passengers;
  };

  Lookups from_cache(const LookupRequest& request, LookupAnswer& answer);
  LookupAnswer give(LookupAnswer answer, const LookupRequest& request, Lookups missing);
  void start(std::shared_ptr<Waiting> waiting, std::chrono::steady_clock::time_point deadline);
  void board(const std::shared_ptr<Waiting>& waiting, Lookups part);
  void land(const TeliqueQuestion& question, const TeliqueClient::Reply& reply);
  void lack(Waiting& waiting, Lookups part, std::string_view words);
  void finish(Waiting& waiting);
  // The group that runs it is waited for before this goes.
  static asio::awaitable<void> fetch(Impl& self, TeliqueQuestion question);

  TeliqueClient& client;
  const TeliqueSettings settings;
  const asio::any_io_executor executor;
  TeliqueCache cache;
  std::unordered_map<std::uint64_t, Flight> flights;  // by key; on the executor
  std::atomic<std::size_t> waiting_count{0};
  std::atomic<bool> closed{false};
  net::TaskGroup tasks;
  TeliqueMetrics counts;
};

Lookups TeliqueLookup::Impl::from_cache(const LookupRequest& request, LookupAnswer& answer) {
  Lookups missing = 0;
  for (const auto part : kParts) {
    if ((request.wanted & part) == 0) continue;
    const auto question = question_of(request, part);
    const auto found = cache.find(question.key);
    const auto kind = static_cast<std::size_t>(question.kind);
    (found ? counts.hits : counts.misses)[kind]->add();
    if (found)
      apply(request, part, found->text(), found->more(), answer);
    else
      missing |= part;
  }
  return missing;
}

LookupAnswer TeliqueLookup::Impl::give(LookupAnswer answer, const LookupRequest& request, Lookups missing) {
  set_state(answer, request.wanted, missing);
  counts.answers[static_cast<std::size_t>(answer.state)]->add();
  return answer;
}

void TeliqueLookup::Impl::start(std::shared_ptr<Waiting> waiting,
                                std::chrono::steady_clock::time_point deadline) {
  if (closed) return finish(*waiting);
  waiting->timer.expires_at(deadline);
  waiting->timer.async_wait([weak = weak_from_this(), waiting](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || waiting->finished) return;
    for (const auto part : kParts)
      if (waiting->missing & part) self->lack(*waiting, part, words_of(TeliqueOutcome::TimedOut));
    self->finish(*waiting);
  });
  const auto missing = waiting->missing;
  for (const auto part : kParts)
    if (missing & part) board(waiting, part);
}

void TeliqueLookup::Impl::board(const std::shared_ptr<Waiting>& waiting, Lookups part) {
  auto question = question_of(waiting->request, part);
  const auto [flight, fresh] = flights.try_emplace(question.key);
  flight->second.passengers.push_back({waiting, part});
  if (!fresh) return;
  const auto key = question.key;
  if (tasks.spawn("lookup", fetch(*this, std::move(question)))) return;
  flights.erase(key);
  lack(*waiting, part, words_of(TeliqueOutcome::Unreachable));
  finish(*waiting);
}

asio::awaitable<void> TeliqueLookup::Impl::fetch(Impl& self, TeliqueQuestion question) {
  auto asking = self.client.ask(question.kind, question.path, self.settings.timeout);
  const auto reply = co_await std::move(asking);
  self.land(question, reply);
}

void TeliqueLookup::Impl::land(const TeliqueQuestion& question, const TeliqueClient::Reply& reply) {
  auto node = flights.extract(question.key);
  auto outcome = reply.outcome;
  std::optional<TeliqueFinding> found;
  if (outcome == TeliqueOutcome::Ok || outcome == TeliqueOutcome::NotFound) {
    found = finding_of(question, outcome == TeliqueOutcome::Ok ? &reply.body : nullptr);
    if (!found) {
      client.unreadable(question.kind);
      outcome = TeliqueOutcome::Failed;
    } else if (outcome == TeliqueOutcome::Ok) {
      client.readable(question.kind);
    }
  }
  if (found) {
    const auto life = question.kind == TeliqueKind::Cnam ? settings.cnam_cache : settings.cache;
    cache.put(question.key, found->text, found->more, life);
  }
  if (node.empty()) return;
  for (auto& [waiting, part] : node.mapped().passengers) {
    if (waiting->finished) continue;
    if (found) {
      apply(waiting->request, part, found->text, found->more, waiting->answer);
      waiting->missing &= static_cast<Lookups>(~part);
    } else {
      lack(*waiting, part, words_of(outcome));
    }
    if (waiting->missing == waiting->told) finish(*waiting);
  }
}

// That part will not come.
void TeliqueLookup::Impl::lack(Waiting& waiting, Lookups part, std::string_view words) {
  if (waiting.told & part) return;
  waiting.told |= part;
  add_note(waiting.answer, part, words);
}

void TeliqueLookup::Impl::finish(Waiting& waiting) {
  if (waiting.finished) return;
  waiting.finished = true;
  waiting.timer.cancel();
  --waiting_count;
  waiting.where.post([done = waiting.done, answer = give(std::move(waiting.answer), waiting.request,
                                                         waiting.missing)] { done(answer); });
}

TeliqueLookup::TeliqueLookup(TeliqueClient& client, TeliqueSettings settings, asio::any_io_executor executor,
                             const Clock& clock, log::Logger& log, metrics::Registry& metrics)
    : impl_(std::make_shared<Impl>(client, std::move(settings), std::move(executor), clock, log, metrics)) {}

TeliqueLookup::~TeliqueLookup() = default;

std::optional<LookupAnswer> TeliqueLookup::lookup(LookupRequest request, Executor& where,
                                                  std::function<void(LookupAnswer)> done) {
  Impl& impl = *impl_;
  request.wanted = numbering::askable(request);
  LookupAnswer answer;
  const auto missing = impl.from_cache(request, answer);
  if (missing == 0) {
    answer.state = LookupState::Cached;
    answer.note = request.wanted != 0 ? "cached" : "";
    impl.counts.answers[static_cast<std::size_t>(answer.state)]->add();
    return answer;
  }
  const bool crowded = impl.waiting_count >= impl.settings.most_waiting;
  if (impl.closed || crowded || impl.client.resting()) {
    const auto why = crowded ? TeliqueOutcome::Ceiling : TeliqueOutcome::CircuitOpen;
    for (const auto part : kParts)
      if (missing & part) add_note(answer, part, words_of(why));
    return impl.give(std::move(answer), request, missing);
  }
  ++impl.waiting_count;
  const auto deadline = std::chrono::steady_clock::now() + impl.settings.timeout;
  auto waiting = std::make_shared<Impl::Waiting>(std::move(request), std::move(answer), missing, where,
                                                 std::move(done), impl.executor);
  asio::post(impl.executor, [weak = std::weak_ptr(impl_), waiting = std::move(waiting), deadline]() mutable {
    if (const auto self = weak.lock()) self->start(std::move(waiting), deadline);
  });
  return std::nullopt;
}

asio::awaitable<void> TeliqueLookup::close() {
  impl_->closed = true;
  auto flights = std::move(impl_->flights);
  impl_->flights.clear();
  for (auto& [key, flight] : flights)
    for (auto& passenger : flight.passengers) {
      impl_->lack(*passenger.waiting, passenger.part, words_of(TeliqueOutcome::Unreachable));
      impl_->finish(*passenger.waiting);
    }
  impl_->tasks.cancel();
  auto joining = impl_->tasks.join(kEndOfTasks);
  const bool ended = co_await std::move(joining);
  static_cast<void>(ended);
}

asio::awaitable<Result<TeliqueBlocks, TeliqueOutcome>> ask_blocks(TeliqueClient& client, unsigned npa,
                                                                  std::uint64_t offset,
                                                                  std::chrono::milliseconds timeout) {
  std::string path =
      "/lerg/lerg_6/npa,nxx,block_id,lata,loc_state,ocn,rc_abbre,coc_type/npa=" + std::to_string(npa) +
      "?limit=" + std::to_string(kLergPage) + "&offset=" + std::to_string(offset) + "&format=json";
  auto asking = client.ask(TeliqueKind::Lerg, std::move(path), timeout);
  const auto reply = co_await std::move(asking);
  // An area code that is in nobody's hands.
  if (reply.outcome == TeliqueOutcome::NotFound) co_return TeliqueBlocks{};
  if (reply.outcome != TeliqueOutcome::Ok) co_return reply.outcome;
  auto page = read_telique_blocks(reply.body);
  if (!page) {
    client.unreadable(TeliqueKind::Lerg);
    co_return TeliqueOutcome::Failed;
  }
  client.readable(TeliqueKind::Lerg);
  co_return std::move(*page);
}

}  // namespace warp::integrations
