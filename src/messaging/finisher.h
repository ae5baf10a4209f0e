// Finisher: the end of a message, once. Its final state, its record and what is owed to the customer become
// durable together; then it leaves memory. Tried again until the store takes it.
#pragma once

#include <functional>
#include <vector>

#include "core.h"
#include "deliveries.h"

namespace warp::messaging {

class Finisher {
 public:
  Finisher(Core& core, Deliveries& deliveries) : core_(core), deliveries_(deliveries) {}

  void finish(Live& live, domain::MessageState state, domain::Reason reason);
  // Runs when the message's end is durable.
  void then(MessageId message, std::function<void()> work);
  // A word on the way (ReceiptWish::Each).
  void progress(const domain::Message& message, std::string_view state);
  // An inbound message: final as it comes.
  void finish_inbound(domain::Message message, domain::Delivery owed, std::function<void()> done);

 private:
  void write(MessageId id, std::vector<domain::Delivery> owed);
  std::vector<domain::Delivery> owed_for(const domain::Message& message) const;
  bool address(domain::Delivery& delivery, const domain::Message& message) const;

  Core& core_;
  Deliveries& deliveries_;
  std::unordered_map<MessageId, std::vector<std::function<void()>>> waiting_;
};

}  // namespace warp::messaging
