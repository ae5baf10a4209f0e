// The money of messages, as parts of the statements that insert and finish them. Whoever changes balances
// locks their rows first, in the order of their ids, and message rows before them: nobody waits in a circle.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "warp/pg/pool.h"

#include "message_statements.h"

namespace warp::store {

// Locks the balances of those who are to pay; nothing when nobody is. What a later statement of the
// transaction reads of them then holds until its end.
void add_balance_lock(std::vector<pg::Statement>& out, std::span<MessageCall> calls,
                      const std::vector<Disowned>& disowned);

// CTEs `asked`, `tight` and `refused(nth)`: which rows of the arrays the customers cannot pay, what fits
// being taken in the order of the rows. What is there already is paid. `column` gives a column's array.
std::string refused_sql(std::string (*column)(const char* name), bool referring);
// Holds the prices of `rows` (customer_id, price_nanos); or gives them back.
std::string hold_sql(const char* rows, bool give_back);

// After a CTE `done` of ended messages with records' columns `columns`, `code` and charged_nanos: their
// records, the holds given back, and one charge a customer in the ledger. Settled is whose record is new.
std::string settle_sql(const std::string& columns);

}  // namespace warp::store
