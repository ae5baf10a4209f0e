#include "message_calls.h"

namespace warp::store {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::size_t size_of(const domain::Message& message) {
  return sizeof message + message.text.size() + message.udh.size() + message.status_callback.size() +
         message.client_reference.size() + message.attempts.size() * sizeof(domain::MessageAttempt);
}
std::size_t size_of(const domain::Delivery& delivery) {
  return sizeof delivery + delivery.url.size() + delivery.payload.size();
}

}  // namespace

std::size_t octets_of(const MessageCall& call) {
  const auto more = std::visit(
      Overloaded{
          [](const InsertCall& c) { return size_of(c.message); },
          [](const ReplaceCall& c) { return size_of(c.message); },
          [](const ChangeCall& c) { return sizeof c + c.change.sent.size() * sizeof(domain::SentSegment); },
          [](const FinishCall& c) {
            auto sum = size_of(c.message);
            for (const auto& delivery : c.owed)
              sum += size_of(delivery);
            return sum;
          },
          [](const OweCall& c) { return size_of(c.delivery); },
          [](const ParkCall& c) { return sizeof c + c.receipt.payload.size(); },
          [](const auto& c) { return sizeof c; }},
      call.what);
  return sizeof call + more;
}

const MessageId* message_of(const MessageCall& call) {
  return std::visit(Overloaded{[](const InsertCall& c) { return &c.message.id; },
                               [](const ChangeCall& c) { return &c.change.id; },
                               [](const ReplaceCall& c) { return &c.message.id; },
                               [](const FinishCall& c) { return &c.message.id; },
                               [](const auto&) { return static_cast<const MessageId*>(nullptr); }},
                    call.what);
}

void answer(MessageCall& call) {
  const bool durable = call.durable;
  std::visit(Overloaded{[&](InsertCall& c) {
                          c.outcome.durable = durable;
                          c.done(c.outcome);
                        },
                        [&](FinishCall& c) { c.done(durable, std::move(c.owed)); },
                        [&](OweCall& c) { c.done(durable, std::move(c.delivery)); },
                        [&](auto& c) { c.done(durable); }},
             call.what);
}

bool Compatible::add(const MessageCall& call) {
  // Replacements run after all changes, and nothing of the same message after them.
  const auto* message = message_of(call);
  if (message && !replaced_.empty() && replaced_.contains(*message)) return false;
  if (const auto* finish = std::get_if<FinishCall>(&call.what))
    return finished_.insert(finish->message.id).second;
  if (const auto* change = std::get_if<ChangeCall>(&call.what)) return !finished_.contains(change->change.id);
  if (const auto* replace = std::get_if<ReplaceCall>(&call.what)) {
    if (finished_.contains(replace->message.id)) return false;
    replaced_.insert(replace->message.id);
  }
  if (const auto* unpark = std::get_if<UnparkCall>(&call.what))
    unparked_.emplace(unpark->connector, unpark->upstream_id);
  if (const auto* park = std::get_if<ParkCall>(&call.what))
    return !unparked_.contains({park->receipt.connector, park->receipt.upstream_id});
  return true;
}

}  // namespace warp::store
