#include "warp/messaging/service.h"

#include "core.h"
#include "deliveries.h"
#include "dispatcher.h"
#include "finisher.h"
#include "inbound.h"
#include "intake.h"
#include "receipts.h"
#include "recovery.h"
#include "rich_inbound.h"

namespace warp::messaging {
namespace {
constexpr std::chrono::milliseconds kSweep{1'000};
constexpr std::chrono::milliseconds kDrainLook{20};
}  // namespace

struct MessagingService::Impl {
  Impl(const Ports& ports, Settings settings, std::shared_ptr<const Directory> directory)
      : core{ports.clock,         ports.wheel,         ports.ids,      ports.store, ports.upstream,
             ports.downstream,    ports.webhooks,      ports.opt_outs, ports.log,   Metrics(ports.metrics),
             std::move(settings), std::move(directory)} {
    core.media = ports.media;
    core.links = ports.links;
  }

  void load(std::function<void()> ready) {
    core.store.load(core.guard([this, ready = std::move(ready)](bool loaded, domain::LiveMessages live) {
      if (!loaded) {
        core.metrics.store_failures.add();
        core.after(core.settings.store_retry, [this, ready] { load(ready); });
        return;
      }
      recover(core, dispatcher, receipts, finisher, inbound, deliveries, std::move(live));
      intake.closed = false;
      sweep();
      for (const auto& connector : core.directory->catalogue().connectors)
        dispatcher.pump(connector.id);
      ready();
    }));
  }

  void sweep() {
    DeadlineList due;
    while (core.deadlines.take_due(core.clock.wall(), due)) {
      while (!due.empty()) {
        auto& live = due.front();
        due.pop_front();
        dispatcher.expired(live);
      }
    }
    dispatcher.sweep();
    receipts.sweep();
    inbound.sweep();
    sweeper = core.after(kSweep, [this] { sweep(); });
  }

  bool quiet() const {
    for (const auto& [id, live] : core.messages)
      if (live->phase != Phase::Waiting && live->phase != Phase::Sent) return false;
    return true;
  }
  void await_quiet(Monotonic until, std::function<void()> done) {
    if (quiet() || core.clock.now() >= until) return done();
    core.after(kDrainLook, [this, until, done = std::move(done)] { await_quiet(until, done); });
  }

  Core core;
  Deliveries deliveries{core};
  Finisher finisher{core, deliveries};
  Receipts receipts{core, finisher};
  Dispatcher dispatcher{core, receipts, finisher};
  Intake intake{core, dispatcher};
  Inbound inbound{core, receipts, finisher, intake};
  RichInbound rich_inbound{core, inbound};
  net::TimerWheel::Handle sweeper;
};

MessagingService::MessagingService(const Ports& ports, Settings settings,
                                   std::shared_ptr<const Directory> directory)
    : impl_(std::make_unique<Impl>(ports, std::move(settings), std::move(directory))) {}

MessagingService::~MessagingService() {
  impl_->core.wheel.cancel(impl_->sweeper);
  impl_->dispatcher.stop();
}

void MessagingService::start(std::function<void()> ready) {
  impl_->load(std::move(ready));
}

void MessagingService::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  impl_->intake.closed = true;
  impl_->intake.closed_reason = domain::Reason::DaemonStopping;
  for (const auto& [id, lane] : impl_->dispatcher.lanes()) {
    lane->paused = true;
    impl_->dispatcher.pump(id);
  }
  impl_->await_quiet(impl_->core.clock.now() + limit, std::move(done));
}

void MessagingService::update(std::shared_ptr<const Directory> directory) {
  auto& core = impl_->core;
  core.directory = std::move(directory);
  for (auto at = core.opt_overlay.begin(); at != core.opt_overlay.end();)
    at = core.directory->has_opt_out(at->first) == at->second ? core.opt_overlay.erase(at) : std::next(at);
  const bool draining = impl_->intake.closed_reason == domain::Reason::DaemonStopping;
  for (const auto& connector : core.directory->catalogue().connectors) {
    impl_->dispatcher.lane(connector.id).paused = connector.paused || draining;
    impl_->dispatcher.pump(connector.id);
  }
}

void MessagingService::submit(Submission submission, SubmitDone done) {
  impl_->intake.submit(std::move(submission), std::move(done));
}

std::vector<RouteLine> MessagingService::explain(const Submission& submission) {
  domain::Message message;
  message.customer = submission.customer;
  message.from = submission.from;
  message.to = submission.to;
  message.text = submission.text;
  message.kind = submission.kind;
  std::vector<RouteLine> lines;
  (void)impl_->dispatcher.route(message, &lines);
  return lines;
}

const domain::Message* MessagingService::find(MessageId id) const {
  const auto* live = impl_->core.find(id);
  return live ? &live->message : nullptr;
}

CancelResult MessagingService::cancel(CustomerId customer, MessageId id) {
  auto* live = impl_->core.find(id);
  if (!live || live->message.customer != customer) return CancelResult::Unknown;
  return impl_->dispatcher.cancel(*live) ? CancelResult::Cancelled : CancelResult::TooLate;
}

void MessagingService::pause(ConnectorId connector) {
  impl_->dispatcher.pause(connector, true);
}
void MessagingService::resume(ConnectorId connector) {
  impl_->dispatcher.pause(connector, false);
}
std::size_t MessagingService::purge(ConnectorId connector) {
  return impl_->dispatcher.purge(connector);
}

std::vector<ConnectorStatistics> MessagingService::statistics() const {
  std::vector<ConnectorStatistics> rows;
  const auto now = impl_->core.clock.now();
  for (const auto& [id, lane] : impl_->dispatcher.lanes())
    rows.push_back({id, lane->up, lane->paused, lane->healthy(now), lane->size(), lane->on_wire,
                    lane->submitted, lane->refused});
  return rows;
}

std::size_t MessagingService::messages() const {
  return impl_->core.messages.size();
}
std::size_t MessagingService::owed() const {
  return impl_->deliveries.size();
}

void MessagingService::upstream_changed(ConnectorId connector) {
  impl_->dispatcher.pump(connector);
}
void MessagingService::upstream_deliver(ConnectorId connector, const IncomingPart& part, Answer answer) {
  impl_->inbound.on_deliver(connector, part, std::move(answer));
}
void MessagingService::upstream_receipt(ConnectorId connector, std::string_view upstream_id,
                                        smpp::MessageState state, std::string_view error, Answer answer) {
  impl_->receipts.on_receipt(connector, std::string(upstream_id), {state, std::string(error)},
                             std::move(answer));
}
void MessagingService::upstream_rich(ConnectorId connector, IncomingRich message, Answer answer) {
  impl_->rich_inbound.on_rich(connector, std::move(message), std::move(answer));
}
void MessagingService::esme_ready(EsmeId esme) {
  impl_->deliveries.esme_ready(esme);
}

}  // namespace warp::messaging
