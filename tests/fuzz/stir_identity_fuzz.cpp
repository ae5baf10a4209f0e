// Identity headers, PASSporTs and TN Authorization Lists: what parses is written, and parses to the same.
#include <string>

#include "warp/stir/base64url.h"
#include "warp/stir/certificate.h"
#include "warp/stir/passport.h"

#include "check.h"

namespace {

using namespace warp::stir;

void check_passport(const Token& token) {
  const auto passport = Passport::parse(token);
  if (!passport) return;
  const auto input = passport->signing_input();
  const auto dot = input.find('.');
  const std::string_view text = input;
  const auto again = Passport::parse({text.substr(0, dot), text.substr(dot + 1), "x"});
  FUZZ_CHECK(again && *again == *passport);
}

void check_header(std::string_view text) {
  for (const auto value : split_identities(text)) {
    const auto header = IdentityHeader::parse(value);
    if (!header) continue;
    const auto written = header->write();
    FUZZ_CHECK(written.empty() ? value.size() > kLongestIdentity - 16 : true);
    if (written.empty()) continue;
    const auto again = IdentityHeader::parse(written);
    FUZZ_CHECK(again && *again == *header);
    FUZZ_CHECK(split_identities(written).size() == 1);
    check_passport(header->parts());
  }
}

void check_base64(std::string_view text) {
  if (const auto octets = from_base64url(text)) FUZZ_CHECK(to_base64url(*octets) == text);
  FUZZ_CHECK(from_base64url(to_base64url(text)) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = warp::fuzz::text_of(data, size);
  check_header(text);
  check_base64(text);
  // Two pieces of plain JSON: the fuzzer need not find base64 first.
  auto rest = text;
  const auto header = to_base64url(warp::fuzz::next_piece(rest));
  const auto payload = to_base64url(rest);
  if (!header.empty() && !payload.empty()) check_passport({header, payload, "x"});
  TnAuthorization list;
  if (list.parse(text)) (void)list.covers("12155550131");
  const auto number = canonical_number(text);
  FUZZ_CHECK(number.empty() || canonical_number(number) == number);
  (void)parse_sip_date(text);
  return 0;
}
