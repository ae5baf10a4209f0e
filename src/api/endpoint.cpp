#include "warp/api/endpoint.h"

#include "warp/api/cursor.h"
#include "warp/base/checked.h"
#include "warp/pg/rows.h"

namespace warp::api {
namespace {

// Far beyond any table, and (page - 1) * size stays within 64 bits.
constexpr std::int64_t kLastPage = 1'000'000'000;

constexpr auto kLowestNumber = std::numeric_limits<std::int64_t>::min();
constexpr auto kHighestNumber = std::numeric_limits<std::int64_t>::max();

std::string_view bare_sort(std::string_view sort) {
  return sort.starts_with('-') ? sort.substr(1) : sort;
}

const Sorting::Key* find_sort_key(const Sorting& sorting, std::string_view sort) {
  for (const auto& key : sorting.keys)
    if (key.name == bare_sort(sort)) return &key;
  return nullptr;
}

bool fits_sort(SortType type, std::string_view text) {
  WallTime time;
  Uuid id;
  std::int64_t number = 0;
  switch (type) {
    case SortType::Time:
      return pg::decode(text, time);
    case SortType::Text:
      return text.find('\0') == std::string_view::npos;
    case SortType::Number:
      return pg::decode(text, number);
    case SortType::Uuid:
      return pg::decode(text, id);
  }
  return false;
}

Failure wrong_param(const char* name, std::string message) {
  Failure failure{ErrorCode::InvalidParam, std::move(message)};
  failure.details["param"] = name;
  return failure;
}

// A cursor is [order, value, id].
std::optional<store::Page::Place> read_cursor_place(std::string_view text, const Sorting& sorting,
                                                    const std::string& sort) {
  const auto place = read_cursor(text);
  if (!place || place->size() != 3) return std::nullopt;
  for (const auto& value : *place)
    if (!value.is_string()) return std::nullopt;
  const auto* key = find_sort_key(sorting, sort);
  store::Page::Place out{(*place)[1].get<std::string>(), (*place)[2].get<std::string>()};
  const bool fits = (*place)[0].get_ref<const std::string&>() == sort && key &&
                    fits_sort(key->type, out.value) && fits_sort(sorting.id, out.id);
  return fits ? std::optional(std::move(out)) : std::nullopt;
}

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

store::Actor Call::actor_of(std::optional<CustomerId> customer) const {
  return {principal().actor(), context->request_id, customer,
          context->ip,         context->user_agent, context->joint};
}

store::Actor Call::actor() const {
  return actor_of(context->customer);
}

store::Actor Call::as_operator() const {
  return actor_of(std::nullopt);
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
  return {integer("page", kLowestNumber, kHighestNumber).says("From 1."),
          integer(paging.size_name, kLowestNumber, kHighestNumber)
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

std::vector<Field> window_fields(const Paging& paging, const Sorting& sorting) {
  auto fields = paging_fields(paging);
  std::vector<std::string> orders;
  for (const auto& key : sorting.keys)
    for (const char* sign : {"", "-"})
      orders.push_back(sign + key.name);
  fields.push_back(
      text("sort").one_of(std::move(orders)).says("`-`: descending. Default: " + sorting.usual + "."));
  fields.push_back(
      text("cursor").says("`meta.next_cursor` of the part before; `page` is then not looked at."));
  fields.push_back(integer("limit", kLowestNumber, kHighestNumber)
                       .says("How many, by cursor. Default " + std::to_string(paging.usual) + ", at most " +
                             std::to_string(paging.greatest) + "."));
  return fields;
}

Outcome<store::Page> read_window(const Json& query, const Paging& paging, const Sorting& sorting) {
  auto page = read_page(query, paging);
  const auto sort = take<std::string>(query, "sort");
  const auto cursor = take<std::string>(query, "cursor");
  const auto limit = take<std::int64_t>(query, "limit");
  if (!sort && !cursor && !limit) return page;
  page.keyset = true;
  page.page = 1;
  page.sort = sort.value_or(sorting.usual);
  if (!find_sort_key(sorting, page.sort)) return wrong_param("sort", "The list has no such order.");
  if (limit)
    page.per_page = *limit < 1 ? paging.usual
                               : static_cast<std::uint32_t>(std::min<std::int64_t>(*limit, paging.greatest));
  if (!cursor) return page;
  page.after = read_cursor_place(*cursor, sorting, page.sort);
  if (!page.after) return wrong_param("cursor", "This is no cursor of this list in this order.");
  return page;
}

void put_window(Reply& reply, const store::Page& page, std::uint64_t total,
                const std::optional<store::Page::Place>& next) {
  if (!page.keyset) return put_paging(reply, page, total);
  reply.meta["per_page"] = page.per_page;
  reply.meta["next_cursor"] =
      next ? Json(make_cursor(Json::array({page.sort, next->value, next->id}))) : Json();
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
