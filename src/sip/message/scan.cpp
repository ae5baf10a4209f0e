#include "scan.h"

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::sip::scan {
namespace {

constexpr std::uint32_t kCSeqEnd = 1u << 31;

}  // namespace

bool Cursor::quoted(std::string_view& inside) {
  const char* start = ++at;
  while (at != end) {
    if (*at == '"') {
      inside = view(start, at++);
      return true;
    }
    if (*at == '\\' && end - at > 1) ++at;
    ++at;
  }
  return false;
}

Step next_param(Cursor& in, Param& out) {
  in.blanks();
  if (!in.take(';')) return Step::End;
  in.blanks();
  const char* start = in.at;
  out.name = in.run(kToken);
  if (out.name.empty()) return Step::Bad;
  const char* after = in.at;
  in.blanks();
  out.has_value = in.take('=');
  out.value = {};
  if (out.has_value) {
    in.blanks();
    if (in.sees('"')) {
      if (!in.quoted(out.value)) return Step::Bad;
    } else {
      out.value = in.run(kParam);
    }
    after = in.at;
  }
  out.text = Cursor::view(start, after);
  in.blanks();
  const bool ended = in.done() || in.sees(';') || in.sees(',');
  return ended ? Step::Taken : Step::Bad;
}

namespace {

// Shape only: hexadecimal, colons, dots, at least two colons. RFC 5118 §4.10 wants its three colons survived.
bool read_ipv6_reference(Cursor& in, std::string_view& host) {
  const char* start = in.at++;
  unsigned colons = 0;
  while (!in.done() && (is(*in.at, kHex) || *in.at == ':' || *in.at == '.'))
    colons += *in.at++ == ':';
  if (colons < 2 || !in.take(']')) return false;
  host = Cursor::view(start, in.at);
  return true;
}

// Another version than 2.0 is read on, so that a message of that version can be answered (505).
bool read_sent_protocol(Cursor& in, Via& via, bool& version_known) {
  const auto name = in.run(kToken);
  in.blanks();
  if (!iequals(name, "SIP") || !in.take('/')) return false;
  in.blanks();
  const auto version = in.run(kToken);
  in.blanks();
  version_known = version == "2.0";
  if (version.empty() || !in.take('/')) return false;
  in.blanks();
  via.transport = in.run(kToken);
  if (via.transport.empty() || in.done() || !is_blank(*in.at)) return false;
  in.blanks();
  return true;
}

bool keep_via_param(const Param& param, Via& via) {
  switch (param.name.size()) {
    case 5:
      if (!iequals(param.name, "rport")) return true;
      if (via.rport_asked) return false;
      via.rport_asked = true;
      if (param.value.empty()) return true;
      via.rport = parse_number<std::uint16_t>(param.value, 1);
      return via.rport.has_value();
    case 6:
      if (!iequals(param.name, "branch")) return true;
      if (!via.branch.empty()) return false;
      via.branch = param.value;
      return true;
    case 8:
      if (iequals(param.name, "received")) via.received = param.value;
      return true;
    default:
      return true;
  }
}

}  // namespace

bool read_host_port(Cursor& in, std::string_view& host, std::uint16_t& port) {
  if (in.sees('[')) {
    if (!read_ipv6_reference(in, host)) return false;
  } else {
    host = in.run(kHost);
    if (host.empty()) return false;
  }
  Cursor ahead = in;
  ahead.blanks();
  if (!ahead.take(':')) return true;
  ahead.blanks();
  const auto number = parse_number<std::uint16_t>(ahead.run(kHex), 1);
  if (!number) return false;
  port = *number;
  in = ahead;
  return true;
}

bool read_via(Cursor& in, Via& via) {
  in.blanks();
  bool version_known = false;
  if (!read_sent_protocol(in, via, version_known) || !read_host_port(in, via.host, via.port)) return false;
  for (Param param;;) {
    switch (next_param(in, param)) {
      case Step::End:
        return version_known && (in.done() || in.sees(','));
      case Step::Bad:
        return false;
      case Step::Taken:
        if (!keep_via_param(param, via)) return false;
    }
  }
}

bool read_cseq(std::string_view value, CSeq& cseq) {
  Cursor in(value);
  const auto number = parse_number<std::uint32_t>(in.run(kHex), 0, kCSeqEnd - 1);
  const char* gap = in.at;
  in.blanks();
  const bool separated = gap != in.at;
  cseq.method_text = in.run(kToken);
  if (!number || !separated || cseq.method_text.empty() || !in.done()) return false;
  cseq.number = *number;
  cseq.method = method_from(cseq.method_text);
  return true;
}

bool is_contacts(std::string_view value) {
  if (value == "*" || value.empty()) return true;
  Cursor in(value);
  do {
    NameAddr contact;
    if (!read_name_addr(in, contact)) return false;
  } while (in.take(','));
  return true;
}

bool is_request_uri(std::string_view uri) {
  const auto scheme = uri.substr(0, uri.find(':'));
  if (scheme.size() == uri.size() || !is_token(scheme)) return false;
  const bool known = iequals(scheme, "sip") || iequals(scheme, "sips") || iequals(scheme, "tel");
  if (!known) return true;
  const auto parsed = Uri::parse(uri);
  return parsed && parsed->headers.empty();
}

bool next_element(std::string_view& rest, std::string_view& element) {
  if (rest.empty()) return false;
  Cursor in(rest);
  bool angled = false;
  while (!in.done()) {
    const char c = *in.at;
    if (c == '"' && !angled) {
      std::string_view inside;
      if (!in.quoted(inside)) break;
      continue;
    }
    if (c == ',' && !angled) break;
    if (c == '<') angled = true;
    if (c == '>') angled = false;
    ++in.at;
  }
  element = trim(Cursor::view(rest.data(), in.at));
  in.take(',');
  rest = in.rest();
  return true;
}

std::size_t count_list(std::string_view value) {
  if (value.find(',') == std::string_view::npos) return 1;
  std::size_t count = 0;
  for (std::string_view element; next_element(value, element);)
    count += !element.empty();
  return count;
}

}  // namespace warp::sip::scan
