#include "head.h"

#include "warp/base/text.h"

namespace warp::http {
namespace {

std::string_view view(boost::core::string_view text) {
  return {text.data(), text.size()};
}

// RFC 9112 3.2.2: a server takes the absolute form as well.
std::string_view origin_form(std::string_view target) {
  const auto scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const auto slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
}

}  // namespace

std::optional<std::string_view> read_head(const boost::beast::http::request_header<>& head, Request& out) {
  out.method = parse_method(view(head.method_string()));
  out.target = view(head.target());
  for (const auto& field : head)
    out.headers.add(view(field.name_string()), view(field.value()));
  const auto hosts = head.count(boost::beast::http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() >= 11)) return "exactly one Host header is needed";
  auto target = origin_form(out.target);
  target = target.substr(0, target.find('#'));
  const auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark != std::string_view::npos) {
    auto query = Query::parse(target.substr(mark + 1));
    if (!query) return "the query has a broken percent-encoding";
    out.query = std::move(*query);
  }
  return std::nullopt;
}

bool expects_continue(const Request& request) {
  return iequals(trim(request.headers.get_or("Expect", "")), "100-continue");
}

}  // namespace warp::http
