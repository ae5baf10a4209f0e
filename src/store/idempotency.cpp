#include "warp/store/idempotency.h"

#include <span>

#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kFindRequest{
    "store.idempotency.find",
    "SELECT state, coalesce(status, 0), coalesce(reply::text, '') FROM warp.begin_idempotent($1::uuid, "
    "$2::text, $3::text, $4::text, $5::bytea)"};
constexpr pg::Query kKeepAnswer{
    "store.idempotency.keep",
    "INSERT INTO warp.idempotency_keys (customer_id, caller, endpoint, key, digest, status, reply, "
    "request_id) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)"};
constexpr pg::Query kLockRequest{"store.idempotency.lock",
                                 "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1::text, 32))"};
constexpr pg::Query kPurgeRequests{"store.idempotency.purge",
                                   "SELECT warp.purge_idempotency(make_interval(secs => $1::bigint))", 60s};

pg::Params params_of(const Actor& actor, const IdempotentRequest& request) {
  auto params = pg::Params::of(actor.customer, request.caller, request.endpoint, request.key);
  params.add_octets(std::as_bytes(std::span(request.digest)));
  return params;
}

void read_found(pg::RowReader& row, KeyFound& out) {
  const auto state = row.next<std::string_view>();
  if (state == "new")
    out.state = KeyState::New;
  else if (state == "busy")
    out.state = KeyState::Busy;
  else if (state == "reused")
    out.state = KeyState::Reused;
  else if (state == "replay")
    out.state = KeyState::Replay;
  else
    row.fail();
  row.next(out.status);
  row.next(out.reply);
}

}  // namespace

Task<std::shared_ptr<pg::Joint>> IdempotencyRepository::begin() {
  auto joint = co_await pg::Joint::begin(pool_, pg::Scope::none());
  if (!joint) co_return error_of(joint.error());
  co_return std::move(*joint);
}

Task<void> IdempotencyRepository::commit(std::shared_ptr<pg::Joint> joint) {
  const auto done = co_await joint->commit();
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<KeyFound> IdempotencyRepository::find(Actor actor, IdempotentRequest request) {
  auto params = params_of(actor, request);
  return ask_one<KeyFound>(pool_, scope_of(actor), kFindRequest, std::move(params), read_found);
}

Task<void> IdempotencyRepository::keep(Actor actor, IdempotentRequest request, unsigned status,
                                       std::string reply) {
  auto params = params_of(actor, request);
  params.add(status).add(reply).add(actor.request_id);
  const auto rows = co_await pool_.query(scope_of(actor), kKeepAnswer, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return Expected<void>();
}

Task<void> IdempotencyRepository::lock(Actor actor, std::string name) {
  const auto rows = co_await pool_.query(scope_of(actor), kLockRequest, pg::Params::of(name));
  if (!rows) co_return error_of(rows.error());
  co_return Expected<void>();
}

Task<std::uint64_t> IdempotencyRepository::purge(std::chrono::seconds age) {
  auto scope = pg::Scope::operators().by("warpd", "");
  const auto rows = co_await pool_.query(std::move(scope), kPurgeRequests, pg::Params::of(age.count()));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return bad_row(kPurgeRequests.name);
  co_return pg::RowReader((*rows)[0]).next<std::uint64_t>();
}

}  // namespace warp::store
