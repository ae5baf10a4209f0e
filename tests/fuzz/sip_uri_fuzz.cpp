// URIs, addresses and lists: what is taken apart can be put together and is taken apart the same way.
#include <string>

#include "warp/sip/message/body_parts.h"
#include "warp/sip/message/message.h"
#include "warp/sip/message/telephone.h"

#include "check.h"

namespace {

using namespace warp::sip;

std::string build(const Uri& uri) {
  std::string text = uri.scheme == Uri::Scheme::Sips ? "sips:" : "sip:";
  if (uri.scheme == Uri::Scheme::Tel) text = "tel:";
  text.append(uri.user);
  if (uri.scheme != Uri::Scheme::Tel && !uri.user.empty()) text.append("@");
  text.append(uri.host);
  if (uri.port != 0) text.append(":").append(std::to_string(uri.port));
  if (!uri.params.empty()) text.append(";").append(uri.params);
  if (!uri.headers.empty()) text.append("?").append(uri.headers);
  return text;
}

void check_uri(std::string_view text) {
  const auto uri = Uri::parse(text);
  if (!uri) return;
  const auto built = build(*uri);
  const auto again = Uri::parse(built);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->scheme == uri->scheme && again->user == uri->user && again->host == uri->host);
  FUZZ_CHECK(again->port == uri->port && again->params == uri->params && again->headers == uri->headers);
  (void)uri->param("lr");
  const auto params = telephone_params(*uri);
  if (const auto digits = global_digits(params.rn, params.rn_context)) {
    FUZZ_CHECK(!digits->empty() && digits->size() <= 15);
    FUZZ_CHECK(global_digits("+" + *digits, {}) == digits);
  }
  if (const auto number = uri->telephone()) {
    const auto dialled = "tel:" + *number;
    const auto tel = Uri::parse(dialled);
    FUZZ_CHECK(tel && tel->telephone() == number);
  }
}

// Whatever is found lies within the body, and is found again in a body of that part alone.
void check_parts(std::string_view text) {
  const auto part = find_part("multipart/mixed;boundary=b", text, "application/sdp");
  if (!part) return;
  FUZZ_CHECK(part->content.data() >= text.data());
  FUZZ_CHECK(part->content.data() + part->content.size() <= text.data() + text.size());
  std::string alone = "--b\r\nContent-Type: application/sdp\r\n\r\n";
  alone.append(part->content).append("\r\n--b--\r\n");
  const auto again = find_part("multipart/mixed; boundary=\"b\"", alone, "application/sdp");
  FUZZ_CHECK(again && again->content == part->content);
}

void check_address(std::string_view text) {
  const auto address = parse_name_addr(text);
  if (!address) return;
  const bool quoted = text.find_first_not_of(" \t") == text.find('"');
  std::string built(address->display);
  if (quoted) built = "\"" + built + "\"";
  built.append(" <").append(address->uri).append(">").append(address->params);
  const auto again = parse_name_addr(built);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->display == address->display && again->uri == address->uri);
  FUZZ_CHECK(again->params == address->params && again->tag == address->tag);
}

void check_list(std::string_view text) {
  const auto elements = split_list(text);
  std::string joined;
  for (const auto element : elements)
    joined.append(joined.empty() ? "" : ", ").append(element);
  FUZZ_CHECK(split_list(joined) == elements);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  check_uri(text);
  check_address(text);
  check_parts(text);
  check_list(text);
  return 0;
}
