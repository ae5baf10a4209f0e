#include "warp/messaging/loop_port.h"

#include <memory>
#include <utility>

#include "warp/messaging/service.h"

namespace warp::messaging {
namespace {

// An answer that is owed: let go of without give(), it gives the other one.
template <class Done, class Value>
class OwedAnswer {
 public:
  OwedAnswer(Done done, Value otherwise) : done_(std::move(done)), otherwise_(std::move(otherwise)) {}
  ~OwedAnswer() { give(std::move(otherwise_)); }
  OwedAnswer(const OwedAnswer&) = delete;
  OwedAnswer& operator=(const OwedAnswer&) = delete;
  void give(Value value) {
    if (auto done = std::exchange(done_, nullptr)) done(std::move(value));
  }

 private:
  Done done_;
  Value otherwise_;
};

template <class Value, class Done>
auto owe(Done done, Value otherwise) {
  return std::make_shared<OwedAnswer<Done, Value>>(std::move(done), std::move(otherwise));
}

}  // namespace

void LoopPort::submit(domain::Submission submission, domain::SubmitDone done) {
  using Answer = Result<Accepted, domain::Reason>;
  auto owed = owe(std::move(done), Answer(domain::Reason::NotReady));
  auto given = std::make_shared<domain::Submission>(std::move(submission));
  home_.post([this, given = std::move(given), owed = std::move(owed)] {
    if (!service_) return;
    service_->submit(std::move(*given), [owed](const Answer& answer) { owed->give(answer); });
  });
}

void LoopPort::cancel(CustomerId customer, MessageId id, std::function<void(domain::CancelResult)> done) {
  home_.post([this, customer, id, owed = owe(std::move(done), CancelResult::Unknown)] {
    if (service_) owed->give(service_->cancel(customer, id));
  });
}

void LoopPort::explain(domain::Submission submission,
                       std::function<void(std::vector<domain::RouteLine>)> done) {
  auto owed = owe(std::move(done), std::vector<RouteLine>());
  home_.post([this, submission = std::move(submission), owed = std::move(owed)] {
    if (service_) owed->give(service_->explain(submission));
  });
}

void LoopPort::try_rules(domain::Submission submission, domain::Direction direction,
                         std::function<void(std::optional<domain::RuleTrial>)> done) {
  auto owed = owe(std::move(done), std::optional<domain::RuleTrial>());
  home_.post([this, submission = std::move(submission), direction, owed = std::move(owed)] {
    if (service_) owed->give(service_->try_rules(submission, direction));
  });
}

void LoopPort::statistics(std::function<void(std::vector<domain::ConnectorStatistics>)> done) {
  home_.post([this, owed = owe(std::move(done), std::vector<ConnectorStatistics>())] {
    if (service_) owed->give(service_->statistics());
  });
}

void LoopPort::pause(ConnectorId connector, std::function<void()> done) {
  std::function<void(bool)> ended = [done = std::move(done)](bool) { done(); };
  home_.post([this, connector, owed = owe(std::move(ended), false)] {
    if (!service_) return;
    service_->pause(connector);
    owed->give(true);
  });
}

void LoopPort::resume(ConnectorId connector, std::function<void()> done) {
  std::function<void(bool)> ended = [done = std::move(done)](bool) { done(); };
  home_.post([this, connector, owed = owe(std::move(ended), false)] {
    if (!service_) return;
    service_->resume(connector);
    owed->give(true);
  });
}

void LoopPort::replay(std::int64_t delivery, std::function<void(domain::ReplayResult)> done) {
  home_.post([this, delivery, owed = owe(std::move(done), domain::ReplayResult::NotReady)] {
    if (service_) service_->replay(delivery, [owed](domain::ReplayResult result) { owed->give(result); });
  });
}

void LoopPort::purge(ConnectorId connector, std::function<void(std::size_t)> done) {
  home_.post([this, connector, owed = owe(std::move(done), std::size_t{0})] {
    if (service_) owed->give(service_->purge(connector));
  });
}

}  // namespace warp::messaging
