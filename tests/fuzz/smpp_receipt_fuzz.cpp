// A receipt that is read can be written, or is refused; what was written reads the same. Ids and times too.
#include <string>

#include "warp/smpp/pdu/message_id.h"
#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/pdu/time.h"

#include "check.h"

namespace {

using namespace warp::smpp;

void check_receipt(const Receipt& receipt) {
  std::string out;
  const auto written = write_receipt_text(receipt, out);
  if (!written) {
    FUZZ_CHECK(out.empty());
    return;
  }
  FUZZ_CHECK(out.size() <= 254);
  // Beginnings are the states that a text spells; the writer's own spelling must be one.
  const auto again = parse_receipt(0, out, {});
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->state == receipt.state);
  std::string octets;
  TlvWriter tlvs(octets);
  FUZZ_CHECK(put_receipt_tlvs(receipt, tlvs).has_value());
  if (!tlvs.ok()) return;
  const auto by_tlvs = parse_receipt(0, {}, tlvs.list());
  FUZZ_CHECK(by_tlvs.has_value());
  FUZZ_CHECK(by_tlvs->state == receipt.state && by_tlvs->network_error == receipt.network_error);
}

void check_id(std::string_view id) {
  for (const auto form : {IdForm::Text, IdForm::Decimal, IdForm::Hexadecimal}) {
    const IdSettings settings{form, true, false};
    const auto normal = normalise_id(id, settings);
    FUZZ_CHECK(normal.size() <= id.size());
    if (form != IdForm::Decimal) FUZZ_CHECK(normalise_id(normal, settings) == normal);
  }
}

void check_time(std::string_view text) {
  (void)parse_receipt_date(text);
  const auto time = parse_time(text);
  if (!time) return;
  if (!time->relative) {
    FUZZ_CHECK(format_absolute(time->at, time->quarter_hours).substr(0, 15) == text.substr(0, 15));
  } else if (time->years == 0 && time->months == 0) {
    FUZZ_CHECK(parse_time(format_relative(time->span))->span == time->span);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto rest = warp::fuzz::text_of(data + 1, size - 1);
  const auto text = warp::fuzz::next_piece(rest);
  const auto tlvs = TlvList::read(rest);
  if (const auto receipt = parse_receipt(data[0], text, tlvs)) check_receipt(*receipt);
  check_id(text);
  check_time(text);
  return 0;
}
