#include "message_columns.h"

#include "warp/base/text.h"

#include "column_values.h"
#include "message_json.h"

namespace warp::store {
namespace {

using columns::get_value;
using columns::put_value;
using domain::Message;
using domain::MessageAddress;
using domain::PricedMessage;
using pg::RowReader;

void get_value(RowReader& row, domain::MessageState& out) {
  next_named(row, out, domain::parse_message_state);
}
std::optional<domain::MessageOrigin> parse_origin(std::string_view text) {
  for (const auto origin :
       {domain::MessageOrigin::Rest, domain::MessageOrigin::Smpp, domain::MessageOrigin::Connector,
        domain::MessageOrigin::Test, domain::MessageOrigin::Platform})
    if (to_string(origin) == text) return origin;
  return std::nullopt;
}
void get_value(RowReader& row, domain::MessageOrigin& out) {
  next_named(row, out, parse_origin);
}

void get_value(RowReader& row, domain::MessageKind& out) {
  next_named(row, out, domain::parse_message_kind);
}

// bytea in its hexadecimal form; NULL: none.
void get_octets(RowReader& row, std::string& out) {
  if (row.peek_null()) return row.skip();
  const auto text = row.next<std::string_view>();
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  if (text.size() < 2 || text.size() % 2 != 0) return row.fail();
  out.clear();
  for (std::size_t i = 2; i < text.size(); i += 2)
    out += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
}

template <auto Member>
MessageColumn column(std::string name, std::string type, bool settled = false) {
  return {std::move(name), std::move(type),
          [](ArrayText& out, const Message& message) { put_value(out, message.*Member); },
          [](RowReader& row, Message& message) { get_value(row, message.*Member); }, settled};
}

template <auto Address, auto Member>
MessageColumn of_address(std::string name, std::string type) {
  return {std::move(name), std::move(type),
          [](ArrayText& out, const Message& message) { put_value(out, (message.*Address).*Member); },
          [](RowReader& row, Message& message) { get_value(row, (message.*Address).*Member); }, false};
}

// A side that was not priced is NULL in all its columns; the first one read decides whether there is one.
template <auto Side, auto Member>
MessageColumn priced(const char* side, const char* name, std::string type, bool settled) {
  return {std::string(side) + name, std::move(type),
          [](ArrayText& out, const Message& message) {
            const auto& priced = message.*Side;
            priced ? put_value(out, (*priced).*Member) : out.null();
          },
          [](RowReader& row, Message& message) {
            if (row.peek_null()) return row.skip();
            auto& priced = message.*Side;
            if (!priced) priced.emplace();
            get_value(row, (*priced).*Member);
          },
          settled};
}

template <auto Side>
void add_priced(std::vector<MessageColumn>& out, const char* side, bool settled) {
  out.push_back(priced<Side, &PricedMessage::amount>(side, "_nanos", "bigint", settled));
  out.push_back(priced<Side, &PricedMessage::currency>(side, "_currency", "text", settled));
  out.push_back(priced<Side, &PricedMessage::plan>(side, "_plan_id", "uuid", settled));
  out.push_back(priced<Side, &PricedMessage::plan_version>(side, "_plan_version", "bigint", settled));
  out.push_back(priced<Side, &PricedMessage::prefix>(side, "_prefix", "text", settled));
  out.push_back(priced<Side, &PricedMessage::per_segment>(side, "_per_segment_nanos", "bigint", settled));
}

// Text and octets share one member; data_coding says which it is, and is read before them.
void add_content(std::vector<MessageColumn>& out) {
  out.push_back(column<&Message::binary_coding>("data_coding", "smallint"));
  out.push_back(
      {"body", "text",
       [](ArrayText& to, const Message& m) { to.text(m.binary_coding ? "" : std::string_view(m.text)); },
       [](RowReader& row, Message& m) { m.binary_coding ? row.skip() : row.next(m.text); }, false});
  out.push_back({"octets", "bytea",
                 [](ArrayText& to, const Message& m) { put_octets(to, m.binary_coding ? m.text : ""); },
                 [](RowReader& row, Message& m) { get_octets(row, m.text); }, false});
  out.push_back({"udh", "bytea", [](ArrayText& to, const Message& m) { put_octets(to, m.udh); },
                 [](RowReader& row, Message& m) { get_octets(row, m.udh); }, false});
}

void add_progress(std::vector<MessageColumn>& out) {
  out.push_back(column<&Message::sent_at>("sent_at", "timestamptz", true));
  out.push_back(column<&Message::final_at>("final_at", "timestamptz", true));
  out.push_back(column<&Message::state>("state", "text", true));
  out.push_back(column<&Message::reason>("reason", "text", true));
  out.push_back(column<&Message::network_error>("network_error", "text", true));
  out.push_back(column<&Message::connector>("connector_id", "uuid", true));
  out.push_back({"attempts", "jsonb",
                 [](ArrayText& to, const Message& m) { to.quoted(attempts_to_json(m.attempts)); },
                 [](RowReader& row, Message& m) {
                   if (!attempts_from_json(row.next<std::string_view>(), m.attempts)) row.fail();
                 },
                 true});
}

std::vector<MessageColumn> make_columns() {
  std::vector<MessageColumn> out{
      column<&Message::id>("id", "uuid"),
      column<&Message::accepted_at>("accepted_at", "timestamptz"),
      column<&Message::customer>("customer_id", "uuid"),
      column<&Message::direction>("direction", "text"),
      column<&Message::origin>("origin", "text"),
      column<&Message::esme>("esme_id", "uuid"),
      of_address<&Message::from, &MessageAddress::digits>("sender", "text"),
      of_address<&Message::from, &MessageAddress::ton>("sender_ton", "smallint"),
      of_address<&Message::from, &MessageAddress::npi>("sender_npi", "smallint"),
      of_address<&Message::to, &MessageAddress::digits>("recipient", "text"),
      of_address<&Message::to, &MessageAddress::ton>("recipient_ton", "smallint"),
      of_address<&Message::to, &MessageAddress::npi>("recipient_npi", "smallint"),
      column<&Message::encoding>("encoding", "text"),
      column<&Message::segments>("segments", "integer"),
      column<&Message::priority>("priority", "smallint"),
      column<&Message::protocol_id>("protocol_id", "smallint"),
      column<&Message::message_class>("message_class", "smallint"),
      {"receipts", "smallint",
       [](ArrayText& to, const Message& m) { to.number(static_cast<unsigned>(m.receipts)); },
       [](RowReader& row, Message& m) {
         const auto wish = row.next<unsigned>();
         if (wish > static_cast<unsigned>(domain::ReceiptWish::Each)) return row.fail();
         m.receipts = static_cast<domain::ReceiptWish>(wish);
       },
       false},
      column<&Message::status_callback>("status_callback", "text"),
      column<&Message::client_reference>("client_reference", "text"),
      column<&Message::campaign>("campaign_id", "uuid"),
      {"service_type", "text", [](ArrayText& to, const Message& m) { to.text(m.service_type.view()); },
       [](RowReader& row, Message& m) { m.service_type = domain::ServiceType(row.next<std::string_view>()); },
       false},
      column<&Message::submitted_coding>("submitted_coding", "smallint"),
      column<&Message::not_before>("not_before", "timestamptz"),
      column<&Message::valid_until>("valid_until", "timestamptz"),
      column<&Message::kind>("kind", "text"),
      {"rich", "jsonb",
       [](ArrayText& to, const Message& m) { m.rich ? to.quoted(rich_to_json(*m.rich)) : to.null(); },
       [](RowReader& row, Message& m) {
         if (row.peek_null()) return row.skip();
         m.rich = rich_from_json(row.next<std::string_view>());
         if (!m.rich) row.fail();
       },
       false}};
  add_content(out);
  add_progress(out);
  // The price is what was held when it was accepted: it never changes.
  add_priced<&Message::price>(out, "price", false);
  add_priced<&Message::cost>(out, "cost", true);
  out.push_back(column<&Message::charged>("charged_nanos", "bigint", true));
  return out;
}

}  // namespace

void put_octets(ArrayText& out, std::string_view octets) {
  octets.empty() ? out.null() : out.quoted("\\x" + to_hex(octets));
}

std::span<const MessageColumn> message_columns() {
  static const auto columns = make_columns();
  return columns;
}

const std::string& message_column_list() {
  static const auto list = [] {
    std::string names;
    for (const auto& column : message_columns())
      names += (names.empty() ? "m." : ", m.") + column.name;
    return names;
  }();
  return list;
}

void read_message(RowReader& row, Message& out) {
  for (const auto& column : message_columns())
    column.get(row, out);
}

}  // namespace warp::store
