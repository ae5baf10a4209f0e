// TransactionLayer: RFC 3261 §17 with RFC 6026 (Accepted states) over UDP and streams, one per shard, owned
// by its thread.
//
// The state machines are pure tables (invite_client.h, invite_server.h, non_invite_client.h,
// non_invite_server.h); this runner keeps them by branch, arms their timers on the shard's wheel and sends.
// Retransmissions, 100 Trying (sent at once for INVITE), ACK to non-2xx finals and the answering of
// retransmitted requests stay in here; the user sees each request and each final answer once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/net/timer_wheel.h"
#include "warp/sip/message/brief.h"
#include "warp/sip/message/message.h"
#include "warp/sip/transaction/machine.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

// Names a live transaction; 0 is none. Never reused within a process.
using TransactionId = std::uint64_t;

struct TransactionLimits {
  // Live transactions of one shard. At the limit a request outside dialogs is refused with a stateless 503,
  // at twice the limit one within a dialog too.
  std::size_t live = 200'000;
  unsigned retry_after_seconds = 5;
};

// The transaction user (calls). Called on the shard's thread; may call the layer back from within.
class TransactionUser {
 public:
  virtual ~TransactionUser() = default;
  // A new request other than ACK and CANCEL; answer it with respond(id, …). Merged requests (RFC 3261
  // §8.2.2.2) do not come here, they are answered 482.
  virtual void on_request(TransactionId id, const Message& request, const Flow& from) = 0;
  // Asked first of a new request outside dialogs: may it be answered without anything being remembered (RFC
  // 3261 §8.2.7)? True: `response` is the whole answer, written with stateless_tag(), and a retransmission is
  // asked again. `response` is reused between calls.
  virtual bool answers_statelessly(const Message& /*request*/, const Flow& /*from*/,
                                   std::string& /*response*/) {
    return false;
  }
  // A CANCEL that matched the INVITE server transaction `invite` still without a final answer. The CANCEL
  // itself is already answered 200; the user answers the INVITE (487).
  virtual void on_cancel(TransactionId invite, const Message& cancel) = 0;
  // ACK to a 2xx (outside any transaction, by dialog).
  virtual void on_ack(const Message& ack, const Flow& from) = 0;
  // 1xx (not 100 twice) and final answers of a request sent with send_request; for INVITE every 2xx,
  // retransmitted and forked ones included (`id` stays known for 64*T1 after the first).
  virtual void on_response(TransactionId id, const Message& response, const Flow& from) = 0;
  // No final answer in time (timers B, C, F), or the transport failed. The transaction is gone.
  virtual void on_timeout(TransactionId id) = 0;
  virtual void on_transport_error(TransactionId id) = 0;
  // A 2xx to INVITE that no transaction knows, or only one that was abandoned or has another final answer
  // already (late; RFC 6026 says: to the user, who ACKs and BYEs or drops).
  virtual void on_stray_response(const Message& response, const Flow& from) = 0;
};

class TransactionLayer {
 public:
  TransactionLayer(MessageSender& sender, net::TimerWheel& wheel, IdSource& ids,
                   const TransactionTimers& timers, metrics::Registry& metrics,
                   const TransactionLimits& limits = {});
  ~TransactionLayer();
  // Who gets requests and what no transaction owns. A method may have a user of its own (REGISTER: the
  // registrar): its requests outside dialogs go there.
  void set_user(TransactionUser& user);
  void set_user(Method method, TransactionUser& user);

  // A datagram that this shard owns, parsed.
  void receive(Message message, const Flow& from);
  // As MessageHandler::on_connection_lost says it: client transactions without any answer that wait on it
  // fail. A request that a stream was chosen for because of its size goes by UDP when there is no connection.
  void connection_lost(const Flow& flow);

  // Server side. `bytes` is a whole response (Writer::response_to). False when the id is gone or already
  // final.
  bool respond(TransactionId id, std::uint16_t status, std::string bytes);

  // Client side. A fresh branch to put into the top Via of a request, then the request itself. Not for ACK
  // (0 is returned). A transport that fails at once is reported later, not from within.
  std::string new_branch();  // "z9hG4bK…"
  // What becomes of the request is told to `owner`, or to the user when there is none; an owner that dies
  // before abandons its requests.
  TransactionId send_request(Method method, std::string_view branch, std::string bytes, const Flow& to,
                             TransactionUser* owner = nullptr);
  // CANCEL for an INVITE sent before; held back until a provisional answer came (RFC 3261 §9.1). No-op when
  // final. `reason_header` is a whole Reason header value, or empty.
  void cancel(TransactionId invite, std::string_view reason_header);
  // Forgets the user's interest: nothing is reported for `id` from now on (the machine runs to its end).
  void abandon(TransactionId id);
  // A request of ours that nobody answered is not sent again. An INVITE's 2xx that comes within 64*T1 is
  // still reported, as is the time-out after that. No-op for 0 and for what is answered.
  void silence(TransactionId request);

  // Is it a retransmission of a request (no ACK, no CANCEL) whose transaction lives?
  bool knows(const Brief& request) const;
  bool knows(const Message& request) const;
  std::size_t size() const;  // live transactions

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::sip
