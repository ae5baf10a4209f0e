// MessagingService: accept → route → queue → hand to the upstream → receipt → deliver to the customer.
//
// All of it lives on one thread, the one that runs the given wheel and Executor of the store: no locks, every
// call and every callback there. Ports outlive the service; callbacks that come after its end do nothing.
//
// What is accepted is durable. After a crash, what was Queued goes on; what was Sending may have left and is
// dealt with by the connector's ambiguity policy; what was Sent waits for its receipt; what is owed to
// customers is delivered. Log lines carry the field "message".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/domain/message_port.h"
#include "warp/domain/message_store.h"
#include "warp/messaging/directory.h"
#include "warp/messaging/media_links.h"
#include "warp/messaging/ports.h"
#include "warp/messaging/router.h"
#include "warp/messaging/settings.h"
#include "warp/messaging/submission.h"
#include "warp/net/timer_wheel.h"

namespace warp::messaging {

struct Ports {
  const Clock& clock;
  net::TimerWheel& wheel;
  IdSource& ids;
  domain::MessageStore& store;
  Upstream& upstream;
  Downstream& downstream;
  WebhookSender& webhooks;
  OptOutStore& opt_outs;
  log::Logger& log;
  metrics::Registry& metrics;
  domain::MediaStore* media = nullptr;  // null: inbound attachments are refused
  const MediaLinks* links = nullptr;    // null: attachments have no addresses
};

// New content for a message that an ESME submitted and that still waits. What is not set stays.
struct Replacement {
  CustomerId customer;
  EsmeId esme;
  MessageId id;
  std::string text;  // as Submission's
  domain::ReceiptWish receipts = domain::ReceiptWish::Final;
  std::optional<WallTime> not_before, valid_until;
};
using ReplaceDone = std::function<void(smpp::Status status)>;
using FindDone = std::function<void(bool known, std::optional<domain::Message> message)>;

using domain::CancelResult;
using domain::ConnectorStatistics;

class MessagingService final : public UpstreamEvents {
 public:
  MessagingService(const Ports& ports, Settings settings, std::shared_ptr<const Directory> directory);
  ~MessagingService() override;
  MessagingService(const MessagingService&) = delete;
  MessagingService& operator=(const MessagingService&) = delete;

  // Loads what was alive, trying until the store answers; submissions are refused as NotReady until then.
  void start(std::function<void()> ready);
  // Submissions are refused from now on; `done` when nothing is on the wire or being made durable, or after
  // `limit`. What is queued stays durable for the next start.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);
  void update(std::shared_ptr<const Directory> directory);

  // `done` may run inside the call when the answer is no.
  void submit(Submission submission, SubmitDone done);
  // Which connectors would carry it, and why.
  std::vector<RouteLine> explain(const Submission& submission);
  // What the rules of that direction make of it; nothing is counted or sent.
  domain::RuleTrial try_rules(Submission submission, domain::Direction direction) const;
  // A message that is not final; nullptr: the store has it. Valid until the next call.
  const domain::Message* find(MessageId id) const;
  // Of this customer only; from the queue only.
  CancelResult cancel(CustomerId customer, MessageId id);

  // All of an account's that wait for a destination; how many. An empty service type is any.
  std::size_t cancel_all(EsmeId esme, std::string_view from, std::string_view to,
                         std::string_view service_type);
  // `done`: ESME_ROK when it is durable; may run inside the call when the answer is no.
  void replace(Replacement wanted, ReplaceDone done);
  // A customer's message of any state, from the store. Not `known`: ask again.
  void look_up(CustomerId customer, MessageId id, FindDone done);

  // Owes again what was given up.
  void replay(std::int64_t delivery, std::function<void(domain::ReplayResult)> done);

  // A connector's queue. Pausing holds until resumed, or until the next directory says otherwise. Resuming
  // also closes the circuit breaker and connects at once.
  void pause(ConnectorId connector);
  void resume(ConnectorId connector);
  std::size_t purge(ConnectorId connector);  // cancels what is queued; how many
  std::vector<ConnectorStatistics> statistics() const;
  std::size_t messages() const;  // not final
  std::size_t owed() const;      // deliveries that wait

  // Events of the sessions.
  void upstream_changed(ConnectorId connector) override;  // bound, unbound, room again
  void upstream_deliver(ConnectorId connector, const IncomingPart& part, Answer answer);
  void upstream_receipt(ConnectorId connector, std::string_view upstream_id, smpp::MessageState state,
                        std::string_view error, Answer answer) override;
  void upstream_rich(ConnectorId connector, IncomingRich message, Answer answer) override;
  void esme_ready(EsmeId esme);  // a receiving bind, or room again

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::messaging
