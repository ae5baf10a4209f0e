// What a worker does about the treatments of its streams.
#include <algorithm>
#include <utility>

#include "worker.h"

namespace warp::media {

void Worker::sweep_treatment(SessionState& session, std::size_t stream) {
  auto& treatment = session.treatments[stream];
  if (treatment == nullptr) return;
  treatment->sweep(now_.at);
  if (!treatment->idle(now_.at)) return;
  ticker_.remove(*treatment);
  for (auto& side : session.sides[stream])
    side.treatment = nullptr;
  treatment.reset();
}

Treatment* Worker::treatment_for(SessionState& session, std::size_t stream, Order& order) {
  auto& treatment = session.treatments[stream];
  if (treatment == nullptr && order.spare != nullptr) {
    for (auto& side : session.sides[stream])
      offload_.release(side);
    treatment = std::move(order.spare);
    treatment->join(session.sides[stream], stream, ticker_, wire_, treat_metrics_);
  }
  return treatment.get();
}

void Worker::obey(SessionState& session, std::size_t stream, Order& order) {
  const auto tap_of = [&session](const domain::MediaTap* tap) {
    return std::find_if(session.taps.begin(), session.taps.end(),
                        [tap](const auto& one) { return one.get() == tap; });
  };
  if (order.what == Order::What::RemoveTap) {
    if (const auto found = tap_of(order.removed); found != session.taps.end()) session.taps.erase(found);
    return;
  }
  Treatment* treatment = treatment_for(session, stream, order);
  if (treatment == nullptr) return;
  switch (order.what) {
    case Order::What::Wear:
      return treatment->wear(*order.outfit, now_.at);
    case Order::What::Play:
      return treatment->play(order.towards, std::move(order.clip), std::move(order.speaker), now_.at);
    case Order::What::StopClip:
      return treatment->stop_clip(order.towards, now_.at);
    case Order::What::Digit:
      return treatment->send_digit(order.towards, order.digit, order.length, std::move(order.speaker),
                                   now_.at);
    case Order::What::AddTap:
      if (tap_of(order.tap.get()) == session.taps.end()) session.taps.push_back(order.tap);
      return treatment->tap_joins(*order.tap);
    case Order::What::RemoveTap:
      return;
  }
}

}  // namespace warp::media
