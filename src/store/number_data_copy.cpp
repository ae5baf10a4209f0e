#include "number_data_copy.h"

#include <initializer_list>
#include <string_view>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::store {
namespace {

void put_field(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\' || c == '\t' || c == '\n' || c == '\r') out += '\\';
    out += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
  }
}

void put_row(std::string& out, std::initializer_list<std::string_view> fields) {
  bool first = true;
  for (const auto field : fields) {
    if (!first) out += '\t';
    first = false;
    put_field(out, field);
  }
  out += '\n';
}

// The next field; what is escaped in it comes back.
bool take(std::string_view& line, std::string& out) {
  out.clear();
  std::size_t at = 0;
  for (; at < line.size() && line[at] != '\t'; ++at) {
    if (line[at] != '\\') {
      out += line[at];
      continue;
    }
    if (++at == line.size()) return false;
    const char c = line[at];
    out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }
  line.remove_prefix(at == line.size() ? at : at + 1);
  return true;
}

template <class T>
bool take_number(std::string_view& line, std::string& scratch, T& out) {
  if (!take(line, scratch)) return false;
  const auto number = parse_number<T>(scratch);
  if (number) out = *number;
  return number.has_value();
}

}  // namespace

void append_copy_row(std::string& out, const NumberBlock& row) {
  put_row(out, {std::to_string(row.npanxx), std::to_string(row.block), row.state, std::to_string(row.lata),
                row.ocn, row.rate_centre, row.kind});
}

void append_copy_row(std::string& out, const NumberPrefix& row) {
  put_row(out, {row.prefix, row.country, row.kind});
}

void append_copy_row(std::string& out, const LocalArea& row) {
  put_row(out, {row.rate_centre, row.also});
}

bool read_copy_row(std::span<const std::byte> message, NumberBlock& out) {
  std::string_view line(reinterpret_cast<const char*>(message.data()), message.size());
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.remove_suffix(1);
  std::string scratch;
  if (!take_number(line, scratch, out.npanxx) || !take_number(line, scratch, out.block)) return false;
  if (!take(line, scratch)) return false;
  out.state = trim(scratch);
  return take_number(line, scratch, out.lata) && take(line, out.ocn) && take(line, out.rate_centre) &&
         take(line, out.kind) && line.empty();
}

}  // namespace warp::store
