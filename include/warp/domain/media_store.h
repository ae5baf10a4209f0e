// MediaStore: where the attachments of messages are kept (schema sms, table media), each a customer's.
// Implemented by `store`. Every `done` comes back on the Executor that the store was given. One thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/message.h"

namespace warp::domain {

struct StoredMedia {
  MediaPart part;
  std::string octets;
};

class MediaStore {
 public:
  virtual ~MediaStore() = default;

  // All or nothing; the ids are the caller's, and ids that are there already are kept as they are.
  virtual void save(CustomerId customer, std::vector<StoredMedia> media,
                    std::function<void(bool durable)> done) = 0;
  // In the order of `ids`. False: the store is away, or one of them is not this customer's or no longer kept.
  virtual void load(CustomerId customer, std::vector<MediaId> ids,
                    std::function<void(bool, std::vector<StoredMedia>)> done) = 0;
};

}  // namespace warp::domain
