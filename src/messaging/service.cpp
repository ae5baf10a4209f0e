#include "warp/messaging/service.h"

#include "core.h"
#include "deliveries.h"
#include "dispatcher.h"
#include "finisher.h"
#include "inbound.h"
#include "intake.h"
#include "receipts.h"
#include "recovery.h"
#include "replacer.h"
#include "rich_inbound.h"
#include "rules.h"

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
      recount(ready);
    }));
  }

  // What campaigns have sent today: their limits outlive the process.
  void recount(std::function<void()> ready) {
    const WallTime today = std::chrono::floor<std::chrono::days>(core.clock.wall());
    core.store.campaign_usage(
        today, core.guard([this, today, ready = std::move(ready)](
                              bool known, const std::vector<domain::CampaignUsage>& used) {
          if (!known) {
            core.metrics.store_failures.add();
            core.after(core.settings.store_retry, [this, ready] { recount(ready); });
            return;
          }
          for (const auto& row : used)
            core.limits.count(row.campaign, core.directory->carrier(row.digits), row.segments, today);
          open();
          ready();
        }));
  }

  void open() {
    intake.closed = false;
    sweep();
    for (const auto& connector : core.directory->catalogue().connectors)
      dispatcher.pump(connector.id);
  }

  void report_rules() {
    for (const auto id : core.directory->rules().broken())
      core.log.warning("messaging.rule_unusable",
                       {{"rule", id}, {"cure", "mend its pattern or replacement"}});
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
    deliveries.sweep();
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
  Replacer replacer{core, intake, dispatcher};
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
  impl_->report_rules();
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

domain::RuleTrial MessagingService::try_rules(Submission submission, domain::Direction direction) const {
  for (auto* address : {&submission.from, &submission.to})
    if (address->digits.starts_with('+')) address->digits.erase(0, 1);
  auto result = impl_->core.directory->rules().apply(
      direction, {submission.customer, submission.from, submission.to, submission.text, submission.priority,
                  submission.binary_coding, submission.rich});
  return {std::move(result.acted),
          result.refused,
          std::move(submission.from.digits),
          std::move(submission.to.digits),
          std::move(submission.text),
          submission.priority,
          result.via};
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

std::size_t MessagingService::cancel_all(EsmeId esme, std::string_view from, std::string_view to,
                                         std::string_view service_type) {
  std::size_t count = 0;
  impl_->core.by_address.for_each(esme, from, to, [&](Live& live) {
    const bool fits = service_type.empty() || live.message.service_type.view() == service_type;
    if (fits && impl_->dispatcher.cancel(live)) ++count;
  });
  return count;
}

void MessagingService::replace(Replacement wanted, ReplaceDone done) {
  impl_->replacer.replace(std::move(wanted), std::move(done));
}

void MessagingService::look_up(CustomerId customer, MessageId id, FindDone done) {
  impl_->core.store.find(customer, id, impl_->core.guard(std::move(done)));
}

void MessagingService::replay(std::int64_t delivery, std::function<void(domain::ReplayResult)> done) {
  impl_->deliveries.replay(delivery, [done = std::move(done)](bool known, bool replayed) {
    using domain::ReplayResult;
    done(!known ? ReplayResult::NotReady : replayed ? ReplayResult::Replayed : ReplayResult::NotDead);
  });
}

void MessagingService::pause(ConnectorId connector) {
  impl_->dispatcher.pause(connector, true);
}
void MessagingService::resume(ConnectorId connector) {
  impl_->dispatcher.lane(connector).succeeded();
  impl_->core.upstream.wake(connector);
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
