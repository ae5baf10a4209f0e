#include "writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace warp::recording {
namespace {

constexpr std::chrono::milliseconds kAdvanceEvery{100}, kFlushEvery{1'000};

}  // namespace

void Writer::handle(Begin& begin) {
  const auto key = begin.subject->key;
  auto session = std::make_unique<Session>(place_, kit_, std::move(begin.request), begin.at);
  const bool good = session->open();
  keys_[session->request().id] = key;
  running_[key] = Entry{std::move(begin.subject), std::move(session), good};
}

void Writer::take(std::span<const std::byte> item) {
  RingHead head;
  std::memcpy(&head, item.data(), sizeof head);
  const auto found = running_.find(head.key);
  if (found == running_.end() || !found->second.good) return;
  const Arrival arrival{head.from, head.stream, head.origin, head.at};
  found->second.good = found->second.session->packet(arrival, item.subspan(sizeof head));
}

// Beginnings and terms come before the packets that came after them: what is told while this runs is not
// seen, so neither may such packets be. Ends come after the packets that were there before them: so they wait
// for the next round.
void Writer::round(Monotonic now) {
  const auto mark = inlet_.ring.mark();
  std::vector<Command> commands;
  {
    std::lock_guard guard(inlet_.mutex);
    commands.swap(inlet_.commands);
  }
  for (auto& command : commands) {
    if (auto* begin = std::get_if<Begin>(&command)) handle(*begin);
    if (auto* agreed = std::get_if<Agreed>(&command)) {
      const auto found = running_.find(agreed->key);
      if (found != running_.end())
        found->second.session->terms(agreed->side, agreed->stream, std::move(agreed->terms));
    }
  }
  inlet_.ring.drain(mark, [this](std::span<const std::byte> item) { take(item); });
  for (const auto& end : std::exchange(ending_, {})) {
    const auto key = keys_.find(end.id);
    if (key != keys_.end()) finish(key->second, end.at, end.cause);
  }
  for (const auto& command : commands)
    if (const auto* end = std::get_if<End>(&command)) ending_.push_back(*end);
  if (now - advanced_at_ >= kAdvanceEvery) advance(now);
  if (now - flushed_at_ >= kFlushEvery) flush(now);
  finish_those(now, StopCause::DiskFailed, [](const Entry& entry) { return !entry.good; });
}

void Writer::advance(Monotonic now) {
  advanced_at_ = now;
  for (auto& [key, entry] : running_)
    entry.good = entry.good && entry.session->advance(now);
}

void Writer::flush(Monotonic now) {
  flushed_at_ = now;
  std::uint64_t growing = 0;
  for (auto& [key, entry] : running_) {
    entry.good = entry.good && entry.session->flush();
    growing += entry.session->octets();
  }
  room_.growing = growing;
  look_at_disk();
  const auto all = [](const Entry&) { return true; };
  if (room_.over_quota()) finish_those(now, StopCause::Quota, all);
  if (room_.disk_full) finish_those(now, StopCause::DiskFailed, all);
}

void Writer::look_at_disk() {
  std::error_code error;
  const auto space = std::filesystem::space(place_.folder, error);
  const bool full = !error && space.available < room_.least_free;
  if (full && !room_.disk_full) log_.error("recording.disk_full", {{"folder", place_.folder.string()}});
  room_.disk_full = full;
}

void Writer::finish(std::uint64_t key, Monotonic now, StopCause cause) {
  auto node = running_.extract(key);
  if (node.empty()) return;
  auto& [subject, session, good] = node.mapped();
  keys_.erase(session->request().id);
  subject->open = false;
  room_.growing -= std::min(room_.growing.load(), session->octets());
  auto ended = session->end(now, cause);
  ended.what.packets_lost_here = subject->lost;
  if (ended.what.cause == StopCause::DiskFailed)
    log_.error("recording.disk_failed",
               {{"call", ended.what.call}, {"recording", ended.what.id.to_string()}});
  give_(std::move(ended));
}

template <class Which>
void Writer::finish_those(Monotonic now, StopCause cause, Which which) {
  std::vector<std::uint64_t> keys;
  for (const auto& [key, entry] : running_)
    if (which(entry)) keys.push_back(key);
  for (const auto key : keys)
    finish(key, now, cause);
}

void Writer::end_all(Monotonic now, StopCause cause) {
  finish_those(now, cause, [](const Entry&) { return true; });
}

}  // namespace warp::recording
