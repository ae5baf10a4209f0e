// Arrays of a statement of the message store, and the statements that stand in a file of their own.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "warp/pg/pool.h"

#include "array_text.h"
#include "message_calls.h"

namespace warp::store {

// Arrays that are filled row by row and become parameters in their order.
template <std::size_t N>
struct Arrays {
  std::array<ArrayText, N> column;
  std::size_t rows = 0;
  void add_to(pg::Params& params) {
    for (auto& array : column)
      params.add(std::move(array).finish());
  }
};

void add_replacements(std::span<MessageCall> calls, std::vector<pg::Statement>& out);
void add_deliveries(std::span<MessageCall> calls, std::vector<pg::Statement>& out, const std::string& node);
void add_receipts(std::span<MessageCall> calls, std::vector<pg::Statement>& out, const std::string& node);

}  // namespace warp::store
