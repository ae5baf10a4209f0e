// MessagingUnit: messaging joined together: a loop and a thread of its own with the SMPP sessions and the
// service; database work on the control loop through a pool of its own; webhooks on theirs.
//
// Life, all on the thread that owns the daemon unless said:
//   construct → listen() → run() (control loop): threads, partitions, the first directory, what was alive is
//   loaded, and only then connectors bind and customers may → ready() → drain() (control loop) → stop() →
//   destroy.
//
// Tear-down, and why in this order:
//   1. the refresher stops: no directory comes that would bind anew;
//   2. the service takes nothing more, and ends when nothing is on the wire or being made durable;
//   3. the gateways unbind everybody and end sessions with peers;
//   4. the store writes what waits, then its pool closes; all of 1–4 by drain();
//   5. stop(): webhooks break off (what they carried is owed still, in the store), the loop ends, its thread
//      is joined;
//   6. members go, in the order of their making turned round: the service before the gateway that it uses,
//      both before the store and the loop.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include <boost/asio/awaitable.hpp>

#include "warp/base/random.h"
#include "warp/messaging/loop_port.h"
#include "warp/messaging/media_fitter.h"
#include "warp/messaging/media_links.h"
#include "warp/messaging/mm4_gateway.h"
#include "warp/messaging/rcs_callbacks.h"
#include "warp/messaging/rcs_gateway.h"
#include "warp/messaging/service.h"
#include "warp/messaging/smpp_gateway.h"
#include "warp/messaging/upstreams.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"
#include "warp/pg/pool.h"
#include "warp/store/media.h"
#include "warp/store/message_archive.h"
#include "warp/store/message_store.h"

#include "app/config.h"
#include "app/directory_refresher.h"
#include "app/health.h"
#include "app/http_caller.h"
#include "app/stored_opt_outs.h"
#include "app/webhook_poster.h"

namespace warp::app {

class MessagingUnit {
 public:
  struct Needs {
    net::Loop& control;
    net::TaskGroup& tasks;  // of the control loop
    const Clock& clock;
    log::Logger& log;
    metrics::Registry& metrics;
  };
  // Throws std::runtime_error with a sentence for people.
  MessagingUnit(const Config& config, const std::string& conninfo, const Needs& needs);
  ~MessagingUnit();

  void watch(Health& health);
  // Binds smpp.listeners and messaging.mm4.listeners. Throws std::runtime_error with a sentence for people
  // when one cannot be had.
  void listen();
  std::vector<domain::SocketAddress> addresses() const { return gateway_.addresses(); }
  // What the API asks; any thread. Answered as long as the loop runs: the API ends before stop().
  domain::MessagePort& port() { return port_; }
  domain::ProviderCallbacks& callbacks() { return callbacks_; }  // as port()
  void run();
  void reload_tls();  // the listeners' files; what is wrong with them is logged. Any thread
  bool ready() const { return ready_.load(std::memory_order_relaxed); }  // any thread
  // 1 to 4 of the above; bounded. Control loop.
  boost::asio::awaitable<void> drain();
  // Waits until drain(), which somebody else runs, has ended. Control loop.
  boost::asio::awaitable<void> drained();
  void stop();  // 5

 private:
  using DirectoryPointer = std::shared_ptr<const messaging::Directory>;
  boost::asio::awaitable<void> make_days();
  boost::asio::awaitable<void> tend_archive();
  boost::asio::awaitable<void> forget_media();
  void take(DirectoryPointer directory);
  void publish();
  // On the loop:
  void apply(DirectoryPointer directory);
  void serve();
  void leave(std::function<void()> done);

  Needs needs_;
  const std::chrono::milliseconds drain_limit_;
  pg::Pool pool_;
  net::Loop loop_;
  SecureIdSource ids_;  // the loop's
  store::PgMessageStore store_;
  store::MessageArchive archive_;
  store::PgMediaStore media_;
  StoredOptOuts opt_outs_;
  WebhookPoster webhooks_;
  HttpCaller providers_;
  messaging::MediaLinks links_;
  messaging::MediaFitter fitter_;
  messaging::SmppGateway gateway_;
  messaging::RcsGateway rcs_;
  messaging::Mm4Gateway mm4_;
  messaging::UpstreamSwitch upstreams_;
  messaging::MessagingService service_;
  messaging::LoopPort port_;
  messaging::RcsCallbacks callbacks_;
  DirectoryRefresher refresher_;
  DirectoryPointer latest_;  // control loop only, as the two below
  bool days_made_ = false;
  bool drained_ = false;
  DirectoryPointer current_;  // the loop's, as the three below
  bool begun_ = false, serving_ = false, draining_ = false;
  std::atomic<bool> ready_{false};
  std::thread thread_;
};

}  // namespace warp::app
