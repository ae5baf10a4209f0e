#include <array>
#include <charconv>

#include "warp/base/text.h"

#include "fields.h"

namespace warp::sdp {
namespace {

class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) {}

  bool ok() const { return ok_; }

  LineWriter& begin(char type) {
    out_.push_back(type);
    out_.push_back('=');
    return *this;
  }
  LineWriter& raw(std::string_view text) {
    out_.append(text);
    return *this;
  }
  // A whole value: anything that stays on its line.
  LineWriter& text(std::string_view value) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != value.npos) ok_ = false;
    return raw(value);
  }
  // One field of several: no blanks, not empty.
  LineWriter& field(std::string_view value) {
    if (value.empty() || value.find_first_of(" \t") != value.npos) ok_ = false;
    return text(value);
  }
  LineWriter& number(unsigned value) {
    std::array<char, 12> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out_.append(digits.data(), end);
    return *this;
  }
  void end() { out_.append("\r\n"); }
  void refuse() { ok_ = false; }

 private:
  std::string& out_;
  bool ok_ = true;
};

void write_address(LineWriter& out, bool v6, std::string_view address) {
  out.raw(v6 ? "IN IP6 " : "IN IP4 ").field(address);
}

void write_connection(LineWriter& out, const std::optional<Connection>& connection) {
  if (!connection) return;
  write_address(out.begin('c'), connection->v6, connection->address);
  const bool several = connection->count != 1;
  if (!connection->v6 && (connection->ttl || several)) out.raw("/").number(connection->ttl.value_or(0));
  if (several) out.raw("/").number(connection->count);
  out.end();
}

void write_values(LineWriter& out, char type, const std::vector<std::string>& values) {
  for (const auto& value : values)
    out.begin(type).text(value).end();
}

void write_others(LineWriter& out, const std::vector<Line>& others, bool before_connection) {
  for (const auto& line : others) {
    if ((rank_of(line.type) < kAfterConnection) != before_connection) continue;
    const char letter = ascii_lower(line.type);
    if (letter < 'a' || letter > 'z' || is_interpreted(line.type)) out.refuse();
    out.begin(line.type).text(line.value).end();
  }
}

void write_attributes(LineWriter& out, const std::vector<Attribute>& attributes) {
  for (const auto& attribute : attributes) {
    if (attribute.name.find(':') != std::string::npos) out.refuse();
    out.begin('a').text(attribute.name);
    if (!attribute.value.empty()) out.raw(":").text(attribute.value);
    out.end();
  }
}

void write_media(LineWriter& out, const Media& media) {
  out.begin('m').field(media.kind).raw(" ").number(media.port);
  if (media.port_count != 1) out.raw("/").number(media.port_count);
  out.raw(" ").field(media.proto);
  for (const auto& format : media.formats)
    out.raw(" ").field(format);
  out.end();
  write_others(out, media.others, true);
  write_connection(out, media.connection);
  write_values(out, 'b', media.bandwidth);
  write_others(out, media.others, false);
  write_attributes(out, media.attributes);
}

void write_origin(LineWriter& out, const Origin& origin) {
  out.begin('o').text(origin.username).raw(" ").field(origin.session_id).raw(" ");
  out.field(origin.session_version).raw(" ");
  write_address(out, origin.v6, origin.address);
  out.end();
}

}  // namespace

bool write(const Session& session, std::string& text) {
  text.clear();
  LineWriter out(text);
  out.begin('v').raw("0").end();
  write_origin(out, session.origin);
  out.begin('s').text(session.name).end();
  write_others(out, session.others, true);
  write_connection(out, session.connection);
  write_values(out, 'b', session.bandwidth);
  write_values(out, 't', session.times);
  write_others(out, session.others, false);
  write_attributes(out, session.attributes);
  for (const auto& media : session.media)
    write_media(out, media);
  if (!out.ok()) text.clear();
  return out.ok();
}

}  // namespace warp::sdp
