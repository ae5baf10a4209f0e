#include "deliveries.h"

#include <algorithm>

#include "warp/messaging/webhook.h"

namespace warp::messaging {

Deliveries::Owed* Deliveries::find(std::int64_t id) {
  const auto found = owed_.find(id);
  return found == owed_.end() ? nullptr : found->second.get();
}

void Deliveries::drop(std::int64_t id) {
  const auto found = owed_.find(id);
  if (found == owed_.end()) return;
  auto& lane = lane_of(found->second->delivery);
  owed_.erase(found);
  --lane.held;
  count();
  fill(lane);
}

void Deliveries::enqueue(Owed& owed) {
  if (owed.delivery.esme) {
    lane_of(owed.delivery).due.push_back(owed.delivery.id);
    pump(*owed.delivery.esme);
  } else {
    webhooks_.push_back(owed.delivery.id);
    pump_webhooks();
  }
}

void Deliveries::esme_ready(EsmeId esme) {
  fill(lane_of({{}, esme}));
  pump(esme);
}

void Deliveries::pump(EsmeId esme_id) {
  auto& lane = lane_of({{}, esme_id}).due;
  const auto* esme = core_.directory->esme(esme_id);
  while (esme && !lane.empty()) {
    auto* owed = find(lane.front());
    if (!owed) {
      lane.pop_front();
      continue;
    }
    if (core_.downstream.room(esme_id) == 0) return;
    if (!owed->composed && !compose(*esme, *owed)) {
      core_.log.error("messaging.delivery_unreadable", {{"message", owed->delivery.message}});
      lane.pop_front();
      forget(owed->delivery.id);
      continue;
    }
    // A part that failed takes the rest with it: all are given again.
    while (owed->next < owed->composed->segments.size() && !owed->failed)
      if (!give(esme_id, *owed)) return;
    lane.pop_front();
    if (owed->open == 0) again(*owed, !owed->not_sent);
  }
}

bool Deliveries::give(EsmeId esme, Owed& owed) {
  const auto& composed = *owed.composed;
  const auto& segment = composed.segments[owed.next];
  WirePart part{composed.source, composed.destination};
  part.esm_class = static_cast<std::uint8_t>(composed.esm_class | (segment.udhi ? smpp::kEsmUdhi : 0));
  part.data_coding = composed.data_coding;
  part.user_data = segment.user_data;
  part.payload = segment.payload;
  part.sar = segment.sar;
  part.tlvs = composed.tlvs;
  const auto id = owed.delivery.id;
  if (!core_.downstream.deliver(
          esme, part, core_.guard([this, id](const WireOutcome& outcome) { on_part(id, outcome); })))
    return false;
  ++owed.next;
  ++owed.open;
  return true;
}

void Deliveries::on_part(std::int64_t id, const WireOutcome& outcome) {
  auto* owed = find(id);
  if (!owed || owed->open == 0) return;
  --owed->open;
  const auto esme = *owed->delivery.esme;
  if (outcome.result != WireResult::Answered || outcome.status != smpp::Status::Ok) {
    owed->failed = true;
    owed->not_sent |= outcome.result == WireResult::NotSent;
    owed->refused |= outcome.status == smpp::Status::RxRAppn || outcome.status == smpp::Status::RxPAppn;
  }
  const bool given = !owed->composed || owed->next >= owed->composed->segments.size() || owed->failed;
  if (owed->open == 0 && given) {
    const auto& lane = lane_of(owed->delivery).due;
    // Still at the front of its lane: pump() takes it away and tries it again.
    const bool at_front = !lane.empty() && lane.front() == id;
    if (!owed->failed)
      taken(id);
    else if (!at_front)
      again(*owed, !owed->not_sent);
  }
  pump(esme);
}

void Deliveries::pump_webhooks() {
  while (!webhooks_.empty() && posting_ < core_.settings.webhooks_at_once) {
    auto* owed = find(webhooks_.front());
    webhooks_.pop_front();
    if (!owed) continue;
    auto& delivery = owed->delivery;
    const auto& directory = *core_.directory;
    const auto* customer = directory.customer(delivery.customer);
    std::string_view secret = customer ? std::string_view(customer->webhook_secret) : std::string_view();
    auto webhook_url = delivery.url;
    if (delivery.kind == domain::DeliveryKind::Inbound) {
      const auto content = content_from_json(delivery.payload);
      const auto* number = content ? directory.number(content->to.digits) : nullptr;
      if (number && !number->webhook_secret.empty()) secret = number->webhook_secret;
      if (number && delivery.tries % 2 == 1 && !number->fallback_url.empty())
        webhook_url = number->fallback_url;
    }
    auto webhook = make_webhook(delivery, secret, core_.clock.wall());
    webhook.url = std::move(webhook_url);
    ++posting_;
    core_.webhooks.post(std::move(webhook),
                        core_.guard([this, id = delivery.id](int status) { on_webhook(id, status); }));
  }
}

void Deliveries::on_webhook(std::int64_t id, int status) {
  --posting_;
  if (auto* owed = find(id)) {
    if (status >= 200 && status < 300)
      taken(id);
    else
      again(*owed, true);
  }
  pump_webhooks();
}

void Deliveries::taken(std::int64_t id) {
  core_.metrics.deliveries_taken.add();
  forget(id);
}

void Deliveries::forget(std::int64_t id) {
  leave(id);
  core_.store.taken(id, core_.guard([this, id](bool durable) {
    if (durable) return;
    core_.metrics.store_failures.add();
    core_.after(core_.settings.store_retry, [this, id] { forget(id); });
  }));
}

void Deliveries::again(Owed& owed, bool counts) {
  auto& delivery = owed.delivery;
  const auto& settings = core_.settings;
  if (owed.refused || too_old(delivery)) return bury(delivery.id);
  core_.metrics.deliveries_failed.add();
  auto pause = std::chrono::milliseconds(1'000);
  if (counts) {
    const auto doublings = std::min<unsigned>(delivery.tries, 20);
    const auto longest = delivery.esme ? settings.bind_delivery_longest : settings.delivery_longest;
    pause = std::min(settings.delivery_first * (1 << doublings), longest);
    if (delivery.tries < UINT16_MAX) ++delivery.tries;
  }
  owed.composed.reset();
  owed.next = owed.open = 0;
  owed.failed = owed.not_sent = false;
  delivery.next_try = core_.clock.wall() + pause;
  wait(owed, pause);
  // Only a hint for the next process: nothing is lost when it is not written.
  if (counts)
    core_.store.later(delivery.id, delivery.next_try, delivery.tries,
                      core_.guard([this, id = delivery.id](bool durable) {
                        if (durable) evict(id);
                      }));
}

bool Deliveries::too_old(const domain::Delivery& delivery) const {
  return core_.clock.wall() - delivery.created_at > core_.settings.delivery_give_up;
}

void Deliveries::bury(std::int64_t id) {
  const auto& delivery = find(id)->delivery;
  core_.metrics.deliveries_given_up.add();
  core_.log.warning("messaging.delivery_given_up", {{"message", delivery.message},
                                                    {"delivery", id},
                                                    {"to", delivery.esme ? "bind" : "webhook"},
                                                    {"tries", std::uint64_t{delivery.tries}}});
  leave(id);
  keep_dead(id);
}

void Deliveries::keep_dead(std::int64_t id) {
  core_.store.bury(id, core_.guard([this, id](bool durable) {
    if (durable) return;
    core_.metrics.store_failures.add();
    core_.after(core_.settings.store_retry, [this, id] { keep_dead(id); });
  }));
}

void Deliveries::sweep() {
  forget_left();
  for (auto& [key, lane] : lanes_) {
    while (!lane.due.empty()) {
      const auto id = lane.due.front();
      const auto* owed = find(id);
      if (owed && (owed->open > 0 || !too_old(owed->delivery))) break;
      lane.due.pop_front();
      if (owed) bury(id);
    }
  }
}

void Deliveries::replay(std::int64_t id, std::function<void(bool, bool)> done) {
  core_.store.revive(
      id, core_.guard([this, done = std::move(done)](bool known, std::optional<domain::Delivery> delivery) {
        const bool replayed = known && delivery;
        if (replayed) {
          leaving_.erase(delivery->id);
          add(std::move(*delivery));
        }
        done(known, replayed);
      }));
}

}  // namespace warp::messaging
