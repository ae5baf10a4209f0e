// Port-out PINs: the word by which a customer lets a number go; and the way of a number from one customer to
// another by it.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct PortOutPin {
  bool set = false;
  std::optional<WallTime> locked_until;  // after failures; in the future
};

// Who has a number, as a transfer sees it.
struct Holding {
  std::string e164;
  std::optional<CustomerId> customer;  // none: stock, or given back
  bool poi_locked = false;
};

class PortOutPinRepository {
 public:
  explicit PortOutPinRepository(pg::Pool& pool) : pool_(pool) {}
  // NotFound: the number is not the actor's.
  Task<PortOutPin> get(Actor actor, std::string e164);
  Task<PortOutPin> put(Actor actor, std::string e164, std::string hash);  // lifts a lock as well
  Task<PortOutPin> clear(Actor actor, std::string e164);

  // Operators only. Of those that are in the inventory at all.
  Task<std::vector<Holding>> holdings(Actor actor, std::vector<std::string> numbers);
  // The PIN's hash, and the try counts as a failure: five in a row lock the PIN for half an hour.
  struct Trial {
    std::optional<std::string> hash;  // none: there is no PIN, or it is locked
    bool locked = false;
  };
  Task<Trial> try_pin(Actor actor, std::string e164);
  // Makes it `to`'s, as long as it is `from`'s and the PIN is the one that was judged. False: it is not.
  Task<bool> transfer(Actor actor, std::string e164, CustomerId from, CustomerId to, std::string hash);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
