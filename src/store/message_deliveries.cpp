// The statements of what is owed to customers and of parked receipts.
#include <unordered_map>

#include "column_values.h"
#include "message_arrays.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kMessageDeliveryTimeout = 10s;

constexpr pg::Query kOwe{
    "store.delivery.owe",
    "INSERT INTO sms.deliveries (id, message_id, customer_id, esme_id, url, kind, payload, created_at, "
    "next_try, tries, node) SELECT u.*, $11 FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::uuid[], "
    "$5::text[], $6::smallint[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::integer[]) AS u "
    "ON CONFLICT DO NOTHING",
    kMessageDeliveryTimeout};
constexpr pg::Query kTaken{
    "store.delivery.taken",
    "DELETE FROM sms.deliveries AS d USING unnest($1::bigint[]) AS u(id) WHERE d.id = u.id",
    kMessageDeliveryTimeout};
constexpr pg::Query kLater{
    "store.delivery.later",
    "UPDATE sms.deliveries AS d SET next_try = u.at, tries = u.tries "
    "FROM unnest($1::bigint[], $2::timestamptz[], $3::integer[]) AS u(id, at, tries) WHERE d.id = u.id",
    kMessageDeliveryTimeout};
constexpr pg::Query kBury{"store.delivery.bury",
                          "UPDATE sms.deliveries AS d SET dead_at = coalesce(d.dead_at, now()) "
                          "FROM unnest($1::bigint[]) AS u(id) WHERE d.id = u.id",
                          kMessageDeliveryTimeout};
constexpr pg::Query kPark{
    "store.receipt.park",
    "INSERT INTO sms.parked_receipts (connector_id, upstream_id, received_at, payload, node) "
    "SELECT u.*, $5 FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) AS u "
    "ON CONFLICT DO NOTHING",
    kMessageDeliveryTimeout};
constexpr pg::Query kUnpark{
    "store.receipt.unpark",
    "DELETE FROM sms.parked_receipts AS p USING unnest($1::uuid[], $2::text[]) AS u(connector, id) "
    "WHERE p.connector_id = u.connector AND p.upstream_id = u.id",
    kMessageDeliveryTimeout};

class DeliveryBatch {
 public:
  explicit DeliveryBatch(std::span<MessageCall> calls) {
    for (const auto& call : calls) {
      if (const auto* finish = std::get_if<FinishCall>(&call.what))
        for (const auto& delivery : finish->owed)
          owe(delivery);
      if (const auto* owed = std::get_if<OweCall>(&call.what)) owe(owed->delivery);
      if (const auto* taken = std::get_if<TakenCall>(&call.what)) {
        taken_.column[0].number(taken->delivery);
        taken_.rows++;
      }
      if (const auto* bury = std::get_if<BuryCall>(&call.what)) {
        buried_.column[0].number(bury->delivery);
        buried_.rows++;
      }
      if (const auto* later = std::get_if<LaterCall>(&call.what)) laters_[later->delivery] = later;
    }
    for (const auto& [id, later] : laters_) {
      later_.rows++;
      later_.column[0].number(id);
      later_.column[1].time(later->next_try);
      later_.column[2].number(later->tries);
    }
  }
  void add_to(std::vector<pg::Statement>& out, const std::string& node) {
    pg::Params owed, later, taken, buried;
    if (owed_.rows > 0) {
      owed_.add_to(owed);
      owed.add(node);
      out.push_back({&kOwe, std::move(owed)});
    }
    if (later_.rows > 0) {
      later_.add_to(later);
      out.push_back({&kLater, std::move(later)});
    }
    if (buried_.rows > 0) {
      buried_.add_to(buried);
      out.push_back({&kBury, std::move(buried)});
    }
    if (taken_.rows > 0) {
      taken_.add_to(taken);
      out.push_back({&kTaken, std::move(taken)});
    }
  }

 private:
  void owe(const domain::Delivery& delivery) {
    auto& to = owed_.column;
    owed_.rows++;
    to[0].number(delivery.id);
    to[1].id(delivery.message.value);
    to[2].id(delivery.customer.value);
    columns::put_value(to[3], delivery.esme);
    to[4].text(delivery.url);
    to[5].number(static_cast<unsigned>(delivery.kind));
    to[6].text(delivery.payload);
    to[7].time(delivery.created_at);
    to[8].time(delivery.next_try);
    to[9].number(delivery.tries);
  }
  Arrays<10> owed_;
  Arrays<3> later_;
  Arrays<1> taken_, buried_;
  std::unordered_map<std::int64_t, const LaterCall*> laters_;  // the last word of each
};

}  // namespace

void add_deliveries(std::span<MessageCall> calls, std::vector<pg::Statement>& out, const std::string& node) {
  DeliveryBatch batch(calls);
  batch.add_to(out, node);
}

void add_receipts(std::span<MessageCall> calls, std::vector<pg::Statement>& out, const std::string& node) {
  Arrays<4> parked;
  Arrays<2> unparked;
  for (const auto& call : calls) {
    if (const auto* park = std::get_if<ParkCall>(&call.what)) {
      parked.rows++;
      parked.column[0].id(park->receipt.connector.value);
      parked.column[1].text(park->receipt.upstream_id);
      parked.column[2].time(park->receipt.received_at);
      parked.column[3].text(park->receipt.payload);
    }
    if (const auto* unpark = std::get_if<UnparkCall>(&call.what)) {
      unparked.rows++;
      unparked.column[0].id(unpark->connector.value);
      unparked.column[1].text(unpark->upstream_id);
    }
  }
  pg::Params park, unpark;
  if (parked.rows > 0) {
    parked.add_to(park);
    park.add(node);
    out.push_back({&kPark, std::move(park)});
  }
  if (unparked.rows > 0) {
    unparked.add_to(unpark);
    out.push_back({&kUnpark, std::move(unpark)});
  }
}

}  // namespace warp::store
