#include "session_state.h"

namespace warp::media {

void TimeoutGate::strike(const std::shared_ptr<TimeoutGate>& gate) {
  std::lock_guard guard(gate->mutex_);
  if (gate->where_ == nullptr) return;
  gate->where_->post([gate] {
    std::function<void()> handler;
    {
      std::lock_guard inner(gate->mutex_);
      handler.swap(gate->handler_);
    }
    if (handler) handler();
  });
}

void TimeoutGate::close() {
  std::function<void()> handler;
  std::lock_guard guard(mutex_);
  where_ = nullptr;
  handler.swap(handler_);
}

}  // namespace warp::media
