// CallDesk: the calls in progress on this node and, by NodeLink, on the others: shown, ended,
// traced, recorded.
//
// What concerns one call is tried here first, then asked of all others. Its functions are for any coroutine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "warp/api/json.h"
#include "warp/api/ports.h"
#include "warp/base/executor.h"
#include "warp/calls/live_calls.h"

#include "app/call_traces.h"
#include "app/node_link.h"

namespace warp::app {

// The figures of its media, as they stood when it was looked at.
void add_figures(api::ActiveCall& out, const calls::LiveCall& call);

class CallDesk final : public api::CallControl {
 public:
  struct Needs {
    std::string node;
    Executor& home;                                   // where shards' answers are taken
    NodeLink* link;                                   // null: there are no other nodes
    std::function<std::vector<std::string>()> peers;  // those that live; any thread
  };
  explicit CallDesk(Needs needs) : needs_(std::move(needs)) {}

  // What is there; until then there are no calls. Before the first request.
  void join(const calls::LiveCalls& calls, CallTraces& traces);

  boost::asio::awaitable<api::ActiveCalls> list(api::CallFilter filter) override;
  boost::asio::awaitable<bool> end(std::string id, std::optional<CustomerId> customer) override;
  boost::asio::awaitable<bool> trace(std::string id, std::optional<CustomerId> customer, bool on) override;
  boost::asio::awaitable<std::optional<api::CallTrace>> traced(std::string id,
                                                               std::optional<CustomerId> customer) override;
  boost::asio::awaitable<api::BegunRecording> start_recording(std::string id,
                                                              std::optional<CustomerId> customer,
                                                              domain::RecordingWish wish) override;
  boost::asio::awaitable<api::CallRecording> stop_recording(std::string id,
                                                            std::optional<CustomerId> customer) override;

  // The calls of this node, oldest first.
  boost::asio::awaitable<std::vector<calls::LiveCall>> here(calls::LiveFilter filter);
  // Without the figures of its media.
  api::ActiveCall view(const calls::LiveCall& call) const;
  // To what another node's desk asked.
  boost::asio::awaitable<std::string> answer(std::string question);

 private:
  boost::asio::awaitable<bool> end_here(CallId call, std::optional<CustomerId> customer);
  boost::asio::awaitable<bool> trace_here(CallId call, std::optional<CustomerId> customer, bool on);
  // Without a wish: stops.
  boost::asio::awaitable<api::BegunRecording> record_here(CallId call, std::optional<CustomerId> customer,
                                                          std::optional<calls::RecordingWish> wish);
  boost::asio::awaitable<api::BegunRecording> record(std::string id, std::optional<CustomerId> customer,
                                                     std::optional<calls::RecordingWish> wish);
  boost::asio::awaitable<NodeLink::Answers> ask(api::Json question);
  boost::asio::awaitable<bool> elsewhere(api::Json question);

  const Needs needs_;
  const calls::LiveCalls* calls_ = nullptr;
  CallTraces* traces_ = nullptr;
};

}  // namespace warp::app
