#include "warp/store/messages.h"

#include "message_columns.h"
#include "support.h"

#define MATCHING_MESSAGES                                                              \
  " FROM sms.messages m WHERE ($1::uuid IS NULL OR m.customer_id = $1) "               \
  "AND ($2::text IS NULL OR m.direction = $2) AND ($3::text IS NULL OR m.state = $3) " \
  "AND ($4::uuid IS NULL OR m.campaign_id = $4) AND m.accepted_at >= coalesce($5, "    \
  "'-infinity'::timestamptz) "                                                         \
  "AND m.accepted_at < coalesce($6, 'infinity'::timestamptz)"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kMessageTimeout = 15s;
constexpr pg::Query kCountMessages{"store.message.count", "SELECT count(*)" MATCHING_MESSAGES,
                                   kMessageTimeout};
constexpr pg::Query kMessageStatistics{
    "store.message.statistics",
    "SELECT m.campaign_id, count(*), count(*) FILTER (WHERE m.direction = 'inbound'), "
    "count(*) FILTER (WHERE m.direction = 'outbound'), count(*) FILTER (WHERE m.state = 'delivered'), "
    "count(*) FILTER (WHERE m.state IN ('failed', 'undelivered', 'expired'))" MATCHING_MESSAGES " GROUP BY 1",
    kMessageTimeout};

const pg::Query& message_page_query() {
  static const auto sql = "SELECT " + message_column_list() +
                          MATCHING_MESSAGES " ORDER BY m.accepted_at DESC, m.id DESC LIMIT $7 OFFSET $8";
  static const pg::Query query{"store.message.list", sql, kMessageTimeout};
  return query;
}
const Keyset& message_keyset() {
  static const Keyset made({.name = "store.message.walk",
                            .columns = message_column_list(),
                            .matching = MATCHING_MESSAGES,
                            .params = 6,
                            .id = {"id", "m.id", "uuid"},
                            .keys = {{"accepted_at", "m.accepted_at", "timestamptz"}},
                            .timeout = kMessageTimeout});
  return made;
}
const pg::Query& message_query() {
  static const auto sql = "SELECT " + message_column_list() + " FROM sms.messages m WHERE m.id = $1";
  static const pg::Query query{"store.message.get", sql};
  return query;
}
const pg::Query& reference_query() {
  static const auto sql = "SELECT " + message_column_list() +
                          " FROM sms.client_references r JOIN sms.messages m ON m.id = r.message_id "
                          "AND m.accepted_at = r.accepted_at WHERE r.customer_id = $1 AND "
                          "r.client_reference = $2";
  static const pg::Query query{"store.message.find_by_reference", sql};
  return query;
}

// A tenant's rows are its own whatever is asked for; named, its index finds them.
pg::Params params_of(const Actor& actor, const MessageFilter& filter) {
  return pg::Params::of(filter.customer ? filter.customer : actor.customer, name_of(filter.direction),
                        name_of(filter.state), filter.campaign, filter.from, filter.to);
}

MessageCounts& operator+=(MessageCounts& sum, const MessageCounts& more) {
  sum.total += more.total;
  sum.inbound += more.inbound;
  sum.outbound += more.outbound;
  sum.delivered += more.delivered;
  sum.failed += more.failed;
  return sum;
}

struct CampaignRow {
  std::optional<CampaignId> campaign;
  MessageCounts counts;
};

void read_campaign(pg::RowReader& row, CampaignRow& out) {
  row.next(out.campaign);
  row.next(out.counts.total);
  row.next(out.counts.inbound);
  row.next(out.counts.outbound);
  row.next(out.counts.delivered);
  row.next(out.counts.failed);
}

}  // namespace

Task<Paged<domain::Message>> MessageRepository::list(Actor actor, MessageFilter filter, Page page) {
  auto params = params_of(actor, filter);
  return ask_list<domain::Message>(pool_, scope_of(actor), kCountMessages, message_page_query(),
                                   message_keyset(), std::move(params), page, read_message);
}

Task<domain::Message> MessageRepository::get(Actor actor, MessageId id) {
  return ask_one<domain::Message>(pool_, scope_of(actor), message_query(), pg::Params::of(id), read_message);
}

Task<domain::Message> MessageRepository::find_by_reference(Actor actor, CustomerId customer,
                                                           std::string client_reference) {
  return ask_one<domain::Message>(pool_, scope_of(actor), reference_query(),
                                  pg::Params::of(customer, client_reference), read_message);
}

Task<MessageStatistics> MessageRepository::statistics(Actor actor, MessageFilter filter) {
  auto params = params_of(actor, filter);
  auto rows = co_await ask_all<CampaignRow>(pool_, scope_of(actor), kMessageStatistics, std::move(params),
                                            read_campaign);
  if (!rows) co_return std::move(rows).error();
  MessageStatistics out;
  for (const auto& row : *rows) {
    out.all += row.counts;
    if (row.campaign) out.by_campaign[*row.campaign] = row.counts;
  }
  co_return out;
}

}  // namespace warp::store
