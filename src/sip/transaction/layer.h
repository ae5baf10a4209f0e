// TransactionLayer's inside: tables, timers and the runner of the four machines.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "warp/sip/transaction/machine.h"
#include "warp/sip/transaction/transaction_layer.h"

#include "pool.h"

namespace warp::sip {

struct TransactionMetrics {
  explicit TransactionMetrics(metrics::Registry& registry);

  metrics::Gauge& live;
  std::array<metrics::Counter*, 4> started, retransmitted;  // by Kind
  metrics::Counter &absorbed, &timeouts, &transport_errors, &refused, &merged, &unmatched, &impossible;
};

struct TransactionLayer::Impl {
  Impl(MessageSender& sender, net::TimerWheel& wheel, IdSource& ids, const TransactionTimers& timers,
       metrics::Registry& metrics, const TransactionLimits& limits);
  ~Impl();

  // What arrives.
  void receive_request(const Message& request, const Flow& from);
  void receive_ack(const Message& ack, const Flow& from);
  void receive_cancel(const Message& cancel, const Flow& from);
  void receive_response(const Message& response, const Flow& from);
  void connection_lost(const Flow& flow);
  template <class Request>
  bool knows(const Request& request) {
    return servers_.find(keys_.server(request)) != nullptr;
  }
  // What the user does.
  bool respond(Transaction& transaction, std::uint16_t status, std::string bytes);
  Transaction& start_client(Method method, std::string_view branch, std::string bytes, const Flow& to,
                            TransactionUser* owner);
  void cancel(Transaction& invite, std::string_view reason);
  void silence(Transaction& request);

  MessageSender& sender;
  net::TimerWheel& wheel;
  IdSource& ids;
  const TransactionTimers timers;
  const TransactionLimits limits;
  TransactionMetrics metrics;
  TransactionUser* user = nullptr;
  std::array<TransactionUser*, kMethodCount> users{};  // by method, outside dialogs; null: `user`
  TransactionPool pool;

 private:
  Transaction& create(Kind kind, const Key& key, const Flow& flow);
  Transaction& create_server(const Message& request, const Flow& from, const Key& key);
  void destroy(Transaction& transaction);
  void answer_statelessly(const Message& request, const Flow& from, std::uint16_t status,
                          std::string_view retry_after = {}, std::string_view to_tag = {});

  // One step of a machine and all that it asks for. `transaction` may be gone afterwards.
  template <class Machine>
  void feed(Transaction& transaction, typename Machine::Event event, const Message* message = nullptr,
            const Flow* from = nullptr);
  template <class State>
  void act(Transaction& transaction, const Step<State>& step, const Message* message);
  void report(TransactionId id, TransactionUser& owner, Kind kind, bool abandoned, Action actions,
              const Message* message, const Flow* from);
  void start_retransmission(Transaction& transaction, Timer timer, bool at_t2);
  void start_deadline(Transaction& transaction, Timer timer);
  void on_timer(std::uint32_t index, Timer timer);
  bool transmit(Transaction& transaction);
  void send_cancel(Transaction& invite);
  void go_by_stream(Transaction& transaction);
  bool go_by_datagrams(Transaction& transaction);
  static bool unanswered(const Transaction& transaction);

  Keys keys_;
  KeyTable<&Transaction::key> clients_, servers_;
  KeyTable<&Transaction::merge_key> merges_;
  std::string scratch_;
};

}  // namespace warp::sip
