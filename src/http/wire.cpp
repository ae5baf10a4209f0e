#include "wire.h"

#include <cstdio>

namespace warp::http {

unsigned status_of(Problem problem) {
  switch (problem) {
    case Problem::Malformed:
    case Problem::BadPath:
    case Problem::BadParameter:
      return 400;
    case Problem::NotFound:
      return 404;
    case Problem::MethodNotAllowed:
      return 405;
    case Problem::RequestTimeout:
      return 408;
    case Problem::BodyTooLarge:
      return 413;
    case Problem::HeadTooLarge:
      return 431;
    case Problem::HandlerFailed:
      return 500;
    case Problem::TooManyConnections:
      return 503;
  }
  return 500;
}

std::string_view to_string(Problem problem) {
  switch (problem) {
    case Problem::Malformed:
      return "malformed";
    case Problem::BadPath:
      return "bad_path";
    case Problem::BadParameter:
      return "bad_parameter";
    case Problem::NotFound:
      return "not_found";
    case Problem::MethodNotAllowed:
      return "method_not_allowed";
    case Problem::RequestTimeout:
      return "request_timeout";
    case Problem::BodyTooLarge:
      return "body_too_large";
    case Problem::HeadTooLarge:
      return "head_too_large";
    case Problem::HandlerFailed:
      return "handler_failed";
    case Problem::TooManyConnections:
      return "too_many_connections";
  }
  return "";
}

std::string http_date(WallTime when) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(when - day));
  char text[40];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

std::string response_head(const Response& response, Framing framing, bool keep_alive, bool http10,
                          std::string_view date) {
  std::string head = "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += status_phrase(response.status);
  head += "\r\nDate: ";
  head += date;
  head += "\r\n";
  for (const auto& [name, value] : response.headers.items()) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  // Of a 304 it would be the length of what is not sent (RFC 9110, 8.6).
  if (framing == Framing::Length && response.status != 304) {
    head += "Content-Length: ";
    head += std::to_string(response.body.size());
    head += "\r\n";
  } else if (framing == Framing::Chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (!keep_alive)
    head += "Connection: close\r\n";
  else if (http10)
    head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

Response plain_error_page(Problem problem, std::string_view detail) {
  std::string body(status_phrase(status_of(problem)));
  if (!detail.empty()) body.append(": ").append(detail);
  body += '\n';
  return Response::text(status_of(problem), std::move(body));
}

}  // namespace warp::http
