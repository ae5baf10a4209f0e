#include "warp/store/message_records.h"

#include "message_columns.h"
#include "support.h"

#define MATCHING_MESSAGE_RECORDS                                                                     \
  " FROM records.mdrs WHERE accepted_at >= $1 AND accepted_at < $2 AND ($3::uuid IS NULL OR "        \
  "customer_id = $3) AND ($4::text IS NULL OR direction = $4) AND ($5::text IS NULL OR state = $5) " \
  "AND ($6::uuid IS NULL OR connector_id = $6) AND ($7::text IS NULL OR sender = $7) "               \
  "AND ($8::text IS NULL OR starts_with(sender, $8)) AND ($9::text IS NULL OR recipient = $9) "      \
  "AND ($10::text IS NULL OR starts_with(recipient, $10))"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kMessageRecordTimeout = 15s;
constexpr pg::Query kCountMessageRecords{"store.message_record.count",
                                         "SELECT count(*)" MATCHING_MESSAGE_RECORDS, kMessageRecordTimeout};

// What a record has of the message's columns.
bool kept(const MessageColumn& column) {
  constexpr std::string_view kNames =
      " id accepted_at customer_id direction origin esme_id connector_id campaign_id sender recipient "
      "encoding "
      "segments client_reference sent_at final_at state reason network_error attempts charged_nanos ";
  return column.name.starts_with("price_") || column.name.starts_with("cost_") ||
         kNames.find(" " + column.name + " ") != std::string_view::npos;
}
std::string select(const char* rest) {
  std::string names;
  for (const auto& column : message_columns())
    if (kept(column)) names += column.name + ", ";
  return "SELECT " + names + "margin_nanos, ledger_entry" + rest;
}
const pg::Query& records_query() {
  static const auto sql =
      select(MATCHING_MESSAGE_RECORDS " ORDER BY accepted_at DESC, id DESC LIMIT $11 OFFSET $12");
  static const pg::Query query{"store.message_record.list", sql, kMessageRecordTimeout};
  return query;
}
const pg::Query& record_query() {
  static const auto sql = select(" FROM records.mdrs WHERE id = $1");
  static const pg::Query query{"store.message_record.get", sql, kMessageRecordTimeout};
  return query;
}

void read_record(pg::RowReader& row, MessageRecord& out) {
  for (const auto& column : message_columns())
    if (kept(column)) column.get(row, out.message);
  row.next(out.margin);
  row.next(out.ledger_entry);
}

// Exact value and prefix.
void add_address(pg::Params& params, const std::string& wanted) {
  const bool prefix = wanted.ends_with('*');
  const auto whole = wanted.empty() || prefix ? std::nullopt : std::optional(wanted);
  params.add(whole).add(prefix ? std::optional(wanted.substr(0, wanted.size() - 1)) : std::nullopt);
}

}  // namespace

Task<Paged<MessageRecord>> MessageRecordRepository::list(Actor actor, MessageRecordFilter filter, Page page) {
  auto params = pg::Params::of(filter.from, filter.to, filter.customer ? filter.customer : actor.customer,
                               name_of(filter.direction), name_of(filter.state), filter.connector);
  add_address(params, filter.sender);
  add_address(params, filter.recipient);
  return ask_page<MessageRecord>(pool_, scope_of(actor), kCountMessageRecords, records_query(),
                                 std::move(params), page, read_record);
}

Task<MessageRecord> MessageRecordRepository::get(Actor actor, MessageId id) {
  return ask_one<MessageRecord>(pool_, scope_of(actor), record_query(), pg::Params::of(id), read_record);
}

}  // namespace warp::store
