// What a restarted daemon reads before anything else.
#include <algorithm>

#include "delivery_rows.h"
#include "message_columns.h"
#include "message_json.h"
#include "message_store_impl.h"
#include "support.h"

namespace warp::store {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kPage = 10'000;
constexpr auto kMessageLoadTimeout = 60s;

// Ids are time-ordered: pages by id come oldest first.
const pg::Query& messages_query() {
  static const auto sql = "SELECT l.segments, " + message_column_list() +
                          " FROM (SELECT message_id, accepted_at, segments FROM sms.live WHERE node = $1 "
                          "AND message_id > $2 ORDER BY message_id LIMIT $3) AS l JOIN sms.messages m ON "
                          "m.id = l.message_id AND m.accepted_at = l.accepted_at ORDER BY l.message_id";
  static const pg::Query query{"store.message.load", sql, kMessageLoadTimeout};
  return query;
}
// A page finds its rows by their keys, whatever the statistics say of a table that was full a moment ago.
constexpr pg::Query kMessageLoadPlan{
    "store.message.load_plan",
    "SELECT set_config('enable_seqscan', 'off', true), "
    "set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"};
constexpr pg::Query kDeliveries{
    "store.delivery.load",
    "SELECT " DELIVERY_COLUMNS
    " FROM sms.deliveries WHERE node = $1 AND id > $2 AND dead_at IS NULL ORDER BY id LIMIT $3",
    kMessageLoadTimeout};
constexpr pg::Query kMoreDeliveries{
    "store.delivery.load_count",
    "SELECT count(*) FROM sms.deliveries WHERE node = $1 AND id > $2 AND dead_at IS NULL",
    kMessageLoadTimeout};
constexpr pg::Query kParked{"store.receipt.load",
                            "SELECT connector_id, upstream_id, payload, received_at FROM sms.parked_receipts "
                            "WHERE node = $1 ORDER BY received_at",
                            kMessageLoadTimeout};

constexpr pg::Query kMessageLoadUsage{"store.campaign.usage",
                                      "SELECT campaign_id, digits, segments FROM sms.campaign_usage($1)",
                                      kMessageLoadTimeout};

void read_usage(pg::RowReader& row, domain::CampaignUsage& out) {
  row.next(out.campaign);
  row.next(out.digits);
  row.next(out.segments);
}

void read_parked(pg::RowReader& row, domain::ParkedReceipt& out) {
  row.next(out.connector);
  row.next(out.upstream_id);
  row.next(out.payload);
  row.next(out.received_at);
}

// Ids order by the millisecond: what is left to order are neighbours. A million are not copied for that.
void order(std::deque<domain::Message>& messages) {
  const auto millisecond = [](const domain::Message& message) {
    return std::chrono::floor<std::chrono::milliseconds>(message.accepted_at);
  };
  for (auto at = messages.begin(); at != messages.end();) {
    const auto end = std::find_if(at, messages.end(),
                                  [&](const auto& other) { return millisecond(other) != millisecond(*at); });
    std::stable_sort(at, end, [](const auto& a, const auto& b) { return a.accepted_at < b.accepted_at; });
    at = end;
  }
}

Task<void> load_messages(pg::Transaction& tx, std::string node, domain::LiveMessages& out) {
  const auto& query = messages_query();
  MessageId last{};
  for (bool more = true; more;) {
    auto params = pg::Params::of(node, last, kPage);
    const auto rows = co_await tx.query(query, std::move(params));
    if (!rows) co_return error_of(rows.error());
    more = rows->size() == kPage;
    for (const auto row : *rows) {
      pg::RowReader reader(row);
      const auto segments = reader.next<std::string_view>();
      auto& message = out.messages.emplace_back();
      read_message(reader, message);
      if (!reader.ok() || !segments_from_json(segments, message.id, out.segments))
        co_return bad_row(query.name);
      last = message.id;
    }
  }
  order(out.messages);
  co_return Expected<void>();
}

// As many as memory is to hold; the rest is asked for later, by whom it is owed to.
Task<void> load_deliveries(pg::Transaction& tx, std::string node, std::uint32_t most,
                           domain::LiveMessages& out) {
  std::int64_t last = 0;
  for (bool more = true; more && out.deliveries.size() < most;) {
    auto params = pg::Params::of(node, last, kPage);
    const auto rows = co_await tx.query(kDeliveries, std::move(params));
    if (!rows) co_return error_of(rows.error());
    auto page = read_all<domain::Delivery>(*rows, read_delivery, kDeliveries.name);
    if (!page) co_return std::move(page).error();
    more = page->size() == kPage;
    if (!page->empty()) last = page->back().id;
    std::ranges::move(*page, std::back_inserter(out.deliveries));
  }
  auto params = pg::Params::of(node, last);
  const auto rest = co_await tx.query(kMoreDeliveries, std::move(params));
  if (!rest) co_return error_of(rest.error());
  pg::RowReader row((*rest)[0]);
  row.next(out.more_deliveries);
  if (!row.ok()) co_return bad_row(kMoreDeliveries.name);
  co_return Expected<void>();
}

Task<domain::LiveMessages> load_all(pg::Pool& pool, std::string node, std::uint32_t most_deliveries) {
  domain::LiveMessages out;
  const pg::TransactionOptions options{pg::Isolation::RepeatableRead, true};
  auto tx = co_await pool.begin(pg::Scope::operators().by("warpd", ""), options);
  if (!tx) co_return error_of(tx.error());
  pg::Params none;
  const auto planned = co_await tx->query(kMessageLoadPlan, std::move(none));
  if (!planned) co_return error_of(planned.error());
  auto messages = co_await load_messages(*tx, node, out);
  if (!messages) co_return std::move(messages).error();
  auto deliveries = co_await load_deliveries(*tx, node, most_deliveries, out);
  if (!deliveries) co_return std::move(deliveries).error();
  auto params = pg::Params::of(node);
  const auto rows = co_await tx->query(kParked, std::move(params));
  if (!rows) co_return error_of(rows.error());
  auto parked = read_all<domain::ParkedReceipt>(*rows, read_parked, kParked.name);
  if (!parked) co_return std::move(parked).error();
  out.parked = std::move(*parked);
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  co_return out;
}

Task<std::vector<domain::CampaignUsage>> load_usage(pg::Pool& pool, WallTime since) {
  return ask_all<domain::CampaignUsage>(pool, pg::Scope::operators().by("warpd", ""), kMessageLoadUsage,
                                        pg::Params::of(since), read_usage);
}

}  // namespace

void PgMessageStore::campaign_usage(WallTime since,
                                    std::function<void(bool, std::vector<domain::CampaignUsage>)> done) {
  using Usage = std::vector<domain::CampaignUsage>;
  asio::co_spawn(impl_->control, load_usage(impl_->pool, since),
                 [impl = impl_, done = std::move(done)](std::exception_ptr thrown, Expected<Usage> loaded) {
                   if (impl->abandoned) return;
                   const bool known = !thrown && loaded.has_value();
                   if (!known && !thrown)
                     impl->log.error("store.campaigns_not_counted", {{"detail", loaded.error().message}});
                   auto usage = std::make_shared<Usage>(known ? std::move(*loaded) : Usage());
                   impl->home.post([done, known, usage] { done(known, std::move(*usage)); });
                 });
}

void PgMessageStore::load(std::function<void(bool, domain::LiveMessages)> done) {
  asio::co_spawn(impl_->control, load_all(impl_->pool, impl_->settings.node, impl_->settings.most_deliveries),
                 [impl = impl_, done = std::move(done)](std::exception_ptr thrown,
                                                        Expected<domain::LiveMessages> loaded) {
                   if (impl->abandoned) return;
                   const bool durable = !thrown && loaded.has_value();
                   if (!durable && !thrown)
                     impl->log.error("store.messages_not_loaded", {{"detail", loaded.error().message}});
                   auto live = std::make_shared<domain::LiveMessages>();
                   if (durable) *live = std::move(*loaded);
                   impl->home.post([done, durable, live] { done(durable, std::move(*live)); });
                 });
}

}  // namespace warp::store
