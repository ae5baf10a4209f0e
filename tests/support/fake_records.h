// FakeRecords: a journal in memory that answers at once, later, or with a failure.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "warp/domain/record_sink.h"

namespace warp::test {

class FakeRecords final : public domain::RecordSink {
 public:
  bool writable() const override { return can_write; }
  void answered(const domain::CallRecord& draft, std::string state, Executor& where,
                std::function<void(bool)> done) override {
    drafts.push_back(draft);
    states.push_back(std::move(state));
    if (hold) {
      held.push_back(
          [&where, done = std::move(done)](bool durable) { where.post([done, durable] { done(durable); }); });
      return;
    }
    where.post([done = std::move(done), durable = durable] { done(durable); });
  }
  void updated(const domain::CallRecord& draft, std::string state) override {
    updates.push_back(draft);
    updated_states.push_back(std::move(state));
  }
  void finished(domain::CallRecord record) override { records.push_back(std::move(record)); }

  bool can_write = true;
  bool durable = true;
  bool hold = false;  // keep the answers in `held`
  std::vector<std::function<void(bool)>> held;
  std::vector<domain::CallRecord> drafts, records;
  std::vector<std::string> states;
  std::vector<domain::CallRecord> updates;
  std::vector<std::string> updated_states;
};

}  // namespace warp::test
