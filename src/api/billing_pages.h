// Resources of billing beside those of services.h.
#pragma once

#include "services.h"

namespace warp::api {

void add_skus(EndpointTable& table, Services& services);
void add_vendor_invoices(EndpointTable& table, Services& services);
void add_billed_objects(EndpointTable& table, Services& services);
void add_contract_terms(EndpointTable& table, Services& services);

}  // namespace warp::api
