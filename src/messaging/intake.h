// Intake: from a submission to a durable message, or a reason why not. Checks go from the cheapest and most
// final to the ones that spend something; nothing is acknowledged before it is durable.
#pragma once

#include <unordered_map>

#include "warp/messaging/submission.h"

#include "core.h"
#include "dispatcher.h"
#include "token_bucket.h"

namespace warp::messaging {

class Intake {
 public:
  Intake(Core& core, Dispatcher& dispatcher) : core_(core), dispatcher_(dispatcher) {}

  void submit(Submission submission, SubmitDone done);
  // An answer of ours to a keyword: from a checked number, past opt-outs and rates.
  void reply(Submission submission);
  struct Checked {
    std::uint16_t segments = 1;
    std::string_view encoding;
    std::optional<CampaignId> campaign;
    std::optional<domain::PricedMessage> price;
    std::optional<ConnectorId> via;
    bool sender_set = false;  // by a rule: whoever's it is
  };
  // All checks again, for content that replaces what was accepted; it counts for the rate as a new one does.
  Result<Checked, domain::Reason> recheck(Submission& submission);
  bool closed = true;  // not loaded yet, or draining
  domain::Reason closed_reason = domain::Reason::NotReady;

 private:
  std::optional<domain::Reason> intercept(Submission& submission, Checked& checked) const;
  std::optional<domain::Reason> mind_quiet_hours(Submission& submission) const;
  std::optional<domain::Reason> mind_campaign(const Submission& submission, const Checked& checked, bool own);
  Result<Checked, domain::Reason> check(Submission& submission, bool own);
  std::optional<domain::Reason> check_sender(const Submission& submission,
                                             const domain::MessagingCustomer& customer,
                                             Checked& checked) const;
  std::optional<domain::Reason> count(const Submission& submission, Checked& checked) const;
  std::optional<domain::Reason> spend(const Submission& submission, const domain::MessagingCustomer& customer,
                                      std::uint32_t segments);
  std::optional<domain::Reason> price(const Submission& submission, const domain::MessagingCustomer& customer,
                                      Checked& checked) const;
  void accept(Submission submission, const Checked& checked, SubmitDone done);
  void inserted(Accepted accepted, const domain::Insertion& outcome, const SubmitDone& done);
  void refuse(domain::Reason reason, const SubmitDone& done);

  Core& core_;
  Dispatcher& dispatcher_;
  std::unordered_map<CustomerId, TokenBucket> customers_;
  std::unordered_map<EsmeId, TokenBucket> esmes_;
};

}  // namespace warp::messaging
