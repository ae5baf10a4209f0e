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
};
Reply no_content();
Reply reply_with(Json data, unsigned status = 200);

using Answer = boost::asio::awaitable<Outcome<Reply>>;
using Action = std::function<Answer(Call)>;

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

// What a repository's error means to a client; `what` is the thing: "trunk".
Failure from_store(const store::Error& error, std::string_view what);
// `reason` tells clients in one word what is in the way.
Failure conflict(std::string message, std::string_view reason);
Failure not_found(std::string_view what);

}  // namespace warp::api
