// What was alive when the last process ended, back in its places.
#pragma once

#include "deliveries.h"
#include "dispatcher.h"
#include "finisher.h"
#include "inbound.h"
#include "receipts.h"

namespace warp::messaging {

void recover(Core& core, Dispatcher& dispatcher, Receipts& receipts, Finisher& finisher, Inbound& inbound,
             Deliveries& deliveries, domain::LiveMessages live);

}  // namespace warp::messaging
