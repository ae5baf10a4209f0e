// Endpoint: one operation of the API, with everything that the server must check before it and that the
// OpenAPI document says of it. Resources fill an EndpointTable; api.cpp serves it, openapi.cpp describes it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/api/context.h"
#include "warp/api/errors.h"
#include "warp/api/schema.h"
#include "warp/http/router.h"
#include "warp/store/common.h"

namespace warp::api {

// One request as an action sees it: authenticated, allowed, parsed and checked against its schemas.
struct Call {
  http::Request request;
  std::shared_ptr<Context> context;  // shared with the server's hooks
  Json query = Json::object();
  Json body = Json::object();

  const Principal& principal() const { return *context->principal; }
  // The customer that is acted on, if any.
  std::optional<CustomerId> customer() const { return context->customer; }
  // For repositories: with the customer, row-level security keeps to its rows.
  store::Actor actor() const;
  // As the operator, whatever customer is acted on; only where the endpoint is an operator's.
  store::Actor as_operator() const;
  store::Actor actor_of(std::optional<CustomerId> customer) const;

  // Path parameters; the router has checked their types.
  template <class Id>
  Id id(std::string_view name) const {
    return Id::parse(request.param(name)).value_or(Id{});
  }
  Uuid uuid(std::string_view name) const { return Uuid::parse(request.param(name)).value_or(Uuid{}); }
  std::int64_t number(std::string_view name) const;
};

struct Reply {
  unsigned status = 200;
  Json data = {};
  Json meta = Json::object();  // added to the envelope's
  std::string warning = {};    // beside data, when not empty
  http::Headers headers = {};
  bool bare = false;  // data alone, without the envelope; nothing at all when it is null
  std::unique_ptr<http::BodySource> source = {};  // instead of the envelope; Content-Type is in `headers`
  std::string text = {};                          // `data` as JSON already, which is then not looked at
};
Reply no_content();
Reply reply_with(Json data, unsigned status = 200);

using Answer = boost::asio::awaitable<Outcome<Reply>>;
using Action = std::function<Answer(Call)>;

// May the request carry an Idempotency-Key?
enum class Idempotency : std::uint8_t {
  None,      // ignored
  Accepted,  // a repeat gets the first answer again
  Required,  // 400 without
  Own,       // the action reads the key itself
};

// Since when an operation should not be used any more, and what instead.
struct Deprecation {
  std::string since, sunset;  // dates, "2027-01-31"; sunset may be empty
  std::string successor;      // a path, or empty
};

enum class BodyKind : std::uint8_t { None, Json, Csv, Octets };
enum class AnswerKind : std::uint8_t { Object, List, Page, Nothing, Csv, Octets, Bare };

struct Endpoint {
  http::Method method = http::Method::Get;
  std::string path;  // below the prefix, typed: "/trunks/{trunk_id:uuid}"
  std::string summary;
  std::string tag;
  Action action;

  std::string scope = {};        // needed; empty: any valid key
  bool operators_only = false;   // needs the superadmin scope
  bool step_up = false;          // needs a second factor or an exempt key
  bool of_customer = false;      // operators may name whom they act for: ?customer_id=
  bool customer_needed = false;  // … and must

  std::vector<Field> query = {};
  BodyKind body_kind = BodyKind::None;
  Schema body = {};
  bool free_body = false;  // any names are taken
  bool partial = false;    // PATCH, and PUT of trunks: nothing is required
  ErrorCode body_error = ErrorCode::InvalidPayload;
  std::size_t body_limit = 1024 * 1024;
  http::SinkMaker sink = {};

  AnswerKind answer_kind = AnswerKind::Object;
  Schema answer = {};
  unsigned status = 200;
  std::vector<ErrorCode> errors = {};  // of its own, besides the common ones

  bool open = false;          // nobody is asked who they are: signing in. Rates of addresses hold
  bool without_mfa = false;   // also for those whose role wants a second factor, and who have none yet
  bool takes_ticket = false;  // ?ticket= instead of Authorization: clients that can send no header
  Idempotency idempotency = Idempotency::None;
  bool whole = false;  // the action is one transaction: what its repositories change holds together or not
  bool etag = true;    // of a GET of one object: ETag, If-None-Match, and If-Match on writes to the same path
  std::optional<Deprecation> deprecated = {};
  std::uint32_t cost = 1;  // of its rate: how many requests it counts as
  Action reads = {};       // of a write: the GET whose ETag an If-Match is compared with (manners.cpp)
  http::SocketHandler socket = {};  // GET with Upgrade: websocket; `action` serves those without
};

using EndpointTable = std::vector<Endpoint>;

// Styles of paging: which parameter holds the size, its default and its greatest.
struct Paging {
  std::string size_name = "per_page";
  std::uint32_t usual = 50, greatest = 500;
};
std::vector<Field> paging_fields(const Paging& paging);
// Below 1: the default; above the greatest: the greatest.
store::Page read_page(const Json& query, const Paging& paging);
void put_paging(Reply& reply, const store::Page& page, std::uint64_t total);

// Lists that can be walked by keys, and in other orders than their own: ?sort=-created_at, ?limit=, ?cursor=.
// They are not counted; meta.next_cursor is null at the end. Without any of the three: pages as ever.
enum class SortType : std::uint8_t { Time, Text, Number, Uuid };
struct Sorting {
  struct Key {
    std::string name;  // as the repository knows it
    SortType type = SortType::Text;
  };
  std::vector<Key> keys;
  std::string usual;  // with a leading '-' when it is descending
  SortType id = SortType::Uuid;
};
// paging_fields() and the three.
std::vector<Field> window_fields(const Paging& paging, const Sorting& sorting);
// INVALID_PARAM for an unknown order, and for a cursor that is none of this order.
Outcome<store::Page> read_window(const Json& query, const Paging& paging, const Sorting& sorting);
// meta of a list in whichever form was asked for.
void put_window(Reply& reply, const store::Page& page, std::uint64_t total,
                const std::optional<store::Page::Place>& next);

// What a repository's error means to a client; `what` is the thing: "trunk".
Failure from_store(const store::Error& error, std::string_view what);
// `reason` tells clients in one word what is in the way.
Failure conflict(std::string message, std::string_view reason);
Failure not_found(std::string_view what);

}  // namespace warp::api
