#include "resource.h"

namespace warp::api {

void add_resource(EndpointTable& table, Services& services, Resource resource) {
  const auto& r = resource;
  const auto one = r.path + "/{" + r.id + ":uuid}";
  table.push_back({.path = r.path,
                   .summary = r.what_lists,
                   .tag = r.tag,
                   .action = act(services, r.list),
                   .operators_only = true,
                   .query = r.query,
                   .answer_kind = AnswerKind::Page,
                   .answer = r.answer});
  table.push_back({.method = http::Method::Post,
                   .path = r.path,
                   .summary = "Create a " + r.name,
                   .tag = r.tag,
                   .action = act(services, r.create),
                   .operators_only = true,
                   .body_kind = BodyKind::Json,
                   .body = {"New" + r.schema, r.new_fields},
                   .answer = r.answer,
                   .status = 201,
                   .errors = {ErrorCode::Conflict}});
  table.push_back({.path = one,
                   .summary = "One " + r.name,
                   .tag = r.tag,
                   .action = act(services, r.get),
                   .operators_only = true,
                   .answer = r.answer,
                   .errors = {ErrorCode::NotFound}});
  add_update(table, {.path = one,
                     .summary = "Change a " + r.name + "; only the fields present",
                     .tag = r.tag,
                     .action = act(services, r.update),
                     .operators_only = true,
                     .body_kind = BodyKind::Json,
                     .body = {r.schema + "Patch", r.patch_fields},
                     .answer = r.answer,
                     .errors = {ErrorCode::NotFound, ErrorCode::Conflict}});
  table.push_back({.method = http::Method::Delete,
                   .path = one,
                   .summary = r.what_deletes,
                   .tag = r.tag,
                   .action = act(services, r.remove),
                   .operators_only = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = r.delete_errors});
}

}  // namespace warp::api
