#include "request_window.h"

#include <utility>

namespace warp::smpp {
namespace {

constexpr std::size_t kFirstRing = 16;

// How many steps of next_sequence() lead from one to the other.
constexpr std::size_t steps(std::uint32_t from, std::uint32_t to) {
  return to >= from ? to - from : kLastSequence - (from - to);
}

}  // namespace

void RequestWindow::push(Entry entry) {
  if (count_ == ring_.size()) {
    std::vector<Entry> larger(ring_.empty() ? kFirstRing : ring_.size() * 2);
    for (std::size_t i = 0; i < count_; ++i)
      larger[i] = std::move(at(i));
    ring_ = std::move(larger);
    head_ = 0;
  }
  at(count_++) = std::move(entry);
}

void RequestWindow::add(Entry entry) {
  if (count_ == 0) first_ = entry.sequence;
  push(std::move(entry));
  ++live_;
}

void RequestWindow::skip() {
  if (count_ > 0) push({});
}

const RequestWindow::Entry* RequestWindow::find(std::uint32_t sequence) const {
  if (sequence == 0 || sequence > kLastSequence || count_ == 0) return nullptr;
  const auto index = steps(first_, sequence);
  if (index >= count_ || at(index).sequence != sequence) return nullptr;
  return &at(index);
}

std::optional<RequestWindow::Entry> RequestWindow::take(std::uint32_t sequence) {
  if (!find(sequence)) return std::nullopt;
  return take_at(steps(first_, sequence));
}

std::optional<RequestWindow::Entry> RequestWindow::take_expired(Monotonic now) {
  if (count_ == 0 || at(0).deadline > now) return std::nullopt;
  return take_at(0);
}

std::optional<RequestWindow::Entry> RequestWindow::take_oldest() {
  if (count_ == 0) return std::nullopt;
  return take_at(0);
}

RequestWindow::Entry RequestWindow::take_at(std::size_t index) {
  auto entry = std::exchange(at(index), Entry{});
  --live_;
  drop_answered();
  return entry;
}

// The front is an open request, or there is none.
void RequestWindow::drop_answered() {
  while (count_ > 0 && at(0).sequence == 0) {
    head_ = (head_ + 1) & (ring_.size() - 1);
    first_ = next_sequence(first_);
    --count_;
  }
}

}  // namespace warp::smpp
