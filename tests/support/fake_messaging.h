// FakeMessaging: a MessagePort that answers as it was told to, and remembers what it was asked.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "warp/domain/message_port.h"

namespace warp::test {

class FakeMessaging final : public domain::MessagePort {
 public:
  void submit(domain::Submission submission, domain::SubmitDone done) override {
    Result<domain::Accepted, domain::Reason> answer = domain::Reason::NotReady;
    {
      std::lock_guard guard(mutex_);
      answer = answer_of(submission);
      submitted_.push_back(std::move(submission));
    }
    done(answer);
  }
  void cancel(CustomerId customer, MessageId id, std::function<void(domain::CancelResult)> done) override {
    {
      std::lock_guard guard(mutex_);
      cancelled_.emplace_back(customer, id);
    }
    done(cancel_result);
  }
  void explain(domain::Submission submission,
               std::function<void(std::vector<domain::RouteLine>)> done) override {
    {
      std::lock_guard guard(mutex_);
      explained_.push_back(std::move(submission));
    }
    done(lines);
  }
  void try_rules(domain::Submission submission, domain::Direction direction,
                 std::function<void(std::optional<domain::RuleTrial>)> done) override {
    {
      std::lock_guard guard(mutex_);
      tried_.emplace_back(std::move(submission), direction);
    }
    done(trial);
  }
  void statistics(std::function<void(std::vector<domain::ConnectorStatistics>)> done) override { done(rows); }
  void pause(ConnectorId connector, std::function<void()> done) override { hold(connector, true, done); }
  void resume(ConnectorId connector, std::function<void()> done) override { hold(connector, false, done); }
  void replay(std::int64_t delivery, std::function<void(domain::ReplayResult)> done) override {
    {
      std::lock_guard guard(mutex_);
      replayed_.push_back(delivery);
    }
    done(replay_result);
  }
  void purge(ConnectorId, std::function<void(std::size_t)> done) override { done(purged); }

  std::vector<domain::Submission> submitted() {
    std::lock_guard guard(mutex_);
    return submitted_;
  }
  std::vector<std::pair<CustomerId, MessageId>> cancelled() {
    std::lock_guard guard(mutex_);
    return cancelled_;
  }
  std::vector<std::pair<domain::Submission, domain::Direction>> tried() {
    std::lock_guard guard(mutex_);
    return tried_;
  }
  std::vector<domain::Submission> explained() {
    std::lock_guard guard(mutex_);
    return explained_;
  }
  std::vector<std::int64_t> replayed() {
    std::lock_guard guard(mutex_);
    return replayed_;
  }
  std::optional<bool> held(ConnectorId connector) {
    std::lock_guard guard(mutex_);
    const auto found = held_.find(connector);
    return found == held_.end() ? std::nullopt : std::optional(found->second);
  }

  // Set before the requests that they are for.
  std::map<std::string, domain::Reason> refusals;  // by the recipient's digits
  std::optional<MessageId> replay_of;              // the next submissions repeat this one
  domain::CancelResult cancel_result = domain::CancelResult::Cancelled;
  std::vector<domain::RouteLine> lines;
  std::optional<domain::RuleTrial> trial = domain::RuleTrial{};
  std::vector<domain::ConnectorStatistics> rows;
  std::size_t purged = 0;
  domain::ReplayResult replay_result = domain::ReplayResult::Replayed;

 private:
  Result<domain::Accepted, domain::Reason> answer_of(const domain::Submission& submission) {
    const auto refused = refusals.find(submission.to.digits);
    if (refused != refusals.end()) return refused->second;
    domain::Accepted accepted;
    accepted.id.value.bytes[0] = 1;
    accepted.id.value.bytes[15] = static_cast<std::uint8_t>(submitted_.size() + 1);
    accepted.segments = 2;
    accepted.encoding = "gsm7";
    accepted.accepted_at = WallTime(std::chrono::seconds(1'750'000'000));
    if (replay_of) accepted.id = *replay_of, accepted.replayed = true;
    return accepted;
  }
  void hold(ConnectorId connector, bool paused, const std::function<void()>& done) {
    {
      std::lock_guard guard(mutex_);
      held_[connector] = paused;
    }
    done();
  }

  std::mutex mutex_;
  std::vector<domain::Submission> submitted_, explained_;
  std::vector<std::pair<domain::Submission, domain::Direction>> tried_;
  std::vector<std::pair<CustomerId, MessageId>> cancelled_;
  std::vector<std::int64_t> replayed_;
  std::map<ConnectorId, bool> held_;
};

}  // namespace warp::test
