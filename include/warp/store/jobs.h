// Jobs: long work that the API accepts and a node does (warp.jobs).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Job {
  Uuid id;
  std::string kind, state, created_by;
  std::uint64_t done = 0, total = 0;
  std::string request = "{}", result = "{}", error;
  WallTime created_at{};
  std::optional<WallTime> started_at, ended_at;
};

// State: waiting, running, done, failed, cancelled.
class JobRepository {
 public:
  explicit JobRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Job> add(Actor actor, std::string kind, std::string request);
  Task<std::optional<Job>> take(
      std::string kind,
      std::string node);  // SKIP LOCKED; a job of a process that died is taken again after its lease of 60 s
  Task<bool> progress(Uuid id, std::uint64_t done, std::uint64_t total);  // false: cancelled
  Task<void> finish(Uuid id, std::string result_json, std::string error);
  Task<Job> get(Actor actor, Uuid id);
  struct Filter {
    std::string state, kind;  // empty: any; a kind without what stands behind its '@'
  };
  // By keys, by `created_at`.
  Task<Paged<Job>> list(Actor actor, Filter filter, Page page);
  // Of a job that has not ended; its worker hears of it when it next tells its progress. Invalid: it has
  // ended. Audited.
  Task<Job> cancel(Actor actor, Uuid id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
