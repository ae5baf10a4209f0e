// TransactionBench: a TransactionLayer on a clock that stands still, with a user that writes down what it is
// told. One line an event: "request INVITE 1", "response 200 2", "timeout 2", "cancel 1", "ack", "stray 200".
#pragma once

#include <functional>

#include "warp/sip/transaction/transaction_layer.h"

#include "support/manual_clock.h"
#include "support/recording_sender.h"
#include "support/sip_text.h"

namespace warp::test {

class TransactionBench : public sip::TransactionUser {
 public:
  explicit TransactionBench(const sip::TransactionLimits& limits = {})
      : layer(sender, wheel, ids, timers, metrics, limits) {
    layer.set_user(*this);
  }

  void receive(std::string_view text) {
    auto message = sip::Message::parse(text);
    if (message) layer.receive(std::move(*message), peer);
  }
  // Moves time in steps of one tick.
  void pass(std::chrono::milliseconds time) {
    for (auto step = std::chrono::milliseconds(0); step < time; step += std::chrono::milliseconds(4)) {
      clock.advance(std::chrono::milliseconds(4));
      elapsed += std::chrono::milliseconds(4);
      wheel.advance();
    }
  }
  // Passes `time` and says when, from now, something was sent.
  std::vector<long> send_times(std::chrono::milliseconds time) {
    std::vector<long> times;
    sender.take();
    const auto begin = elapsed;
    while (elapsed - begin < time) {
      pass(std::chrono::milliseconds(4));
      for (std::size_t i = sender.take().size(); i > 0; --i)
        times.push_back((elapsed - begin).count());
    }
    return times;
  }
  std::vector<std::string> take_events() { return std::exchange(events, {}); }
  std::uint64_t impossible() { return metrics.counter("warp_sip_transaction_impossible_total", "").value(); }

  void on_request(sip::TransactionId id, const sip::Message& request, const sip::Flow&) override {
    last_request = id;
    last_text = request.text();
    events.push_back("request " + std::string(request.method_text()) + " " + number(id));
    if (when_requested) when_requested(id, request);
  }
  void on_cancel(sip::TransactionId invite, const sip::Message&) override {
    events.push_back("cancel " + number(invite));
  }
  void on_ack(const sip::Message&, const sip::Flow&) override { events.emplace_back("ack"); }
  void on_response(sip::TransactionId id, const sip::Message& response, const sip::Flow&) override {
    events.push_back("response " + std::to_string(response.status()) + " " + number(id));
    if (when_answered) when_answered(id, response);
  }
  void on_timeout(sip::TransactionId id) override { events.push_back("timeout " + number(id)); }
  void on_transport_error(sip::TransactionId id) override { events.push_back("error " + number(id)); }
  void on_stray_response(const sip::Message& response, const sip::Flow&) override {
    events.push_back("stray " + std::to_string(response.status()));
  }

  ManualClock clock;
  net::TimerWheel wheel{clock};
  SeededIdSource ids{42};
  metrics::Registry metrics;
  RecordingSender sender;
  const sip::TransactionTimers timers;
  sip::Flow peer{*domain::SocketAddress::parse("192.0.2.9:5060"),
                 *domain::SocketAddress::parse("192.0.2.1:5060"), 0};
  std::chrono::milliseconds elapsed{0};
  std::vector<std::string> events;
  sip::TransactionId last_request = 0;
  std::string last_text;
  std::function<void(sip::TransactionId, const sip::Message&)> when_requested, when_answered;
  sip::TransactionLayer layer;

 private:
  // The order in which an id was first heard of: 1, 2, …
  std::string number(sip::TransactionId id) {
    const auto found = std::find(known_.begin(), known_.end(), id);
    const auto at = static_cast<std::size_t>(found - known_.begin());
    if (found == known_.end()) known_.push_back(id);
    return std::to_string(at + 1);
  }
  std::vector<sip::TransactionId> known_;
};

}  // namespace warp::test
