#include "warp/store/senders.h"

#include "support.h"

#define SENDER_COLUMNS "sender, customer_id, description, campaign_id, created_at, updated_at"

namespace warp::store {
namespace {

constexpr pg::Query kCountSenders{
    "store.sender.count", "SELECT count(*) FROM sms.senders WHERE ($1::uuid IS NULL OR customer_id = $1)"};
constexpr pg::Query kListSenders{"store.sender.list",
                                 "SELECT " SENDER_COLUMNS
                                 " FROM sms.senders WHERE ($1::uuid IS NULL OR customer_id = $1) "
                                 "ORDER BY sender LIMIT $2 OFFSET $3"};
constexpr pg::Query kAddSender{"store.sender.add",
                               "INSERT INTO sms.senders (sender, customer_id, description, campaign_id) "
                               "VALUES ($1, $2, $3, $4) RETURNING " SENDER_COLUMNS};
constexpr pg::Query kRemoveSender{"store.sender.remove",
                                  "DELETE FROM sms.senders WHERE sender = $1 RETURNING " SENDER_COLUMNS};

void read_sender(pg::RowReader& row, Sender& out) {
  row.next(out.sender);
  row.next(out.customer);
  row.next(out.description);
  row.next(out.campaign);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<Paged<Sender>> SenderRepository::list(Actor actor, std::optional<CustomerId> customer, Page page) {
  return ask_page<Sender>(pool_, scope_of(actor), kCountSenders, kListSenders, pg::Params::of(customer), page,
                          read_sender);
}
Task<Sender> SenderRepository::add(Actor actor, Sender s) {
  return ask_one<Sender>(pool_, scope_of(actor), kAddSender,
                         pg::Params::of(s.sender, s.customer, s.description, s.campaign), read_sender);
}
Task<Sender> SenderRepository::remove(Actor actor, std::string sender) {
  return ask_one<Sender>(pool_, scope_of(actor), kRemoveSender, pg::Params::of(sender), read_sender);
}

}  // namespace warp::store
