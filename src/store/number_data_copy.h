// Rows of number data in Postgres's text COPY format, both ways.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "warp/store/number_data.h"

namespace warp::store {

#define BLOCK_COLUMNS "npanxx, block, state, lata, ocn, rate_centre, kind"
#define PREFIX_COLUMNS "prefix, country, kind"
#define AREA_COLUMNS "rate_centre, also"

void append_copy_row(std::string& out, const NumberBlock& row);
void append_copy_row(std::string& out, const NumberPrefix& row);
void append_copy_row(std::string& out, const LocalArea& row);
bool read_copy_row(std::span<const std::byte> message, NumberBlock& out);

}  // namespace warp::store
