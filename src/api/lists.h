// Answers that are lists: each row as `show` has it, in their order.
#pragma once

#include "warp/api/endpoint.h"

namespace warp::api {

template <class Rows, class Show>
Reply list_reply(const Rows& rows, Show show) {
  Reply reply;
  reply.data = Json::array();
  for (const auto& row : rows)
    reply.data.push_back(show(row));
  return reply;
}

// With how many there are of all.
template <class Row, class Show>
Reply page_reply(const store::Paged<Row>& found, const store::Page& page, Show show) {
  auto reply = list_reply(found.items, std::move(show));
  put_paging(reply, page, found.total);
  return reply;
}

// Of a list that can be walked by keys.
template <class Row, class Show>
Reply window_reply(const store::Paged<Row>& found, const store::Page& page, Show show) {
  auto reply = list_reply(found.items, std::move(show));
  put_window(reply, page, found.total, found.next);
  return reply;
}

}  // namespace warp::api
