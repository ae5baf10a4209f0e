// Writer: builds a SIP message into a string that the caller reuses. Strict: a value with CR, LF or NUL is
// refused (ok() turns false and the message must not be sent), so nothing received can smuggle a header out.
//
//   Writer w(out);
//   w.request(Method::Bye, target);
//   w.header(HeaderId::CallId, id);
//   w.finish();                       // or finish(content_type, body)
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "warp/sip/message/brief.h"
#include "warp/sip/message/message.h"

namespace warp::sip {

class Writer {
 public:
  // Clears `out` and keeps its capacity.
  explicit Writer(std::string& out);

  Writer& request(Method method, std::string_view uri);
  Writer& request(std::string_view method, std::string_view uri);
  Writer& response(std::uint16_t status, std::string_view phrase = {});  // empty phrase: the RFC's
  Writer& header(HeaderId id, std::string_view value);
  Writer& header(std::string_view name, std::string_view value);
  // One header of several parts, without an intermediate string.
  Writer& header(HeaderId id, std::initializer_list<std::string_view> parts);
  Writer& header(HeaderId id, std::uint64_t number);
  // All headers of that id in `from`, in order, unchanged.
  Writer& copy(const Message& from, HeaderId id);
  // A response's Via (all, the top one completed with received/rport), From, To (+ tag if it has none),
  // Call-ID, CSeq, as RFC 3261 §8.2.6.2. `received`/`rport` as the transport saw them; empty/0 leave the top
  // Via as it is.
  Writer& response_to(const Message& request, std::uint16_t status, std::string_view phrase,
                      std::string_view to_tag, std::string_view received, std::uint16_t rport);
  Writer& response_to(const Brief& request, std::uint16_t status, std::string_view phrase,
                      std::string_view to_tag, std::string_view received, std::uint16_t rport);
  void finish();  // Content-Length: 0
  void finish(std::string_view content_type, std::string_view body);

  bool ok() const { return ok_; }

 private:
  void put(std::string_view text);
  bool begin_response(std::uint16_t status, std::string_view phrase, std::string_view to_tag,
                      std::string_view received);
  void put_to(std::string_view value, bool tagged, std::string_view to_tag);
  std::string& out_;
  bool ok_ = true;
};

std::string_view default_phrase(std::uint16_t status);

}  // namespace warp::sip
