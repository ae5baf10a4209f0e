// The parts of the OpenAPI document that all operations share, and references to them.
#pragma once

#include <string>

#include "warp/api/errors.h"

namespace warp::api {

// {"$ref": "#/components/<kind>/<name>"}
Json reference_to(const std::string& kind, const std::string& name);

// schemas: Meta, PagedMeta, Error, Problem; parameters, headers, examples of each error code, security
// schemes.
Json common_components();
// Names in components.parameters.
inline constexpr const char* kIdempotencyKey = "IdempotencyKey";
inline constexpr const char* kNeededIdempotencyKey = "NeededIdempotencyKey";
inline constexpr const char* kIfMatch = "IfMatch";
inline constexpr const char* kIfNoneMatch = "IfNoneMatch";

// The headers that an answer has, by reference.
struct AnswerHeaders {
  bool rate = false, etag = false, replayed = false, retry_after = false;
};
Json headers_of(const AnswerHeaders& wanted);

}  // namespace warp::api
