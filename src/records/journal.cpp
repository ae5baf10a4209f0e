#include "warp/records/journal.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <pthread.h>
#include <system_error>
#include <thread>

#include "warp/base/text.h"
#include "warp/records/record_codec.h"

#include "frame.h"
#include "journal_metrics.h"
#include "segments.h"

namespace warp::records {
namespace {

using Steady = std::chrono::steady_clock;
using Done = std::function<void(bool)>;

constexpr std::chrono::seconds kTick{1};  // heartbeats, free space, old segments

struct Item {
  Entry entry;
  Executor* where = nullptr;  // null: nobody waits
  Done done;
};

std::size_t octets_of(const Item& item) {
  return item.entry.payload.size() + sizeof(Item);
}

// One post an Executor, however many calls it has in the group.
class Completions {
 public:
  void add(Executor& where, Done done) {
    for (auto& [executor, dones] : groups_)
      if (executor == &where) return dones->push_back(std::move(done));
    groups_.emplace_back(&where, std::make_shared<std::vector<Done>>());
    groups_.back().second->push_back(std::move(done));
  }
  void post(bool durable) {
    for (auto& [executor, dones] : groups_)
      executor->post([dones = std::move(dones), durable] {
        for (auto& done : *dones)
          done(durable);
      });
    groups_.clear();
  }

 private:
  std::vector<std::pair<Executor*, std::shared_ptr<std::vector<Done>>>> groups_;
};

}  // namespace

struct Journal::Impl {
  Impl(std::unique_ptr<Storage> given, const JournalSettings& wanted, const Clock& clock,
       metrics::Registry& registry, log::Logger& logger)
      : storage(std::move(given)),
        settings(wanted),
        segments(*storage, settings, clock),
        counters(registry),
        log(logger) {}

  // --- any thread ---

  bool writable() const {
    return !broken.load(std::memory_order_relaxed) && !disk_low.load(std::memory_order_relaxed) &&
           queued_octets.load(std::memory_order_relaxed) < settings.queue_octets;
  }

  void enqueue(Item item, std::chrono::milliseconds window) {
    queued_octets.fetch_add(octets_of(item), std::memory_order_relaxed);
    const auto now = Steady::now();
    bool wake = false;
    {
      const std::lock_guard guard(mutex);
      const auto wanted = std::max(now + window, group_began + settings.group_interval);
      queue.push_back(std::move(item));
      ++enqueued;
      due = std::min(due, wanted);
      // The writer sleeps past the moment at which this one must go.
      wake = due < sleeping_until;
      if (wake) sleeping_until = due;
    }
    if (wake) wake_up.notify_one();
  }

  bool flush(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex);
    const auto target = enqueued;
    due = Steady::time_point::min();
    wake_up.notify_one();
    return progressed.wait_for(lock, limit, [&] { return processed >= target; });
  }

  Mark mark() {
    const std::lock_guard guard(mutex);
    return {enqueued, std::nullopt};
  }

  bool shipped(Mark& mark) {
    if (!mark.end) {
      const std::lock_guard guard(mutex);
      // What could not be written is in memory until the disk is well again.
      if (processed < mark.enqueued || broken.load(std::memory_order_relaxed)) return false;
      mark.end = segments.end();
    }
    return segments.backlog() == 0 || segments.shipped() >= *mark.end;
  }

  void stop() {
    {
      const std::lock_guard guard(mutex);
      stopping = true;
    }
    wake_up.notify_one();
    if (writer.joinable()) writer.join();
  }

  // --- the writer ---

  void run() {
    pthread_setname_np(pthread_self(), "journal");
    auto next_tick = Steady::now() + kTick;
    auto give_up = Steady::time_point::max();
    std::unique_lock lock(mutex);
    while (true) {
      sleep(lock, next_tick);
      if (stopping && give_up == Steady::time_point::max()) give_up = Steady::now() + settings.stop_limit;
      if (stopping && queue.empty() && (retained.empty() || Steady::now() >= give_up)) break;
      std::vector<Item> group;
      group.swap(queue);
      due = Steady::time_point::max();
      if (!group.empty()) group_began = Steady::now();
      lock.unlock();
      const auto count = group.size();
      commit(std::move(group));
      if (Steady::now() >= next_tick) {
        tick();
        next_tick = Steady::now() + kTick;
      }
      lock.lock();
      processed += count;
      progressed.notify_all();
    }
    lock.unlock();
    report_lost();
  }

  void sleep(std::unique_lock<std::mutex>& lock, Steady::time_point next_tick) {
    while (true) {
      auto until = std::min(due, next_tick);
      if (broken.load(std::memory_order_relaxed)) until = retry_at;
      if (stopping && !broken.load(std::memory_order_relaxed)) return;
      if (Steady::now() >= until) return;
      sleeping_until = until;
      wake_up.wait_until(lock, until);
      sleeping_until = Steady::time_point::min();
    }
  }

  void commit(std::vector<Item> group) {
    if (!retained.empty()) {
      // Older ones first: order in the journal is the order of the calls' ends.
      retained.insert(retained.end(), std::make_move_iterator(group.begin()),
                      std::make_move_iterator(group.end()));
      group.swap(retained);
      retained.clear();
    }
    if (group.empty() && !broken.load(std::memory_order_relaxed)) return;
    std::vector<Entry> entries;
    entries.reserve(group.size());
    for (auto& item : group)
      entries.push_back(std::move(item.entry));
    const auto began = Steady::now();
    const auto appended = entries.empty() ? probe() : segments.append(entries);
    for (std::size_t i = 0; i < group.size(); ++i)
      group[i].entry = std::move(entries[i]);
    if (appended.error == 0)
      succeeded(group, appended, Steady::now() - began);
    else
      failed(group, appended.error);
    update_gauges();
  }

  // Nothing to write, but the disk was broken: is it still?
  Segments::Appended probe() { return {.error = segments.probe()}; }

  void succeeded(std::vector<Item>& group, const Segments::Appended& appended, Steady::duration took) {
    if (broken.exchange(false)) log.info("records.journal_healed", {{"entries", group.size()}});
    Completions completions;
    std::size_t octets = 0;
    for (auto& item : group) {
      octets += octets_of(item);
      (item.entry.type == EntryType::Answered ? counters.answered : counters.finals).add();
      if (item.where) completions.add(*item.where, std::move(item.done));
    }
    completions.post(true);
    queued_octets.fetch_sub(octets, std::memory_order_relaxed);
    if (group.empty()) return;
    counters.groups.add();
    counters.octets.add(appended.octets);
    counters.duplicates.add(appended.duplicates);
    counters.group_entries.observe(static_cast<double>(group.size()));
    counters.group_seconds.observe(std::chrono::duration<double>(took).count());
  }

  // Drafts are refused, their calls must not begin; final records stay.
  void failed(std::vector<Item>& group, int error) {
    counters.failures.add();
    retry_at = Steady::now() + settings.retry_interval;
    if (!broken.exchange(true))
      log.error("records.journal_broken",
                {{"error", std::generic_category().message(error)},
                 {"cure", "free or mend the disk that holds the journal; new calls are refused until then"}});
    Completions completions;
    std::size_t refused_octets = 0;
    for (auto& item : group) {
      if (item.entry.type == EntryType::Final) {
        retained.push_back(std::move(item));
        continue;
      }
      refused_octets += octets_of(item);
      counters.refused.add();
      if (item.where) completions.add(*item.where, std::move(item.done));
    }
    completions.post(false);
    queued_octets.fetch_sub(refused_octets, std::memory_order_relaxed);
  }

  void tick() {
    const bool low = storage->free_octets() < settings.min_free_octets;
    if (low != disk_low.exchange(low)) {
      if (low)
        log.error("records.disk_low", {{"cure", "free space on the journal's disk; new calls are refused"}});
      else
        log.info("records.disk_has_room");
    }
    int error = segments.heartbeat();
    if (error == 0) error = segments.collect();
    if (error != 0) log.warning("records.upkeep_failed", {{"error", std::generic_category().message(error)}});
    update_gauges();
  }

  void update_gauges() {
    counters.queued.set(static_cast<double>(queued_octets.load(std::memory_order_relaxed)));
    counters.open_drafts.set(static_cast<double>(segments.open_drafts()));
    counters.backlog.set(static_cast<double>(segments.backlog()));
    counters.disk.set(static_cast<double>(segments.octets()));
    counters.writable.set(writable() ? 1 : 0);
  }

  void report_lost() {
    if (retained.empty()) return;
    counters.lost.add(retained.size());
    for (const auto& item : retained)
      log.error("records.lost", {{"record", item.entry.id}});
  }

  const std::unique_ptr<Storage> storage;
  const JournalSettings settings;
  Segments segments;
  JournalMetrics counters;
  log::Logger& log;
  std::vector<Orphan> orphans;

  std::atomic<bool> broken{false}, disk_low{false};
  std::atomic<std::size_t> queued_octets{0};

  std::mutex mutex;  // guards what follows, up to the conditions
  std::vector<Item> queue;
  Steady::time_point due = Steady::time_point::max();
  Steady::time_point sleeping_until = Steady::time_point::min();
  Steady::time_point group_began{};
  std::uint64_t enqueued = 0, processed = 0;
  bool stopping = false;
  std::condition_variable wake_up, progressed;

  // The writer's own.
  std::vector<Item> retained;  // final records that could not be written
  Steady::time_point retry_at{};
  std::thread writer;
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Journal::~Journal() {
  impl_->stop();
}

Result<std::unique_ptr<Journal>, IoError> Journal::open(std::unique_ptr<Storage> storage,
                                                        const JournalSettings& settings, const Clock& clock,
                                                        metrics::Registry& metrics, log::Logger& log) {
  auto impl = std::make_unique<Impl>(std::move(storage), settings, clock, metrics, log);
  OpenResult found;
  if (const int error = impl->segments.open(found)) return static_cast<IoError>(error);
  impl->counters.torn.add(found.torn_octets);
  impl->counters.skipped.add(found.skipped_octets);
  if (found.torn_octets > 0) log.warning("records.torn_tail", {{"octets", found.torn_octets}});
  if (found.skipped_octets > 0) log.error("records.damaged", {{"octets", found.skipped_octets}});
  for (const auto& bytes : found.unreadable_drafts) {
    log.error("records.draft_unreadable", {{"octets", bytes.size()}});
    (void)impl->storage->replace("dead-draft-" + to_hex(bytes.substr(16, 4)) + ".wrec", bytes);
  }
  log.info(
      "records.journal_opened",
      {{"orphans", found.orphans.size()}, {"to_ship", found.finals}, {"octets", impl->segments.octets()}});
  impl->orphans = std::move(found.orphans);
  impl->tick();
  std::unique_ptr<Journal> journal(new Journal(std::move(impl)));
  journal->impl_->writer = std::thread([impl = journal->impl_.get()] { impl->run(); });
  return journal;
}

std::vector<Orphan> Journal::recover() {
  return std::exchange(impl_->orphans, {});
}

bool Journal::writable() const {
  return impl_->writable();
}

void Journal::answered(const domain::CallRecord& draft, std::string state, Executor& where, Done done) {
  std::string record;
  record.reserve(1024);
  encode(draft, record);
  Item item{{EntryType::Answered, draft.id, join_answered(record, state)}, &where, std::move(done)};
  if (impl_->broken.load(std::memory_order_relaxed) || item.entry.payload.size() > kMaxPayload ||
      impl_->queued_octets.load(std::memory_order_relaxed) >= 2 * impl_->settings.queue_octets) {
    impl_->counters.refused.add();
    where.post([done = std::move(item.done)] { done(false); });
    return;
  }
  impl_->enqueue(std::move(item), impl_->settings.answered_window);
}

void Journal::updated(const domain::CallRecord& draft, std::string state) {
  std::string record;
  record.reserve(1024);
  encode(draft, record);
  Item item{{EntryType::Answered, draft.id, join_answered(record, state)}, nullptr, {}};
  if (impl_->broken.load(std::memory_order_relaxed) || item.entry.payload.size() > kMaxPayload ||
      impl_->queued_octets.load(std::memory_order_relaxed) >= impl_->settings.queue_octets)
    return impl_->counters.refused.add();
  impl_->enqueue(std::move(item), impl_->settings.final_window);
}

void Journal::finished(domain::CallRecord record) {
  Item item{{EntryType::Final, record.id, {}}, nullptr, {}};
  item.entry.payload.reserve(1024);
  encode(record, item.entry.payload);
  impl_->enqueue(std::move(item), impl_->settings.final_window);
}

bool Journal::flush(std::chrono::milliseconds limit) {
  return impl_->flush(limit);
}

Journal::Mark Journal::mark() const {
  return impl_->mark();
}

bool Journal::shipped(Mark& mark) const {
  return impl_->shipped(mark);
}

Position Journal::shipped() const {
  return impl_->segments.shipped();
}

Result<FinalsBatch, IoError> Journal::read_finals(Position from, std::size_t max_records) const {
  return impl_->segments.read_finals(from, max_records);
}

int Journal::mark_shipped(Position position, std::size_t records) {
  return impl_->segments.mark_shipped(position, records);
}

int Journal::set_aside(std::string_view name, std::string_view bytes) {
  return impl_->storage->replace("dead-" + std::string(name) + ".wrec", bytes);
}

std::uint64_t Journal::backlog() const {
  return impl_->segments.backlog();
}

}  // namespace warp::records
