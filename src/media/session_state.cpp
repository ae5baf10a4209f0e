#include "session_state.h"

#include "treat/treatment.h"

namespace warp::media {

SessionState::SessionState() = default;
SessionState::~SessionState() = default;

void EventGate::observe(Handler handler) {
  auto shared = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
  std::lock_guard guard(mutex_);
  handler_.swap(shared);
}

void EventGate::post(const std::shared_ptr<EventGate>& gate, const domain::MediaEvent& event) {
  std::lock_guard guard(gate->mutex_);
  if (gate->where_ == nullptr || gate->handler_ == nullptr) return;
  gate->where_->post([gate, event] {
    std::shared_ptr<const Handler> handler;
    {
      std::lock_guard inner(gate->mutex_);
      handler = gate->handler_;
    }
    if (handler) (*handler)(event);
  });
}

void EventGate::close() {
  std::shared_ptr<const Handler> handler;
  std::lock_guard guard(mutex_);
  where_ = nullptr;
  handler.swap(handler_);
}

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
