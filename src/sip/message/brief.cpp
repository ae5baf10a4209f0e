#include "warp/sip/message/brief.h"

#include "warp/base/checked.h"
#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace {

using scan::Cursor;

// Of the headers that are looked at; 0: any other.
constexpr std::uint32_t mark(HeaderId id) {
  switch (id) {
    case HeaderId::Via:
      return 1;
    case HeaderId::From:
      return 2;
    case HeaderId::To:
      return 4;
    case HeaderId::CallId:
      return 8;
    case HeaderId::CSeq:
      return 16;
    case HeaderId::MaxForwards:
      return 32;
    case HeaderId::ContentLength:
      return 64;
    case HeaderId::ContentType:
      return 128;
    default:
      return 0;
  }
}
constexpr std::uint32_t kNeeded = mark(HeaderId::Via) | mark(HeaderId::From) | mark(HeaderId::To) |
                                  mark(HeaderId::CallId) | mark(HeaderId::CSeq);

// One line without its CRLF. False for every one that is not plain: without an end, folded, or with a control
// byte other than HTAB in it.
bool take_line(Cursor& in, std::string_view& line) {
  const char* const start = in.at;
  for (const char* at = start;; ++at) {
    at = scan::find_control(at, in.end);
    if (at == in.end) return false;
    if (*at == '\t') continue;
    if (*at != '\r' || in.end - at < 2 || at[1] != '\n') return false;
    if (at != start && in.end - at > 2 && scan::is_blank(at[2])) return false;
    line = Cursor::view(start, at);
    in.at = at + 2;
    return true;
  }
}

bool read_request_line(std::string_view line, Brief& brief) {
  Cursor in(line);
  brief.method_text = in.run(scan::kToken);
  if (brief.method_text.empty() || !in.take(' ')) return false;
  brief.method = method_from(brief.method_text);
  brief.request_uri = in.run(scan::kUriParam);
  return !brief.request_uri.empty() && in.take(' ') && in.rest() == "SIP/2.0" &&
         scan::is_request_uri(brief.request_uri);
}

bool read_party(std::string_view value, std::string_view& kept, std::string_view& tag) {
  Cursor in(value);
  NameAddr party;
  if (!scan::read_name_addr(in, party) || !in.done()) return false;
  kept = value;
  tag = party.tag;
  return true;
}

struct Reader {
  Brief brief;
  std::uint32_t present = 0;
  std::size_t headers = 0, hops = 0, content_length = 0;

  bool read_header(std::string_view line, const Limits& limits) {
    Cursor in(line);
    const auto name = in.run(scan::kToken);
    in.blanks();
    if (name.empty() || !in.take(':') || ++headers > limits.headers) return false;
    const auto id = header_from(name);
    const auto mask = mark(id);
    if (id != HeaderId::Via && (present & mask) != 0) return false;
    present |= mask;
    return keep(id, trim(in.rest()), limits);
  }

  bool keep(HeaderId id, std::string_view value, const Limits& limits) {
    switch (id) {
      case HeaderId::Via:
        return keep_via(value, limits);
      case HeaderId::From:
        return read_party(value, brief.from, brief.from_tag);
      case HeaderId::To:
        return read_party(value, brief.to, brief.to_tag);
      case HeaderId::CallId:
        brief.call_id = value;
        return !value.empty() && value.find_first_of(" \t") == value.npos;
      case HeaderId::CSeq:
        return keep_cseq(value);
      case HeaderId::MaxForwards:
        return parse_number<std::uint8_t>(value).has_value();
      case HeaderId::ContentLength: {
        const auto length = parse_number<std::uint32_t>(value);
        content_length = length.value_or(0);
        return length.has_value();
      }
      case HeaderId::Contact:
        return scan::is_contacts(value);
      default:
        return true;
    }
  }

  bool keep_via(std::string_view value, const Limits& limits) {
    if (brief.via_count == Brief::kMostVias) return false;
    Cursor in(value);
    if (brief.via_count == 0 && !scan::read_via(in, brief.via)) return false;
    brief.vias[brief.via_count++] = value;
    hops += scan::count_list(value);
    return hops <= limits.vias;
  }

  bool keep_cseq(std::string_view value) {
    CSeq cseq;
    if (!scan::read_cseq(value, cseq) || cseq.method_text != brief.method_text) return false;
    brief.cseq = value;
    brief.cseq_number = cseq.number;
    return true;
  }
};

}  // namespace

std::optional<Brief> read_brief(std::string_view datagram, const Limits& limits) {
  if (datagram.size() > limits.message_octets) return std::nullopt;
  Reader reader;
  Cursor in(datagram);
  std::string_view line;
  if (!take_line(in, line) || !read_request_line(line, reader.brief)) return std::nullopt;
  for (;;) {
    if (!take_line(in, line)) return std::nullopt;
    if (line.empty()) break;
    if (!reader.read_header(line, limits)) return std::nullopt;
  }
  if ((reader.present & kNeeded) != kNeeded || reader.content_length > in.rest().size()) return std::nullopt;
  return reader.brief;
}

}  // namespace warp::sip
