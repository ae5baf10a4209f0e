#include "warp/api/endpoint.h"

#include "warp/base/checked.h"

namespace warp::api {
namespace {

// Far beyond any table, and (page - 1) * size stays within 64 bits.
constexpr std::int64_t kLastPage = 1'000'000'000;

}  // namespace

Failure conflict(std::string message, std::string_view reason) {
  Failure failure{ErrorCode::Conflict, std::move(message)};
  failure.details["reason"] = reason;
  return failure;
}

bool sane_request_id(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '_' && c != '.' && c != ':') return false;
  }
  return true;
}

store::Actor Call::actor() const {
  return {principal().actor(), context->request_id, context->customer};
}

store::Actor Call::as_operator() const {
  return {principal().actor(), context->request_id, std::nullopt};
}

std::int64_t Call::number(std::string_view name) const {
  return parse_number<std::int64_t>(request.param(name)).value_or(0);
}

Reply no_content() {
  Reply reply;
  reply.status = 204;
  return reply;
}

Reply reply_with(Json data, unsigned status) {
  Reply reply;
  reply.status = status;
  reply.data = std::move(data);
  return reply;
}

std::vector<Field> paging_fields(const Paging& paging) {
  constexpr auto kLow = std::numeric_limits<std::int64_t>::min();
  constexpr auto kHigh = std::numeric_limits<std::int64_t>::max();
  return {integer("page", kLow, kHigh).says("From 1."),
          integer(paging.size_name, kLow, kHigh)
              .says("Default " + std::to_string(paging.usual) + ", at most " +
                    std::to_string(paging.greatest) + ".")};
}

store::Page read_page(const Json& query, const Paging& paging) {
  const auto page = take<std::int64_t>(query, "page").value_or(1);
  const auto size = take<std::int64_t>(query, paging.size_name).value_or(paging.usual);
  store::Page out;
  out.page = static_cast<std::uint32_t>(std::clamp<std::int64_t>(page, 1, kLastPage));
  out.per_page =
      size < 1 ? paging.usual : static_cast<std::uint32_t>(std::min<std::int64_t>(size, paging.greatest));
  return out;
}

void put_paging(Reply& reply, const store::Page& page, std::uint64_t total) {
  reply.meta["page"] = page.page;
  reply.meta["per_page"] = page.per_page;
  reply.meta["total"] = total;
  reply.meta["total_pages"] = (total + page.per_page - 1) / page.per_page;
}

Failure not_found(std::string_view what) {
  return Failure{ErrorCode::NotFound, "There is no such " + std::string(what) + "."};
}

Failure from_store(const store::Error& error, std::string_view what) {
  const std::string thing(what);
  Failure failure;
  switch (error.kind) {
    case store::ErrorKind::NotFound:
      return not_found(what);
    case store::ErrorKind::Duplicate:
      failure = conflict("Another " + thing + " has this name or these values already.", "duplicate");
      break;
    case store::ErrorKind::InUse:
      failure = conflict(
          "The " + thing + " is used by something else, or refers to something that is not there.", "in_use");
      break;
    case store::ErrorKind::Invalid:
      failure = Failure{ErrorCode::ValidationError, "The " + thing + " breaks a rule."};
      break;
    case store::ErrorKind::Forbidden:
      failure = Failure{ErrorCode::Forbidden, "This key may not change this " + thing + "."};
      break;
    case store::ErrorKind::Unavailable:
      failure = Failure{ErrorCode::ServiceUnavailable, "The database does not answer; nothing was changed."};
      break;
    case store::ErrorKind::Unknown:
      failure =
          Failure{ErrorCode::ServiceUnavailable,
                  "The connection to the database broke: look whether it was done before trying again."};
      failure.details["reason"] = "outcome_unknown";
      break;
    case store::ErrorKind::Internal:
      break;
  }
  failure.internal = error.message;
  if (!error.constraint.empty()) failure.internal += " [" + error.constraint + "]";
  return failure;
}

}  // namespace warp::api
