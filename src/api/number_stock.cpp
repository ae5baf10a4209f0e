// Numbers that can be bought: search, and the stock of the operators.
#include "services.h"

namespace warp::api {

void add_number_stock(EndpointTable&, Services&) {}

}  // namespace warp::api
