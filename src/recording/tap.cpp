#include "tap.h"

namespace warp::recording {

void Inlet::tell(Command command) {
  {
    std::lock_guard guard(mutex);
    if (closing) return;
    commands.push_back(std::move(command));
  }
  wake.notify_one();
}

// The registry outlives the recorder, not every tap: a closed one counts nothing.
void Tap::packet(domain::MediaSide from, std::size_t stream, std::span<const std::byte> datagram,
                 const domain::TapOrigin& origin, Monotonic at) noexcept {
  if (!subject_->open.load(std::memory_order_relaxed)) return;
  const RingHead head{subject_->key, at, origin, from, static_cast<std::uint8_t>(stream)};
  if (inlet_->ring.put(std::as_bytes(std::span(&head, 1)), datagram)) return;
  subject_->lost.fetch_add(1, std::memory_order_relaxed);
  inlet_->dropped.add();
}

void Tap::terms(domain::MediaSide of, std::size_t stream,
                const std::shared_ptr<const domain::MediaTerms>& terms) noexcept {
  if (subject_->open.load(std::memory_order_relaxed)) inlet_->tell(Agreed{subject_->key, of, stream, terms});
}

}  // namespace warp::recording
