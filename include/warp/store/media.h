// Attachments on Postgres (sms.media): MediaRepository for coroutines, PgMediaStore as messaging's port.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "warp/base/clock.h"
#include "warp/base/executor.h"
#include "warp/base/log.h"
#include "warp/domain/media_store.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct MediaRow {
  domain::MediaPart part;
  std::string sha256;  // hexadecimal
  WallTime created_at{}, keep_until{};
};

class MediaRepository {
 public:
  explicit MediaRepository(pg::Pool& pool) : pool_(pool) {}
  // All or nothing; ids that are there already are kept as they are.
  Task<void> save(Actor actor, CustomerId customer, std::vector<domain::StoredMedia> media,
                  WallTime keep_until);
  // In the order of `ids`; NotFound when one is missing, another customer's or no longer kept.
  Task<std::vector<MediaRow>> describe(Actor actor, CustomerId customer, std::vector<MediaId> ids);
  Task<std::vector<domain::StoredMedia>> load(Actor actor, CustomerId customer, std::vector<MediaId> ids);
  // Not shorter than they are kept already.
  Task<void> keep(Actor actor, CustomerId customer, std::vector<MediaId> ids, WallTime until);
  // Deletes what is kept no longer; how many.
  Task<std::uint64_t> purge(WallTime now);

 private:
  pg::Pool& pool_;
};

// Called from one thread, that of `home`, which gets the answers; works on `control`. Pool, home and log must
// outlive it; after its end no answer comes.
class PgMediaStore final : public domain::MediaStore {
 public:
  // `kept`: how long what messaging saves (inbound attachments, pictures made smaller) is there.
  PgMediaStore(pg::Pool& pool, boost::asio::any_io_executor control, Executor& home, const Clock& clock,
               std::chrono::seconds kept, log::Logger& log);
  ~PgMediaStore() override;
  PgMediaStore(const PgMediaStore&) = delete;
  PgMediaStore& operator=(const PgMediaStore&) = delete;

  void save(CustomerId customer, std::vector<domain::StoredMedia> media,
            std::function<void(bool durable)> done) override;
  void load(CustomerId customer, std::vector<MediaId> ids,
            std::function<void(bool, std::vector<domain::StoredMedia>)> done) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with its coroutines
};

}  // namespace warp::store
