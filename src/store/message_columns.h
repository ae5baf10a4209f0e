// The columns of sms.messages: for each its type, how a message fills it and how it is read back. The one
// place that knows them; the statements are made from it.
#pragma once

#include <span>
#include <string>

#include "warp/domain/message.h"
#include "warp/pg/rows.h"

#include "array_text.h"

namespace warp::store {

struct MessageColumn {
  std::string name, type;
  void (*put)(ArrayText&, const domain::Message&);
  void (*get)(pg::RowReader&, domain::Message&);
  bool settled;  // written again when the message is final
};

void put_octets(ArrayText& out, std::string_view octets);  // bytea; empty: NULL
std::span<const MessageColumn> message_columns();
// "m.id, m.accepted_at, …", in order.
const std::string& message_column_list();
void read_message(pg::RowReader& row, domain::Message& out);

}  // namespace warp::store
