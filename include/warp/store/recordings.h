// Recordings of calls: their rows, for the API and for the node that has the files. A customer sees its own,
// and may delete them.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/recording_port.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Recording {
  domain::RecordingId id;
  CustomerId customer;
  CallId call;
  std::optional<RecordId> record;
  std::optional<TrunkId> trunk;
  std::string node;
  domain::RecordingForm form{};
  WallTime started_at{};
  std::optional<WallTime> ended_at;
  std::optional<domain::RecordingStop> cause;
  std::string file;  // below the node's folder; empty: there is none, yet or any more
  std::uint64_t octets = 0, length_ms = 0, packets_lost = 0;
  bool encrypted = false;
  std::string sha256;
  std::optional<WallTime> uploaded_at;
  std::uint32_t upload_tries = 0;
  std::string upload_error;
  std::optional<WallTime> expires_at;
};

struct RecordingFilter {
  std::optional<CustomerId> customer = {};  // operators: absent is all
  std::optional<CallId> call = {};
  std::optional<TrunkId> trunk = {};
  std::optional<WallTime> from = {}, to = {};  // of started_at; `to` is beyond
};

class RecordingRepository {
 public:
  explicit RecordingRepository(pg::Pool& pool) : pool_(pool) {}

  // Those that were not deleted, the latest first.
  Task<Paged<Recording>> list(Actor actor, RecordingFilter filter, Page page);
  Task<Recording> get(Actor actor, domain::RecordingId id);
  // What it was; its node removes the file. NotFound when it was deleted already.
  Task<Recording> remove(Actor actor, domain::RecordingId id);
  // Who heard it, in the audit trail: `event` is "download" or "delete".
  Task<void> note(Actor actor, Recording what, std::string event);

  // As the daemon, of all customers. A row that is there already keeps its facts: begun() after ended() and
  // either of them twice change nothing for the worse.
  Task<void> begun(Recording what);
  Task<void> ended(Recording what);
  Task<void> expire(std::string node, bool after_upload);  // those whose time is up are deleted
  Task<std::vector<Recording>> to_remove(std::string node, bool uploaded_too, std::uint32_t limit);
  Task<void> removed(domain::RecordingId id);  // its file
  Task<std::vector<Recording>> to_upload(std::string node, std::uint32_t limit);
  Task<void> uploaded(domain::RecordingId id);
  Task<void> not_uploaded(domain::RecordingId id, std::string error, std::chrono::seconds wait);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
