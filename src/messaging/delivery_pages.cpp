// What is owed, between memory and the store.
#include <algorithm>

#include "deliveries.h"

namespace warp::messaging {
namespace {
constexpr std::size_t kPage = 500;
// What is not due yet stays in the store; it is looked for again so often.
constexpr std::chrono::milliseconds kLookAgain{30'000};
// Longer than the store takes for a page or for a change.
constexpr std::chrono::seconds kLeft{60};
}  // namespace

Deliveries::Lane& Deliveries::lane_of(const domain::OwedTo& to) {
  const auto [place, fresh] = lanes_.try_emplace(to.esme ? to.esme->value : to.customer.value);
  if (fresh) {
    place->second.to = to;
    place->second.horizon = loaded_;
  }
  return place->second;
}

void Deliveries::count() {
  core_.metrics.owed.set(static_cast<double>(size()));
  core_.metrics.spilled.set(static_cast<double>(spilled_));
}

void Deliveries::restore(std::vector<domain::Delivery> loaded, std::uint64_t more) {
  if (more > 0) loaded_ = loaded.empty() ? 0 : loaded.back().id;
  spilled_ += more;
  for (auto& delivery : loaded)
    add(std::move(delivery));
  if (more == 0) return count();
  const auto& catalogue = core_.directory->catalogue();
  for (const auto& customer : catalogue.customers)
    fill(lane_of({customer.id, std::nullopt}));
  for (const auto& esme : catalogue.esmes)
    fill(lane_of({esme.customer, esme.id}));
}

void Deliveries::add(domain::Delivery delivery, std::optional<Content> content) {
  auto& lane = lane_of(delivery);
  if (!lane.horizon && lane.held >= core_.settings.owed_in_memory) lane.horizon = delivery.id - 1;
  if (lane.horizon && delivery.id > *lane.horizon) return spill(lane, delivery.id);
  (void)hold(std::move(delivery), std::move(content));
}

bool Deliveries::hold(domain::Delivery delivery, std::optional<Content> content) {
  const auto id = delivery.id;
  if (leaving_.contains(id)) return false;
  auto& place = owed_[id];
  if (place) return false;  // loaded twice
  ++lane_of(delivery).held;
  place = std::make_unique<Owed>();
  auto& owed = *place;
  owed.delivery = std::move(delivery);
  if (owed.delivery.esme && core_.downstream.room(*owed.delivery.esme) > 0)
    owed.content = std::move(content);  // it goes at once: until then the payload is enough
  count();
  const auto left = owed.delivery.next_try - core_.clock.wall();
  if (left <= std::chrono::microseconds(0))
    enqueue(owed);
  else
    wait(owed, std::chrono::ceil<std::chrono::milliseconds>(left));
  return true;
}

void Deliveries::wait(Owed& owed, std::chrono::milliseconds delay) {
  owed.waiting = true;
  core_.after(delay, [this, id = owed.delivery.id] {
    auto* found = find(id);
    // One that left and came back has another turn.
    if (!found || !found->waiting || found->delivery.next_try > core_.clock.wall()) return;
    found->waiting = false;
    enqueue(*found);
  });
}

void Deliveries::spill(Lane& lane, std::int64_t id) {
  ++spilled_;
  lane.newest = std::max(lane.newest, id);
  count();
  fill(lane);
}

// When half of its room is free.
void Deliveries::fill(Lane& lane) {
  const auto room = core_.settings.owed_in_memory;
  if (!lane.horizon || lane.paging || lane.held > room / 2) return;
  lane.paging = true;
  lane.newest = 0;
  const auto asked = std::clamp<std::size_t>(room - lane.held, 1, kPage);
  core_.store.owed(
      lane.to, *lane.horizon, core_.clock.wall(), static_cast<std::uint32_t>(asked),
      core_.guard([this, &lane, asked](bool known, std::vector<domain::Delivery> page, bool later) {
        paged(lane, known, std::move(page), asked, later);
      }));
}

void Deliveries::paged(Lane& lane, bool known, std::vector<domain::Delivery> page, std::size_t asked,
                       bool later) {
  if (!known) {
    core_.metrics.store_failures.add();
    core_.after(core_.settings.store_retry, [this, &lane] {
      lane.paging = false;
      fill(lane);
    });
    return;
  }
  const bool last = page.size() < asked;
  for (auto& delivery : page) {
    lane.horizon = delivery.id;
    if (hold(std::move(delivery)) && spilled_ > 0) --spilled_;
  }
  lane.paging = false;
  count();
  // What came while it was asked for is behind the end of this page.
  if (last && lane.newest <= lane.horizon.value_or(0)) {
    lane.horizon.reset();
    if (later) look_again(lane);
    return;
  }
  fill(lane);
}

void Deliveries::look_again(Lane& lane) {
  if (std::exchange(lane.looking_again, true)) return;
  core_.after(kLookAgain, [this, &lane] {
    lane.looking_again = false;
    lane.horizon = 0;
    fill(lane);
  });
}

// A page that was asked for may still bring what has just left.
void Deliveries::leave(std::int64_t id) {
  const auto* owed = find(id);
  if (!owed) return;
  const auto& lane = lane_of(owed->delivery);
  if (lane.horizon || lane.paging || lane.looking_again) {
    leaving_.insert(id);
    left_.emplace_back(core_.clock.now(), id);
  }
  drop(id);
}

void Deliveries::forget_left() {
  while (!left_.empty() && core_.clock.now() - left_.front().first > kLeft) {
    leaving_.erase(left_.front().second);
    left_.pop_front();
  }
}

// A webhook that waits makes room for those behind it: one bad address must not hold up the others.
void Deliveries::evict(std::int64_t id) {
  const auto* owed = find(id);
  if (!owed || owed->delivery.esme || !owed->waiting || !lane_of(owed->delivery).horizon) return;
  ++spilled_;
  drop(id);
}

}  // namespace warp::messaging
