#include "port_pool.h"

#include <algorithm>

#include "warp/base/random.h"

namespace warp::media {

namespace {

// A caller waits for this many ports of others at most; the rest is tried by later calls.
constexpr std::size_t kBindTries = 64;

}  // namespace

PortPool::PortPool(const Settings& settings, const domain::IpAddress& address,
                   const std::vector<std::uint16_t>& reserved, const Clock& clock,
                   metrics::Counter& bind_failures, Watch watch)
    : settings_(settings),
      address_(address),
      clock_(clock),
      bind_failures_(bind_failures),
      watch_(std::move(watch)),
      ready_(settings.workers) {
  for (unsigned port = settings.port_low + settings.port_low % 2u; port + 1 <= settings.port_high; port += 2)
    unbound_.push_back(static_cast<std::uint16_t>(port));
  for (const std::uint16_t port : reserved) {
    const auto found = std::find(unbound_.begin(), unbound_.end(), port);
    if (found == unbound_.end()) continue;
    unbound_.erase(found);
    reserved_.push_back(port);
  }
  // Random order, so that the next port cannot be guessed from the last.
  SecureIdSource random;
  for (std::size_t i = unbound_.size(); i > 1; --i)
    std::swap(unbound_[i - 1], unbound_[random.next64() % i]);
}

PortPair* PortPool::take(unsigned worker) {
  if (PortPair* pair = take_ready(worker)) return pair;
  // The last pair may be in the hands of the thread that binds ahead.
  std::lock_guard binding(binding_);
  if (PortPair* pair = take_ready(worker)) return pair;
  PortPair* pair = bind_next(worker);
  if (pair == nullptr) return nullptr;
  std::lock_guard guard(mutex_);
  ++in_use_;
  return pair;
}

PortPair* PortPool::take_exact(unsigned worker, std::uint16_t number) {
  std::lock_guard binding(binding_);
  {
    std::lock_guard guard(mutex_);
    auto& ready = ready_[worker];
    const auto bound = std::find_if(ready.begin(), ready.end(),
                                    [number](const PortPair* pair) { return pair->number == number; });
    if (bound != ready.end()) {
      PortPair* pair = *bound;
      ready.erase(bound);
      ++in_use_;
      return pair;
    }
    if (std::erase(reserved_, number) == 0) {
      const auto found = std::find(unbound_.begin(), unbound_.end(), number);
      if (found == unbound_.end()) return nullptr;
      unbound_.erase(found);
    }
  }
  PortPair* pair = nullptr;
  bind_number(worker, number, pair);
  if (pair == nullptr) return nullptr;
  std::lock_guard guard(mutex_);
  ++in_use_;
  return pair;
}

void PortPool::free_reserved() {
  std::lock_guard guard(mutex_);
  unbound_.insert(unbound_.end(), reserved_.begin(), reserved_.end());
  reserved_.clear();
}

PortPair* PortPool::take_ready(unsigned worker) {
  std::lock_guard guard(mutex_);
  auto& ready = ready_[worker];
  if (ready.empty()) wake_rested(clock_.now());
  if (ready.empty()) return nullptr;
  PortPair* pair = ready.front();
  ready.pop_front();
  ++in_use_;
  return pair;
}

void PortPool::put_back(PortPair* pair) {
  std::lock_guard guard(mutex_);
  --in_use_;
  ready_[pair->worker].push_front(pair);
}

void PortPool::release(PortPair* pair) {
  std::lock_guard guard(mutex_);
  --in_use_;
  pair->rests_until = clock_.now() + settings_.reuse_delay;
  resting_.push_back(pair);
}

bool PortPool::refill() {
  {
    std::lock_guard guard(mutex_);
    wake_rested(clock_.now());
  }
  for (unsigned worker = 0; worker < settings_.workers; ++worker) {
    while (true) {
      std::lock_guard binding(binding_);
      {
        std::lock_guard guard(mutex_);
        if (ready_[worker].size() >= settings_.prebound_pairs) break;
      }
      PortPair* pair = bind_next(worker);
      if (pair == nullptr) break;
      std::lock_guard guard(mutex_);
      ready_[worker].push_back(pair);
    }
  }
  std::lock_guard guard(mutex_);
  return !pairs_.empty();
}

bool PortPool::wants_refill() const {
  std::lock_guard guard(mutex_);
  if (unbound_.empty()) return false;
  return std::any_of(ready_.begin(), ready_.end(),
                     [&](const auto& ready) { return ready.size() < (settings_.prebound_pairs + 1) / 2; });
}

PortUsage PortPool::usage() const {
  std::lock_guard guard(mutex_);
  PortUsage usage;
  usage.in_use = in_use_;
  usage.resting = resting_.size();
  for (const auto& ready : ready_)
    usage.ready += ready.size();
  usage.unbound = unbound_.size();
  return usage;
}

PortPair* PortPool::bind_next(unsigned worker) {
  // Numbers that others hold go to the end of the queue for a later try.
  std::size_t tries;
  {
    std::lock_guard guard(mutex_);
    tries = std::min<std::size_t>(unbound_.size(), kBindTries);
  }
  while (tries-- > 0) {
    std::uint16_t number;
    {
      std::lock_guard guard(mutex_);
      if (unbound_.empty()) return nullptr;
      number = unbound_.front();
      unbound_.pop_front();
    }
    PortPair* pair = nullptr;
    const auto bound = bind_number(worker, number, pair);
    if (pair != nullptr) return pair;
    if (bound != PortPair::Bound::Taken) return nullptr;
  }
  return nullptr;
}

PortPair::Bound PortPool::bind_number(unsigned worker, std::uint16_t number, PortPair*& pair) {
  auto fresh = std::make_unique<PortPair>(number, address_.v6, worker);
  fresh->pool = this;
  const auto bound = fresh->bind(address_, settings_.dscp);
  const bool usable = bound == PortPair::Bound::Yes && watch_(*fresh);
  std::lock_guard guard(mutex_);
  if (usable) {
    pair = pairs_.emplace_back(std::move(fresh)).get();
    return bound;
  }
  unbound_.push_back(number);
  bind_failures_.add();
  return bound;
}

void PortPool::wake_rested(Monotonic now) {
  while (!resting_.empty() && resting_.front()->rests_until <= now) {
    ready_[resting_.front()->worker].push_back(resting_.front());
    resting_.pop_front();
  }
}

}  // namespace warp::media
