#include "message_statements.h"

#include <algorithm>
#include <unordered_map>

#include "column_values.h"
#include "message_arrays.h"
#include "message_columns.h"
#include "message_json.h"
#include "message_money.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using domain::Message;

constexpr auto kStatementTimeout = 10s;

// Rows are found by their keys, a few hundred at once: a plan is made once a connection and must not depend
// on how many rows a statistic of yesterday promised.
constexpr pg::Query kStatementPlan{
    "store.message.plan",
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), "
    "set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"};

std::string column_names(bool settled_only, const char* separator) {
  std::string out;
  for (const auto& column : message_columns())
    if (!settled_only || column.settled) out += (out.empty() ? "" : separator) + column.name;
  return out;
}
// "$3::uuid[], $4::text[], …"
std::string arrays(bool settled_only, int first) {
  std::string out;
  for (const auto& column : message_columns()) {
    if (settled_only && !column.settled) continue;
    out += (out.empty() ? "$" : ", $") + std::to_string(first++) + "::" + column.type + "[]";
  }
  return out;
}

// The array of one column in the statement of insertions.
std::string array_of(const char* name) {
  int number = 2;
  for (const auto& column : message_columns()) {
    if (column.name == name) return "$" + std::to_string(number) + "::" + column.type + "[]";
    ++number;
  }
  return "NULL";
}

// $1: node, then the columns. What is there already stays as it is, and is not alive again. Answers with the
// places of those that could not be paid.
std::string insert_sql(bool referring) {
  const auto names = column_names(false, ", ");
  return "WITH " + refused_sql(array_of, referring) + ", new AS (INSERT INTO sms.messages (" + names +
         ") SELECT " + names + " FROM unnest(" + arrays(false, 2) + ") WITH ORDINALITY AS u(" + names +
         ", nth) WHERE nth NOT IN (SELECT nth FROM refused)" +
         (referring ? " AND (client_reference = '' OR EXISTS (SELECT FROM sms.client_references r WHERE "
                      "r.customer_id = u.customer_id AND r.client_reference = u.client_reference AND "
                      "r.message_id = u.id))"
                    : "") +
         " ON CONFLICT DO NOTHING RETURNING id, accepted_at, customer_id, price_nanos), "
         "alive AS (INSERT INTO sms.live (message_id, accepted_at, node) SELECT id, accepted_at, $1 FROM new "
         "ON CONFLICT DO NOTHING), held AS (" +
         hold_sql("new", false) + ")" +
         (referring
              ? ", unnamed AS (DELETE FROM sms.client_references r USING (SELECT * FROM unnest(" +
                    array_of("id") + ", " + array_of("customer_id") + ", " + array_of("client_reference") +
                    ") WITH ORDINALITY AS u(id, customer, reference, nth) WHERE nth IN (SELECT nth FROM "
                    "refused)) AS f WHERE r.customer_id = f.customer AND "
                    "r.client_reference = f.reference AND r.message_id = f.id)"
              : "") +
         " SELECT nth FROM refused";
}
const pg::Query& insert_query() {
  static const auto sql = insert_sql(false);
  static const pg::Query query{"store.message.insert", sql, kStatementTimeout};
  return query;
}
const pg::Query& insert_referring_query() {
  static const auto sql = insert_sql(true);
  static const pg::Query query{"store.message.insert_referring", sql, kStatementTimeout};
  return query;
}

const pg::Query& disown_query() {
  static const auto sql =
      "WITH gone AS (DELETE FROM sms.messages m USING unnest($1::uuid[], $2::timestamptz[]) AS u(id, at) "
      "WHERE m.id = u.id AND m.accepted_at = u.at AND m.state IN ('queued', 'sending') "
      "RETURNING m.id, m.customer_id, m.client_reference, m.price_nanos), "
      "dead AS (DELETE FROM sms.live l USING gone WHERE l.message_id = gone.id), free AS (" +
      hold_sql("gone", true) +
      ") DELETE FROM sms.client_references r USING gone WHERE r.customer_id = gone.customer_id "
      "AND r.client_reference = gone.client_reference AND r.message_id = gone.id";
  static const pg::Query query{"store.message.disown", sql, kStatementTimeout};
  return query;
}

// In one order everywhere: two nodes that meet wait for each other, never both at once.
constexpr pg::Query kRefer{
    "store.message.refer",
    "INSERT INTO sms.client_references (customer_id, client_reference, message_id, accepted_at) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[]) AS u(a, b, c, d) "
    "ORDER BY a, b ON CONFLICT DO NOTHING",
    kStatementTimeout};
constexpr pg::Query kReferred{
    "store.message.referred",
    "SELECT r.message_id FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS u(customer, reference, nth) "
    "LEFT JOIN sms.client_references r ON r.customer_id = u.customer AND r.client_reference = u.reference "
    "ORDER BY u.nth",
    kStatementTimeout};

// One final state: what is final stays so. Repeated, a change changes nothing.
constexpr pg::Query kChange{
    "store.message.change",
    "UPDATE sms.messages AS m SET state = u.state, reason = u.reason, "
    "connector_id = coalesce(u.connector, m.connector_id), not_before = coalesce(u.not_before, "
    "m.not_before), "
    "sent_at = coalesce(u.sent_at, m.sent_at), final_at = coalesce(u.final_at, m.final_at), "
    "network_error = coalesce(u.error, m.network_error), "
    "attempts = CASE WHEN u.attempts IS NULL OR m.attempts @> u.attempts THEN m.attempts "
    "ELSE m.attempts || u.attempts END, "
    "upstream_ids = CASE WHEN u.upstream IS NULL OR strpos(m.upstream_ids, u.upstream) > 0 "
    "THEN m.upstream_ids ELSE ltrim(m.upstream_ids || ' ' || u.upstream) END, "
    "cost_nanos = coalesce(u.nanos, m.cost_nanos), cost_currency = coalesce(u.currency, m.cost_currency), "
    "cost_plan_id = coalesce(u.plan, m.cost_plan_id), "
    "cost_plan_version = coalesce(u.version, m.cost_plan_version), "
    "cost_prefix = coalesce(u.prefix, m.cost_prefix), "
    "cost_per_segment_nanos = coalesce(u.per_segment, m.cost_per_segment_nanos) "
    "FROM unnest($3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[], "
    "$9::timestamptz[], $10::timestamptz[], $11::text[], $12::jsonb[], $13::text[], $14::bigint[], "
    "$15::text[], $16::uuid[], $17::bigint[], $18::text[], $19::bigint[]) "
    "AS u(id, at, state, reason, connector, not_before, sent_at, final_at, error, attempts, upstream, nanos, "
    "currency, plan, version, prefix, per_segment) "
    "WHERE m.id = u.id AND m.accepted_at = u.at AND m.accepted_at BETWEEN $1 AND $2 AND m.final_at IS NULL",
    kStatementTimeout};
constexpr pg::Query kRecast{
    "store.message.recast",
    "UPDATE sms.messages AS m SET kind = u.kind, body = u.body, encoding = u.encoding, segments = u.segments "
    "FROM unnest($3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::integer[]) "
    "AS u(id, at, kind, body, encoding, segments) "
    "WHERE m.id = u.id AND m.accepted_at = u.at AND m.accepted_at BETWEEN $1 AND $2 AND m.final_at IS NULL",
    kStatementTimeout};
constexpr pg::Query kSent{"store.message.sent",
                          "UPDATE sms.live AS l SET segments = l.segments || u.segments "
                          "FROM unnest($1::uuid[], $2::jsonb[]) AS u(id, segments) "
                          "WHERE l.message_id = u.id AND NOT l.segments @> u.segments",
                          kStatementTimeout};

#define RECORD_COLUMNS                                                                            \
  "id, accepted_at, customer_id, direction, origin, esme_id, connector_id, campaign_id, sender, " \
  "recipient, encoding, segments, client_reference, sent_at, final_at, state, reason, "           \
  "network_error, upstream_ids, price_nanos, price_currency, price_plan_id, price_plan_version, " \
  "price_prefix, price_per_segment_nanos, cost_nanos, cost_currency, cost_plan_id, "              \
  "cost_plan_version, cost_prefix, cost_per_segment_nanos, attempts, kind, rich"

// $1, $2: the range of days, $3: ids, $4: times, $5: reason codes, $6: upstream ids of changes that were
// left out, then the columns. The record is made of the row. What has ended stays as it is.
std::string finish_sql() {
  const auto names = column_names(true, ", ");
  std::string sets;
  for (const auto& column : message_columns())
    if (column.settled) sets += column.name + " = u." + column.name + ", ";
  std::string returned = "m." RECORD_COLUMNS;
  for (std::size_t at = 0; (at = returned.find(", ", at)) != std::string::npos; at += 4)
    returned.insert(at + 2, "m.");
  return "WITH done AS (UPDATE sms.messages AS m SET " + sets +
         "upstream_ids = CASE WHEN u.upstream IS NULL OR strpos(m.upstream_ids, u.upstream) > 0 "
         "THEN m.upstream_ids ELSE ltrim(m.upstream_ids || ' ' || u.upstream) END FROM unnest($3::uuid[], "
         "$4::timestamptz[], $5::integer[], $6::text[], " +
         arrays(true, 7) + ") AS u(id, at, code, upstream, " + names +
         ") WHERE m.id = u.id AND m.accepted_at = u.at AND m.accepted_at BETWEEN $1 AND $2 AND m.final_at IS "
         "NULL RETURNING " +
         returned + ", m.charged_nanos, u.code), " + settle_sql(RECORD_COLUMNS);
}
const pg::Query& finish_query() {
  static const auto sql = finish_sql();
  static const pg::Query query{"store.message.finish", sql, kStatementTimeout};
  return query;
}
constexpr pg::Query kDead{
    "store.message.dead",
    "DELETE FROM sms.live AS l USING unnest($1::uuid[]) AS u(id) WHERE l.message_id = u.id",
    kStatementTimeout};

// From the first to the last partition that is touched.
struct Range {
  WallTime first = WallTime::max(), last = WallTime::min();
  void add(WallTime at) {
    first = std::min(first, at);
    last = std::max(last, at);
  }
};

std::string upstream_ids(std::span<const domain::SentSegment> sent) {
  std::string out;
  for (const auto& segment : sent)
    (out += out.empty() ? "" : " ") += segment.upstream_id;
  return out;
}

// What changes of one message in one transaction come to.
struct Change {
  domain::MessageChange change;
  std::vector<domain::MessageAttempt> attempts;
};

class ChangeBatch {
 public:
  explicit ChangeBatch(std::span<MessageCall> calls);
  void add_to(std::vector<pg::Statement>& out);

 private:
  void take(const domain::MessageChange& change);
  void take(const Message& message);
  void recast(const domain::MessageChange& change);
  void write(const Change& change);
  std::vector<Change> changes_;
  std::unordered_map<MessageId, std::size_t> places_;
  Range changed_, finished_, recast_at_;
  Arrays<17> rows_;
  Arrays<2> sent_;
  Arrays<6> recast_;
  Arrays<4> final_;
  std::vector<ArrayText> settled_;
  ArrayText dead_;
};

ChangeBatch::ChangeBatch(std::span<MessageCall> calls) : settled_(message_columns().size()) {
  for (const auto& call : calls) {
    if (const auto* change = std::get_if<ChangeCall>(&call.what)) {
      if (change->change.recast) recast(change->change);
      take(change->change);
    }
    if (const auto* finish = std::get_if<FinishCall>(&call.what)) take(finish->message);
  }
  for (const auto& change : changes_)
    if (!change.change.id.is_nil()) write(change);
}

// One statement changes a row once: later changes of a message go into its first.
void ChangeBatch::take(const domain::MessageChange& next) {
  const auto [place, first] = places_.try_emplace(next.id, changes_.size());
  if (first) {
    changes_.push_back({next, {}});
  } else {
    auto& change = changes_[place->second].change;
    change.state = next.state;
    change.reason = next.reason;
    if (next.connector) change.connector = next.connector;
    if (next.not_before) change.not_before = next.not_before;
    if (next.sent_at) change.sent_at = next.sent_at;
    if (next.final_at) change.final_at = next.final_at;
    if (next.network_error) change.network_error = next.network_error;
    if (next.cost) change.cost = next.cost;
    change.sent.insert(change.sent.end(), next.sent.begin(), next.sent.end());
  }
  if (next.attempt) changes_[place->second].attempts.push_back(*next.attempt);
}

void ChangeBatch::recast(const domain::MessageChange& change) {
  const auto& recast = *change.recast;
  recast_at_.add(change.accepted_at);
  recast_.rows++;
  auto& to = recast_.column;
  to[0].id(change.id.value);
  to[1].time(change.accepted_at);
  to[2].quoted(to_string(recast.kind));
  to[3].text(recast.text);
  to[4].text(recast.encoding);
  to[5].number(recast.segments);
}

// The end says all that changes before it said, but for the upstream's ids.
void ChangeBatch::take(const Message& message) {
  std::string ids;
  if (const auto place = places_.find(message.id); place != places_.end()) {
    auto& change = changes_[place->second].change;
    ids = upstream_ids(change.sent);
    change.id = {};
    places_.erase(place);
  }
  finished_.add(message.accepted_at);
  final_.rows++;
  final_.column[0].id(message.id.value);
  final_.column[1].time(message.accepted_at);
  final_.column[2].number(static_cast<unsigned>(message.reason));
  ids.empty() ? final_.column[3].null() : final_.column[3].text(ids);
  dead_.id(message.id.value);
  std::size_t at = 0;
  for (const auto& column : message_columns())
    if (column.settled) column.put(settled_[at++], message);
}

void ChangeBatch::write(const Change& item) {
  const auto& change = item.change;
  changed_.add(change.accepted_at);
  auto& to = rows_.column;
  rows_.rows++;
  to[0].id(change.id.value);
  to[1].time(change.accepted_at);
  to[2].quoted(to_string(change.state));
  to[3].quoted(to_string(change.reason));
  columns::put_value(to[4], change.connector);
  columns::put_value(to[5], change.not_before);
  columns::put_value(to[6], change.sent_at);
  columns::put_value(to[7], change.final_at);
  columns::put_value(to[8], change.network_error);
  item.attempts.empty() ? to[9].null() : to[9].quoted(attempts_to_json(item.attempts));
  change.sent.empty() ? to[10].null() : to[10].text(upstream_ids(change.sent));
  const auto cost = [&](std::size_t column, auto member) {
    change.cost ? columns::put_value(to[column], (*change.cost).*member) : to[column].null();
  };
  using domain::PricedMessage;
  cost(11, &PricedMessage::amount);
  cost(12, &PricedMessage::currency);
  cost(13, &PricedMessage::plan);
  cost(14, &PricedMessage::plan_version);
  cost(15, &PricedMessage::prefix);
  cost(16, &PricedMessage::per_segment);
  if (change.sent.empty()) return;
  sent_.rows++;
  sent_.column[0].id(change.id.value);
  sent_.column[1].quoted(segments_to_json(change.sent));
}

void ChangeBatch::add_to(std::vector<pg::Statement>& out) {
  if (recast_.rows > 0) {
    auto params = pg::Params::of(recast_at_.first, recast_at_.last);
    recast_.add_to(params);
    out.push_back({&kRecast, std::move(params)});
  }
  if (rows_.rows > 0) {
    auto params = pg::Params::of(changed_.first, changed_.last);
    rows_.add_to(params);
    out.push_back({&kChange, std::move(params)});
  }
  if (sent_.rows > 0) {
    pg::Params params;
    sent_.add_to(params);
    out.push_back({&kSent, std::move(params)});
  }
  if (final_.rows == 0) return;
  auto params = pg::Params::of(finished_.first, finished_.last);
  final_.add_to(params);
  std::size_t at = 0;
  for (const auto& column : message_columns())
    if (column.settled) params.add(std::move(settled_[at++]).finish());
  out.push_back({&finish_query(), std::move(params)});
  out.push_back({&kDead, pg::Params::of(std::move(dead_).finish())});
}

}  // namespace

InsertStatements::InsertStatements(std::span<MessageCall> calls, const std::vector<Disowned>& disowned,
                                   const std::string& node) {
  statements_.push_back({&kStatementPlan, {}});
  add_balance_lock(statements_, calls, disowned);
  if (!disowned.empty()) disown(disowned);
  if (calls.empty()) return;
  Arrays<4> refer;
  Arrays<2> referred;
  std::vector<ArrayText> arrays(message_columns().size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& message = std::get<InsertCall>(calls[i].what).message;
    std::size_t at = 0;
    for (const auto& column : message_columns())
      column.put(arrays[at++], message);
    if (message.client_reference.empty()) continue;
    referring_.push_back(i);
    for (auto* customer : {&refer.column[0], &referred.column[0]})
      customer->id(message.customer.value);
    for (auto* reference : {&refer.column[1], &referred.column[1]})
      reference->text(message.client_reference);
    refer.column[2].id(message.id.value);
    refer.column[3].time(message.accepted_at);
  }
  pg::Params params, asked;
  if (!referring_.empty()) {
    pg::Params named;
    refer.add_to(named);
    statements_.push_back({&kRefer, std::move(named)});
  }
  params.add(node);
  for (auto& array : arrays)
    params.add(std::move(array).finish());
  insertion_ = statements_.size();
  statements_.push_back(
      {referring_.empty() ? &insert_query() : &insert_referring_query(), std::move(params)});
  if (referring_.empty()) return;
  referred.add_to(asked);
  statements_.push_back({&kReferred, std::move(asked)});
}

void InsertStatements::disown(const std::vector<Disowned>& disowned) {
  Arrays<2> gone;
  for (const auto& message : disowned) {
    gone.column[0].id(message.id.value);
    gone.column[1].time(message.accepted_at);
  }
  pg::Params params;
  gone.add_to(params);
  statements_.push_back({&disown_query(), std::move(params)});
}

bool InsertStatements::settle(std::span<MessageCall> calls, const std::vector<pg::Rows>& answers) const {
  if (calls.empty()) return true;
  if (!referring_.empty() && answers.back().size() != referring_.size()) return false;
  for (auto& call : calls) {
    call.durable = true;
    std::get<InsertCall>(call.what).outcome = {};
  }
  for (const auto refused : answers[insertion_]) {
    const auto nth = pg::RowReader(refused).next<std::size_t>();
    if (nth == 0 || nth > calls.size()) return false;
    auto& call = calls[nth - 1];
    call.durable = false;
    std::get<InsertCall>(call.what).outcome.unpaid = true;
  }
  for (std::size_t i = 0; i < referring_.size(); ++i) {
    pg::RowReader row(answers.back()[i]);
    const auto owner = row.next<std::optional<MessageId>>();
    auto& call = calls[referring_[i]];
    auto& insert = std::get<InsertCall>(call.what);
    if (!row.ok() || owner.has_value() == insert.outcome.unpaid) return false;
    if (!owner || *owner == insert.message.id) continue;
    call.durable = false;
    insert.outcome.earlier = owner;
  }
  return true;
}

std::vector<pg::Statement> change_statements(std::span<MessageCall> calls, const std::string& node) {
  std::vector<pg::Statement> out;
  out.push_back({&kStatementPlan, {}});
  ChangeBatch changes(calls);
  changes.add_to(out);
  add_replacements(calls, out);
  add_deliveries(calls, out, node);
  add_receipts(calls, out, node);
  return out;
}

}  // namespace warp::store
