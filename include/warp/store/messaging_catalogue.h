// Loads what is provisioned for messaging, as it stands at one moment (one repeatable-read transaction).
//
// Changes are announced on channel warp_messaging (payload: the table's name), within the transaction that
// makes them.
#pragma once

#include <cstdint>
#include <memory>

#include "warp/domain/messaging_catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

class MessagingCatalogueRepository {
 public:
  explicit MessagingCatalogueRepository(pg::Pool& pool) : pool_(pool) {}
  // Numbers: those that a customer holds; their campaign only when it is approved. A customer without a plan
  // of its own for messages pays by its contract's. Routes and ESMEs that are switched off are in it, too.
  // One load at a time.
  Task<std::shared_ptr<const domain::MessagingCatalogue>> load();

 private:
  pg::Pool& pool_;
  std::uint64_t loads_ = 0;
};

}  // namespace warp::store
