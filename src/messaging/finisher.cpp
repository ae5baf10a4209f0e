#include "finisher.h"

#include "warp/messaging/pricing.h"

namespace warp::messaging {

void Finisher::finish(Live& live, domain::MessageState state, domain::Reason reason) {
  if (live.phase == Phase::Finishing) return;
  auto& message = live.message;
  live.phase = Phase::Finishing;
  ++live.epoch;
  live.DeadlineHook::unlink();
  live.encoded.reset();
  message.state = state;
  message.reason = reason;
  message.final_at = core_.clock.wall();
  const auto* customer = core_.directory->customer(message.customer);
  message.charged = charge_of(message, customer ? customer->charge : domain::MessagingCustomer().charge);
  for (const auto& part : live.parts) {
    if (part.upstream_id.empty()) continue;
    core_.segments.erase({message.connector, part.upstream_id});
    if (part.parked)
      then(message.id, [this, connector = message.connector, id = part.upstream_id] {
        core_.store.unpark(connector, id, [](bool) {});
      });
  }
  core_.metrics.finished(state);
  if (message.sent_at && reason != domain::Reason::ReceiptMissing)
    core_.quality.note(message.connector, message.to.digits, state == domain::MessageState::Delivered,
                       core_.clock.now());
  write(message.id, owed_for(message));
}

void Finisher::write(MessageId id, std::vector<domain::Delivery> owed) {
  const auto* live = core_.find(id);
  if (!live) return;
  auto copy = owed;
  core_.store.finish(live->message, std::move(copy),
                     core_.guard([this, id, owed = std::move(owed)](
                                     bool durable, std::vector<domain::Delivery> kept) mutable {
                       if (!durable) {
                         core_.metrics.store_failures.add();
                         core_.after(core_.settings.store_retry, [this, id, owed] { write(id, owed); });
                         return;
                       }
                       std::optional<Content> content;
                       if (const auto* ended = core_.find(id); ended && !kept.empty())
                         content = content_of(ended->message, domain::DeliveryKind::Receipt);
                       core_.messages.erase(id);
                       core_.metrics.live.set(static_cast<double>(core_.messages.size()));
                       for (auto& delivery : kept)
                         deliveries_.add(std::move(delivery), content);
                       if (auto waiting = waiting_.extract(id); !waiting.empty())
                         for (auto& work : waiting.mapped())
                           work();
                     }));
}

void Finisher::then(MessageId message, std::function<void()> work) {
  waiting_[message].push_back(std::move(work));
}

bool Finisher::address(domain::Delivery& delivery, const domain::Message& message) const {
  delivery.message = message.id;
  delivery.customer = message.customer;
  delivery.created_at = delivery.next_try = core_.clock.wall();
  if (message.esme && core_.directory->esme(*message.esme)) {
    delivery.esme = message.esme;
    return true;
  }
  delivery.url = message.status_callback;
  if (delivery.url.empty())
    if (const auto* customer = core_.directory->customer(message.customer))
      delivery.url = customer->receipt_url;
  return !delivery.url.empty();
}

std::vector<domain::Delivery> Finisher::owed_for(const domain::Message& message) const {
  std::vector<domain::Delivery> owed;
  const auto wish = message.receipts;
  if (wish == domain::ReceiptWish::None) return owed;
  if (wish == domain::ReceiptWish::FailureOnly && message.state == domain::MessageState::Delivered)
    return owed;
  domain::Delivery delivery;
  if (!address(delivery, message)) return owed;
  delivery.payload = to_json(content_of(message, domain::DeliveryKind::Receipt));
  owed.push_back(std::move(delivery));
  return owed;
}

void Finisher::progress(const domain::Message& message, std::string_view state) {
  if (message.receipts != domain::ReceiptWish::Each) return;
  domain::Delivery delivery;
  if (!address(delivery, message)) return;
  auto content = content_of(message, domain::DeliveryKind::Receipt);
  content.state = state;
  delivery.payload = to_json(content);
  core_.store.owe(std::move(delivery), core_.guard([this](bool durable, domain::Delivery kept) {
    if (durable)
      deliveries_.add(std::move(kept));
    else
      core_.metrics.store_failures.add();  // a word on the way only: the final one is still to come
  }));
}

void Finisher::finish_inbound(domain::Message message, domain::Delivery owed, std::function<void()> done) {
  owed.message = message.id;
  owed.customer = message.customer;
  owed.created_at = owed.next_try = core_.clock.wall();
  std::vector<domain::Delivery> list;
  if (owed.esme || !owed.url.empty()) list.push_back(owed);
  // With every try: an end needs its beginning, and one that is there is left alone. finish() answers for
  // both.
  auto beginning = message;
  beginning.state = domain::MessageState::Queued;
  beginning.final_at.reset();
  core_.store.insert(std::move(beginning), [](bool) {});
  core_.store.finish(
      message, std::move(list),
      core_.guard([this, message, owed, done](bool durable, std::vector<domain::Delivery> kept) {
        if (!durable) {
          core_.metrics.store_failures.add();
          core_.after(core_.settings.store_retry,
                      [this, message, owed, done] { finish_inbound(message, owed, done); });
          return;
        }
        for (auto& delivery : kept)
          deliveries_.add(std::move(delivery));
        done();
      }));
}

}  // namespace warp::messaging
