// Lines of one prefix, schedule and jurisdiction that are in force at the same time: an open-ended one is
// superseded by the next; one that says when it ends must end before the next begins.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "warp/domain/catalogue.h"

#include "csv_values.h"

namespace warp::rating {

using OverlapReport = std::function<void(std::size_t line, std::string column, ValueFault fault)>;

// `numbers`: the line of each rate, told with what is wrong (the later of the two).
void report_overlaps(const std::vector<domain::Rate>& rates, const std::vector<std::uint32_t>& numbers,
                     const OverlapReport& report);

}  // namespace warp::rating
