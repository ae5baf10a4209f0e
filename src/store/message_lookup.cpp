// What the message store is asked one by one: a message, what is owed to one receiver, a dead delivery.
#include "column_values.h"
#include "delivery_rows.h"
#include "message_arrays.h"
#include "message_columns.h"
#include "message_store_impl.h"
#include "support.h"

namespace warp::store {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kMessageLookupTimeout = 10s;

// The id tells when it was accepted, to the millisecond: one partition is looked into.
const pg::Query& find_query() {
  static const auto sql = "SELECT " + message_column_list() +
                          " FROM sms.messages m WHERE m.id = $1 AND m.customer_id = $2 AND m.accepted_at "
                          "BETWEEN $3 AND $4";
  static const pg::Query query{"store.message.find", sql, kMessageLookupTimeout};
  return query;
}
constexpr pg::Query kOwedToEsme{
    "store.delivery.owed_to_esme",
    "SELECT " DELIVERY_COLUMNS
    " FROM sms.deliveries WHERE esme_id = $1 AND dead_at IS NULL AND node = $2 AND id > $3 "
    "AND next_try <= $4 ORDER BY id LIMIT $5",
    kMessageLookupTimeout};
constexpr pg::Query kOwedByWebhook{
    "store.delivery.owed_by_webhook",
    "SELECT " DELIVERY_COLUMNS
    " FROM sms.deliveries WHERE customer_id = $1 AND esme_id IS NULL AND dead_at IS NULL AND node = $2 "
    "AND id > $3 AND next_try <= $4 ORDER BY id LIMIT $5",
    kMessageLookupTimeout};
constexpr pg::Query kLaterToEsme{
    "store.delivery.later_to_esme",
    "SELECT EXISTS (SELECT FROM sms.deliveries WHERE esme_id = $1 AND dead_at IS NULL AND node = $2 "
    "AND next_try > $3)",
    kMessageLookupTimeout};
constexpr pg::Query kLaterByWebhook{
    "store.delivery.later_by_webhook",
    "SELECT EXISTS (SELECT FROM sms.deliveries WHERE customer_id = $1 AND esme_id IS NULL "
    "AND dead_at IS NULL AND node = $2 AND next_try > $3)",
    kMessageLookupTimeout};
constexpr pg::Query kRevive{
    "store.delivery.revive",
    "UPDATE sms.deliveries SET dead_at = NULL, created_at = now(), next_try = now(), tries = 0, node = $2 "
    "WHERE id = $1 AND dead_at IS NOT NULL RETURNING " DELIVERY_COLUMNS,
    kMessageLookupTimeout};
constexpr pg::Query kReplace{
    "store.message.replace",
    "UPDATE sms.messages AS m SET state = 'queued', connector_id = u.connector, body = u.body, "
    "octets = u.octets, encoding = u.encoding, segments = u.segments, receipts = u.receipts, "
    "not_before = u.not_before, valid_until = u.valid_until "
    "FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::bytea[], $6::text[], "
    "$7::integer[], $8::smallint[], $9::timestamptz[], $10::timestamptz[]) "
    "AS u(id, at, connector, body, octets, encoding, segments, receipts, not_before, valid_until) "
    "WHERE m.id = u.id AND m.accepted_at = u.at AND m.final_at IS NULL",
    kMessageLookupTimeout};

WallTime time_of(MessageId id) {
  std::uint64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i)
    milliseconds = milliseconds << 8 | id.value.bytes[i];
  return WallTime(std::chrono::milliseconds(milliseconds));
}

struct OwedPage {
  std::vector<domain::Delivery> rows;
  bool later = false;
};

Task<std::optional<domain::Message>> find_one(pg::Pool& pool, CustomerId customer, MessageId id) {
  const auto at = time_of(id);
  const auto first = at - 1s, last = at + 1s;
  auto params = pg::Params::of(id, customer, first, last);
  const auto rows = co_await pool.query(pg::Scope::operators(), find_query(), std::move(params));
  if (!rows) co_return error_of(rows.error());
  std::optional<domain::Message> found;
  if (rows->empty()) co_return found;
  auto message = read_one<domain::Message>(*rows, read_message, find_query().name);
  if (!message) co_return std::move(message).error();
  found = std::move(*message);
  co_return found;
}

Task<OwedPage> owed_page(pg::Pool& pool, std::string node, domain::OwedTo to, std::int64_t after,
                         WallTime due, std::uint32_t most) {
  OwedPage out;
  const Uuid whose = to.esme ? to.esme->value : to.customer.value;
  auto params = pg::Params::of(whose, node, after, due, most);
  const auto& query = to.esme ? kOwedToEsme : kOwedByWebhook;
  const auto rows = co_await pool.query(pg::Scope::operators(), query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  auto page = read_all<domain::Delivery>(*rows, read_delivery, query.name);
  if (!page) co_return std::move(page).error();
  out.rows = std::move(*page);
  if (out.rows.size() >= most) co_return out;
  auto asked = pg::Params::of(whose, node, due);
  const auto& rest = to.esme ? kLaterToEsme : kLaterByWebhook;
  const auto later = co_await pool.query(pg::Scope::operators(), rest, std::move(asked));
  if (!later) co_return error_of(later.error());
  pg::RowReader row((*later)[0]);
  row.next(out.later);
  co_return out;
}

Task<std::optional<domain::Delivery>> revive_one(pg::Pool& pool, std::string node, std::int64_t id) {
  auto params = pg::Params::of(id, node);
  const auto rows = co_await pool.query(pg::Scope::operators().by("warpd", ""), kRevive, std::move(params));
  if (!rows) co_return error_of(rows.error());
  std::optional<domain::Delivery> found;
  if (rows->empty()) co_return found;
  auto delivery = read_one<domain::Delivery>(*rows, read_delivery, kRevive.name);
  if (!delivery) co_return std::move(delivery).error();
  found = std::move(*delivery);
  co_return found;
}

// Runs a question on the control loop and gives its answer at home; not when the store is gone.
template <class T, class Impl, class Done>
void ask(std::shared_ptr<Impl> impl, Task<T> task, Done done) {
  asio::co_spawn(impl->control, std::move(task),
                 [impl, done = std::move(done)](std::exception_ptr thrown, Expected<T> answer) {
                   if (impl->abandoned) return;
                   const bool known = !thrown && answer.has_value();
                   if (!known && !thrown)
                     impl->log.error("store.messages_not_asked", {{"detail", answer.error().message}});
                   auto kept = std::make_shared<T>();
                   if (known) *kept = std::move(*answer);
                   impl->home.post([done, known, kept] { done(known, std::move(*kept)); });
                 });
}

}  // namespace

void add_replacements(std::span<MessageCall> calls, std::vector<pg::Statement>& out) {
  Arrays<10> rows;
  for (const auto& call : calls) {
    const auto* replace = std::get_if<ReplaceCall>(&call.what);
    if (!replace) continue;
    const auto& message = replace->message;
    auto& to = rows.column;
    rows.rows++;
    to[0].id(message.id.value);
    to[1].time(message.accepted_at);
    to[2].id(message.connector.value);
    to[3].text(message.binary_coding ? "" : std::string_view(message.text));
    put_octets(to[4], message.binary_coding ? message.text : "");
    to[5].text(message.encoding);
    to[6].number(message.segments);
    to[7].number(static_cast<unsigned>(message.receipts));
    to[8].time(message.not_before);
    to[9].time(message.valid_until);
  }
  if (rows.rows == 0) return;
  pg::Params params;
  rows.add_to(params);
  out.push_back({&kReplace, std::move(params)});
}

void PgMessageStore::find(CustomerId customer, MessageId id,
                          std::function<void(bool, std::optional<domain::Message>)> done) {
  ask<std::optional<domain::Message>>(impl_, find_one(impl_->pool, customer, id), std::move(done));
}

void PgMessageStore::revive(std::int64_t delivery,
                            std::function<void(bool, std::optional<domain::Delivery>)> done) {
  ask<std::optional<domain::Delivery>>(impl_, revive_one(impl_->pool, impl_->settings.node, delivery),
                                       std::move(done));
}

void PgMessageStore::owed(domain::OwedTo to, std::int64_t after, WallTime due, std::uint32_t most,
                          std::function<void(bool, std::vector<domain::Delivery>, bool)> done) {
  auto answer = [done = std::move(done)](bool known, OwedPage page) {
    done(known, std::move(page.rows), page.later);
  };
  ask<OwedPage>(impl_, owed_page(impl_->pool, impl_->settings.node, to, after, due, most), std::move(answer));
}

}  // namespace warp::store
