// What connectors of the several protocols need, beside what all of them have.
#pragma once

#include <optional>
#include <vector>

#include "warp/api/errors.h"
#include "warp/api/schema.h"
#include "warp/domain/messaging_catalogue.h"

namespace warp::api {

std::vector<Field> protocol_fields();
void show_protocol(Json& out, const domain::Connector& connector);
// Writes what the body has of them; the failure is of a network that cannot be read.
Outcome<void> read_protocol(const Json& body, domain::Connector& connector);
// What its protocol lacks in it, or forbids.
std::optional<Failure> wrong_in(const domain::Connector& connector);

}  // namespace warp::api
