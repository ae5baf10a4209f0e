// Replacer: replace_sm. New content for a message that still waits: checked, counted and priced as a new one,
// durable before it is answered, and routed anew.
//
// ESME_RREPLACEFAIL: there is none such, it does not wait any more, it is no plain SMS, the checks refuse it,
// or it would cost more than was accepted. What would cost less keeps its price: it was agreed upon.
#pragma once

#include "warp/messaging/service.h"

#include "core.h"
#include "dispatcher.h"
#include "intake.h"

namespace warp::messaging {

class Replacer {
 public:
  Replacer(Core& core, Intake& intake, Dispatcher& dispatcher)
      : core_(core), intake_(intake), dispatcher_(dispatcher) {}

  void replace(Replacement wanted, ReplaceDone done);

 private:
  // The message as it is to be; nullopt with a status that says why not.
  std::optional<domain::Message> renew(const domain::Message& old, Replacement wanted, smpp::Status& status);
  void answered(MessageId id, domain::Message next, bool durable, const ReplaceDone& done);

  Core& core_;
  Intake& intake_;
  Dispatcher& dispatcher_;
};

}  // namespace warp::messaging
