#include "warp/store/messaging_numbers.h"

#include "support.h"

#define SHOWN                                                                                                \
  "SELECT n.e164, n.customer_id, s.esme_id, coalesce(s.webhook_url, ''), "                                   \
  "coalesce(s.fallback_url, ''), coalesce(s.webhook_secret, '') <> '', s.campaign_id, "                      \
  "coalesce(c.status, ''), c.brand_id FROM numbers.inventory n LEFT JOIN sms.number_settings s ON s.e164 = " \
  "n.e164 LEFT JOIN sms.campaigns c ON c.id = s.campaign_id WHERE n.customer_id IS NOT NULL AND "            \
  "n.status IN ('held', 'active')"

namespace warp::store {
namespace {

constexpr pg::Query kListMessagingNumbers{
    "store.number_messaging.list", SHOWN " AND ($1::uuid IS NULL OR n.customer_id = $1) ORDER BY n.e164"};
constexpr pg::Query kOfMessagingNumber{"store.number_messaging.of", SHOWN " AND n.e164 = ANY($1::text[])"};
constexpr pg::Query kGetMessagingNumber{"store.number_messaging.get", SHOWN " AND n.e164 = $1"};
constexpr pg::Query kUpdateMessagingNumber{
    "store.number_messaging.update",
    "INSERT INTO sms.number_settings AS s (e164, customer_id, webhook_url, fallback_url, webhook_secret, "
    "esme_id) SELECT e164, customer_id, coalesce($2::text, ''), coalesce($3::text, ''), "
    "coalesce($4::text, ''), $6::uuid FROM numbers.inventory WHERE e164 = $1 AND customer_id IS NOT NULL AND "
    "status IN ('held', 'active') ON CONFLICT (e164) DO UPDATE SET "
    "webhook_url = coalesce($2::text, s.webhook_url), fallback_url = coalesce($3::text, s.fallback_url), "
    "webhook_secret = coalesce($4::text, s.webhook_secret), "
    "esme_id = CASE WHEN $5::boolean THEN $6::uuid ELSE s.esme_id END"};
constexpr pg::Query kClearMessagingNumbers{
    "store.number_messaging.clear",
    "UPDATE sms.number_settings SET webhook_url = '', fallback_url = '', webhook_secret = '', esme_id = NULL "
    "WHERE e164 = $1"};

void read_number(pg::RowReader& row, NumberMessaging& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.esme);
  row.next(out.webhook_url);
  row.next(out.fallback_url);
  row.next(out.has_secret);
  row.next(out.campaign);
  row.next(out.campaign_status);
  row.next(out.brand);
}

// What was changed, read back in the same transaction.
Task<NumberMessaging> write(pg::Pool& pool, Actor actor, const pg::Query& query, pg::Params params,
                            std::string e164) {
  std::vector<pg::Statement> statements;
  statements.push_back({&query, std::move(params)});
  statements.push_back({&kGetMessagingNumber, pg::Params::of(e164)});
  const auto answers = co_await pool.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<NumberMessaging>((*answers)[1], read_number, kGetMessagingNumber.name);
}

}  // namespace

Task<std::vector<NumberMessaging>> NumberMessagingRepository::list(Actor actor,
                                                                   std::optional<CustomerId> customer) {
  return ask_all<NumberMessaging>(pool_, scope_of(actor), kListMessagingNumbers,
                                  pg::Params::of(customer ? customer : actor.customer), read_number);
}

Task<std::vector<NumberMessaging>> NumberMessagingRepository::of(Actor actor,
                                                                 std::vector<std::string> numbers) {
  return ask_all<NumberMessaging>(pool_, scope_of(actor), kOfMessagingNumber, pg::Params::of(numbers),
                                  read_number);
}

Task<NumberMessaging> NumberMessagingRepository::get(Actor actor, std::string e164) {
  return ask_one<NumberMessaging>(pool_, scope_of(actor), kGetMessagingNumber, pg::Params::of(e164),
                                  read_number);
}

Task<NumberMessaging> NumberMessagingRepository::update(Actor actor, std::string e164,
                                                        NumberMessagingPatch patch) {
  auto params = pg::Params::of(e164, patch.webhook_url, patch.fallback_url, patch.webhook_secret);
  add_nullable(params, patch.esme);
  return write(pool_, std::move(actor), kUpdateMessagingNumber, std::move(params), std::move(e164));
}

Task<NumberMessaging> NumberMessagingRepository::clear(Actor actor, std::string e164) {
  auto params = pg::Params::of(e164);
  return write(pool_, std::move(actor), kClearMessagingNumbers, std::move(params), std::move(e164));
}

}  // namespace warp::store
