// How the routes that stand come one after the other.
#pragma once

#include "judge.h"
#include "weighted.h"

namespace warp::routing {

// By what a partition asks for: priority first; within one priority by cost, by quality and then cost, by
// share of the calls, or by weight alone. Routes below a floor of quality, and whose provider has used 95 %
// of its channels, come last, in the same order among themselves. Chance alone shuffles what is equally good.
void order(Few<Standing>& standing, const PartitionTable& partition, const Asked& asked, Draw& draw);

}  // namespace warp::routing
