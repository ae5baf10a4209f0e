// What the tests sent and were answered, kept as the examples of the OpenAPI document.
#pragma once

#include <string>

#include "warp/api/json.h"

namespace warp::test {

// With WARP_RECORD_EXAMPLES=FILE in the environment the first success of each operation ("POST /trunks") goes
// there when the program ends; otherwise nothing happens. Secrets are masked, lists cut to two rows.
void record_example(const std::string& operation, const std::string& request, unsigned status,
                    const api::Json& answer);

}  // namespace warp::test
