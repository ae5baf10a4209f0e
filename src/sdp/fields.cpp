#include "fields.h"

#include <algorithm>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::sdp {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view take_until_slash(std::string_view& rest, bool& more) {
  const auto slash = rest.find('/');
  more = slash != std::string_view::npos;
  const auto part = rest.substr(0, slash);
  rest.remove_prefix(more ? slash + 1 : rest.size());
  return part;
}

// What may follow the address: /ttl[/count] for IPv4, /count for IPv6.
bool read_multicast(std::string_view rest, Connection& connection) {
  bool more = true;
  if (!connection.v6) {
    connection.ttl = parse_number<std::uint8_t>(take_until_slash(rest, more));
    if (!connection.ttl) return false;
    if (!more) return true;
  }
  const auto count = parse_number<std::uint16_t>(rest, 1);
  if (!count) return false;
  connection.count = *count;
  return true;
}

}  // namespace

std::string_view next_field(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
  const auto field = rest.substr(0, rest.find_first_of(kBlanks));
  rest.remove_prefix(field.size());
  return field;
}

std::optional<Connection> read_connection(std::string_view value) {
  const auto network = next_field(value);
  const auto family = next_field(value);
  auto text = next_field(value);
  if (!iequals(network, "IN") || !next_field(value).empty()) return std::nullopt;
  Connection connection;
  connection.v6 = iequals(family, "IP6");
  if (!connection.v6 && !iequals(family, "IP4")) return std::nullopt;
  bool more = false;
  auto address = take_until_slash(text, more);
  // Brackets do not belong here, but are sent.
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address.empty() || (more && !read_multicast(text, connection))) return std::nullopt;
  connection.address = address;
  return connection;
}

int rank_of(char type) {
  constexpr std::string_view kOrder = "iueprzk";
  return static_cast<int>(std::min(kOrder.find(type), kOrder.size()));
}

bool is_interpreted(char type) {
  return std::string_view("vosctbam").find(type) != std::string_view::npos;
}

}  // namespace warp::sdp
