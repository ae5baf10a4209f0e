#include "warp/sip/message/writer.h"

#include <array>
#include <charconv>

#include "warp/base/text.h"

#include "scan.h"

namespace warp::sip {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// The top via-parm of `value` with `received` and `rport` as the transport saw them, then the rest as it was.
void append_completed_via(std::string& out, std::string_view value, const Via& top, std::string_view received,
                          std::uint16_t rport) {
  std::string_view after = value;
  std::string_view own;
  scan::next_element(after, own);
  const bool set_rport = top.rport_asked && rport != 0;
  scan::Cursor in(own.substr(std::min(own.find(';'), own.size())));
  out.append("Via: ").append(trim(own.substr(0, own.find(';'))));
  for (scan::Param param; scan::next_param(in, param) == scan::Step::Taken;) {
    if (!received.empty() && iequals(param.name, "received")) continue;
    if (set_rport && iequals(param.name, "rport")) continue;
    out.append(";").append(param.text);
  }
  if (!received.empty()) out.append(";received=").append(received);
  if (set_rport) {
    out.append(";rport=");
    append_number(out, rport);
  }
  if (!after.empty()) out.append(",").append(after);
  out.append("\r\n");
}

}  // namespace

Writer::Writer(std::string& out) : out_(out) {
  out_.clear();
}

// Everything that others wrote passes here.
void Writer::put(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* at = scan::find_control(text.data(), end); at != end;
       at = scan::find_control(at + 1, end)) {
    const char previous = at == text.data() ? '\0' : at[-1];
    if (*at == '\0' || !scan::allowed_control(previous, *at)) {
      ok_ = false;
      return;
    }
  }
  out_.append(text);
}

Writer& Writer::request(Method method, std::string_view uri) {
  if (method == Method::Other) ok_ = false;
  return request(to_string(method), uri);
}

Writer& Writer::request(std::string_view method, std::string_view uri) {
  if (!scan::is_token(method) || uri.empty() || !scan::all(uri, scan::kUriParam)) {
    ok_ = false;
    return *this;
  }
  out_.append(method).append(" ").append(uri).append(" SIP/2.0\r\n");
  return *this;
}

Writer& Writer::response(std::uint16_t status, std::string_view phrase) {
  if (status < 100 || status > 699) {
    ok_ = false;
    return *this;
  }
  out_.append("SIP/2.0 ");
  append_number(out_, status);
  out_.append(" ");
  put(phrase.empty() ? default_phrase(status) : phrase);
  out_.append("\r\n");
  return *this;
}

Writer& Writer::header(HeaderId id, std::string_view value) {
  if (id == HeaderId::Other) ok_ = false;
  out_.append(canonical_name(id)).append(": ");
  put(value);
  out_.append("\r\n");
  return *this;
}

Writer& Writer::header(std::string_view name, std::string_view value) {
  if (!scan::is_token(name)) {
    ok_ = false;
    return *this;
  }
  out_.append(name).append(": ");
  put(value);
  out_.append("\r\n");
  return *this;
}

Writer& Writer::header(HeaderId id, std::initializer_list<std::string_view> parts) {
  if (id == HeaderId::Other) ok_ = false;
  out_.append(canonical_name(id)).append(": ");
  for (auto part : parts)
    put(part);
  out_.append("\r\n");
  return *this;
}

Writer& Writer::header(HeaderId id, std::uint64_t number) {
  if (id == HeaderId::Other) ok_ = false;
  out_.append(canonical_name(id)).append(": ");
  append_number(out_, number);
  out_.append("\r\n");
  return *this;
}

// Values of a parsed message hold no line break, so they are not looked at again.
Writer& Writer::copy(const Message& from, HeaderId id) {
  for (const auto& header : from.headers())
    if (header.id == id)
      append_line(out_, id == HeaderId::Other ? header.name : canonical_name(id), header.value);
  return *this;
}

bool Writer::begin_response(std::uint16_t status, std::string_view phrase, std::string_view to_tag,
                            std::string_view received) {
  response(status, phrase);
  if (scan::all(received, scan::kParam) && scan::all(to_tag, scan::kToken)) return true;
  ok_ = false;
  return false;
}

void Writer::put_to(std::string_view value, bool tagged, std::string_view to_tag) {
  out_.append("To: ").append(value);
  if (!tagged && !to_tag.empty()) out_.append(";tag=").append(to_tag);
  out_.append("\r\n");
}

Writer& Writer::response_to(const Message& request, std::uint16_t status, std::string_view phrase,
                            std::string_view to_tag, std::string_view received, std::uint16_t rport) {
  if (!begin_response(status, phrase, to_tag, received)) return *this;
  bool top = true;
  for (const auto& header : request.headers()) {
    if (header.id != HeaderId::Via) continue;
    if (top) {
      append_completed_via(out_, header.value, request.via(), received, rport);
    } else {
      append_line(out_, "Via", header.value);
    }
    top = false;
  }
  // A rejected request may lack any of the three.
  if (request.has(HeaderId::From)) append_line(out_, "From", request.header(HeaderId::From));
  if (request.has(HeaderId::To)) put_to(request.header(HeaderId::To), !request.to().tag.empty(), to_tag);
  if (request.has(HeaderId::CallId)) append_line(out_, "Call-ID", request.header(HeaderId::CallId));
  append_line(out_, "CSeq", request.header(HeaderId::CSeq));
  return *this;
}

Writer& Writer::response_to(const Brief& request, std::uint16_t status, std::string_view phrase,
                            std::string_view to_tag, std::string_view received, std::uint16_t rport) {
  if (!begin_response(status, phrase, to_tag, received)) return *this;
  append_completed_via(out_, request.vias[0], request.via, received, rport);
  for (std::size_t i = 1; i < request.via_count; ++i)
    append_line(out_, "Via", request.vias[i]);
  append_line(out_, "From", request.from);
  put_to(request.to, !request.to_tag.empty(), to_tag);
  append_line(out_, "Call-ID", request.call_id);
  append_line(out_, "CSeq", request.cseq);
  return *this;
}

void Writer::finish() {
  out_.append("Content-Length: 0\r\n\r\n");
  if (!ok_) out_.clear();
}

void Writer::finish(std::string_view content_type, std::string_view body) {
  header(HeaderId::ContentType, content_type);
  header(HeaderId::ContentLength, body.size());
  out_.append("\r\n").append(body);
  if (!ok_) out_.clear();
}

}  // namespace warp::sip
