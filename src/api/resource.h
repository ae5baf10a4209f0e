// The five operations that every resource of the operators has: list, create, read, change, delete.
#pragma once

#include "services.h"

namespace warp::api {

struct Resource {
  std::string path, id;    // "/routes", "route_id"
  std::string tag;         // in the document
  std::string name;        // "rate plan"
  std::string schema;      // "RatePlan": New…, …Patch
  std::string what_lists;  // summary of the list
  std::string what_deletes;
  Operation list, create, get, update, remove;
  std::vector<Field> query;  // of the list
  std::vector<Field> new_fields, patch_fields;
  Schema answer;
  std::vector<ErrorCode> delete_errors = {ErrorCode::NotFound, ErrorCode::Conflict};
};

void add_resource(EndpointTable& table, Services& services, Resource resource);

}  // namespace warp::api
