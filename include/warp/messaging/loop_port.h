// LoopPort: domain::MessagePort over a MessagingService that lives on another thread. Each call is handed
// over to that thread; what is dropped on the way, because the thread or the service ends, is answered as the
// port promises.
#pragma once

#include "warp/base/executor.h"
#include "warp/domain/message_port.h"

namespace warp::messaging {

class MessagingService;

class LoopPort final : public domain::MessagePort {
 public:
  // `home`: of the service's thread; must outlive the port, and the port the requests of the API.
  explicit LoopPort(Executor& home) : home_(home) {}
  // On the service's thread; null before it ends.
  void attach(MessagingService* service) { service_ = service; }

  void submit(domain::Submission submission, domain::SubmitDone done) override;
  void cancel(CustomerId customer, MessageId id, std::function<void(domain::CancelResult)> done) override;
  void explain(domain::Submission submission,
               std::function<void(std::vector<domain::RouteLine>)> done) override;
  void try_rules(domain::Submission submission, domain::Direction direction,
                 std::function<void(std::optional<domain::RuleTrial>)> done) override;
  void statistics(std::function<void(std::vector<domain::ConnectorStatistics>)> done) override;
  void pause(ConnectorId connector, std::function<void()> done) override;
  void resume(ConnectorId connector, std::function<void()> done) override;
  void replay(std::int64_t delivery, std::function<void(domain::ReplayResult)> done) override;
  void purge(ConnectorId connector, std::function<void(std::size_t)> done) override;

 private:
  Executor& home_;
  MessagingService* service_ = nullptr;
};

}  // namespace warp::messaging
