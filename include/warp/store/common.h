// What all repositories share: who asks, what may go wrong, pages.
//
// A repository is a few named queries over a pg::Pool, which must outlive it; it keeps no state and may be
// used from any coroutine. Every change is audited in its own transaction by the database, under the actor's
// name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/base/result.h"
#include "warp/base/uuid.h"

namespace warp::pg {
class Joint;
}

namespace warp::store {

// Who asks. With a customer, row-level security shows and changes that customer's rows only; without, it is
// an operator, or the daemon itself, who sees all.
struct Actor {
  std::string who;         // "api_key:<id>", "user:<id>", "warpd"
  std::string request_id;  // may be empty
  std::optional<CustomerId> customer;
  std::string ip = {}, user_agent = {};   // of the client, for the audit trail; may be empty
  std::shared_ptr<pg::Joint> joint = {};  // the transaction that a request takes part in; null: its own
};

enum class ErrorKind : std::uint8_t {
  NotFound,     // there is no such row, or it is another tenant's
  Duplicate,    // a unique value is taken; `constraint` says which
  InUse,        // something else refers to it, or it refers to something that is not there
  Invalid,      // against a rule of the schema
  Forbidden,    // the actor's role may not do this
  Unavailable,  // the database is away, busy or slow: nothing was changed, try again
  Unknown,      // the connection broke on the way: it may have been done or not
  Internal,     // a defect
};
std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;     // for the log; may hold values: never for a client
  std::string constraint;  // its name in the database, of Duplicate, InUse and Invalid
};

template <class T>
using Expected = Result<T, Error>;
template <class T>
using Task = boost::asio::awaitable<Expected<T>>;

struct Page {
  // Where in a list: what its row has of the value that is sorted by, and its id; as Postgres writes them.
  struct Place {
    std::string value, id;
  };

  std::uint32_t page = 1;  // from 1
  std::uint32_t per_page = 50;
  // By keys, of lists that say so: what comes after `after`, or the beginning; `page` counts for nothing.
  bool keyset = false;
  std::string sort = {};  // one of the list's orders; with a leading '-' descending
  std::optional<Place> after = {};
};
template <class T>
struct Paged {
  std::vector<T> items;
  std::uint64_t total = 0;               // 0 of a keyset, which is not counted
  std::optional<Page::Place> next = {};  // of a keyset: where the next part begins; none: that was all
};

// In a patch: absent leaves the column alone; present and empty sets it to NULL.
template <class T>
using Nullable = std::optional<std::optional<T>>;

}  // namespace warp::store
