// Examples of the OpenAPI document: what the integration tests sent and were answered
// (docs/api/examples.json, compiled in), or, where nothing was recorded, values made from the schema.
#pragma once

#include <string>
#include <vector>

#include "warp/api/schema.h"

namespace warp::api {

// The text of docs/api/examples.json: {"POST /trunks": {"request": {…}, "status": 201, "answer": {…}}, …}.
std::string recorded_examples();

struct Example {
  Json request = {};  // null: none was recorded
  Json answer = {};   // the whole body; null: none was recorded
};
// Of "POST /trunks/{trunk_id}/ips".
Example recorded_example(const std::string& operation);

// Values that pass the schema's own check.
Json made_example(const Field& field);
Json made_example(const std::vector<Field>& fields);

}  // namespace warp::api
