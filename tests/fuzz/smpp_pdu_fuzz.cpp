// What parses can be written, or is refused with a field's name; what was written parses to the same, and
// writes the same octets again. Every fault says what the session does with it.
#include <string>

#include "warp/smpp/pdu/pdu.h"
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/writer.h"

#include "check.h"

namespace {

using namespace warp::smpp;

// The frame's length is the input's, so that the fuzzer need not find it.
std::string framed(std::string_view input) {
  std::string frame(input);
  for (std::size_t i = 0; i < 4 && i < frame.size(); ++i)
    frame[i] = static_cast<char>(frame.size() >> (8 * (3 - i)));
  return frame;
}

void check_frame(std::string_view buffer) {
  const auto frame = next_frame(buffer);
  switch (frame.state) {
    case FrameState::Whole:
      FUZZ_CHECK(frame.octets >= kHeaderOctets && frame.octets <= buffer.size());
      break;
    case FrameState::More:
      FUZZ_CHECK(frame.octets > buffer.size() && frame.octets <= 65536);
      break;
    case FrameState::Fatal:
      FUZZ_CHECK(frame.octets < kHeaderOctets || frame.octets > 65536);
      break;
  }
}

void check_error(const ParseError& error, std::size_t size) {
  FUZZ_CHECK(error.offset <= size);
  FUZZ_CHECK(error.status != Status::Ok);
  FUZZ_CHECK((error.severity == Severity::Close) == (error.code == ParseCode::CommandLength));
  if (error.severity == Severity::Answer) {
    std::string out;
    FUZZ_CHECK(write(response_to(error.header, error.status), out).has_value());
    FUZZ_CHECK(parse(out).has_value());
  }
}

void check_tlvs(const TlvList& tlvs) {
  std::size_t count = 0;
  std::string again;
  TlvWriter writer(again);
  bool all_conform = true;
  for (const auto tlv : tlvs) {
    ++count;
    all_conform = all_conform && conforms(tlv);
    writer.copy(tlv);
    (void)tlv.number();
    FUZZ_CHECK(tlv.text().find('\0') == tlv.text().npos);
    FUZZ_CHECK(tlvs.find(tlv.tag).has_value());
  }
  FUZZ_CHECK(count == tlvs.size());
  FUZZ_CHECK(writer.ok() == all_conform);
  if (all_conform) FUZZ_CHECK(again == tlvs.encoded());
}

void check_round_trip(const Pdu& pdu) {
  std::string out;
  WriteOptions options;
  options.password_octets = 64;
  options.message_octets = 255;
  const auto written = write(pdu, out, options);
  if (!written) {
    FUZZ_CHECK(out.empty() && !written.error().field.empty());
    return;
  }
  FUZZ_CHECK(*written == out.size());
  const auto again = parse(out);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->body == pdu.body);
  FUZZ_CHECK(again->tlvs.encoded() == pdu.tlvs.encoded());
  FUZZ_CHECK(again->header.command == pdu.header.command && again->header.sequence == pdu.header.sequence);
  FUZZ_CHECK(again->notes.trailing_octets == 0 && !again->notes.missing_nul && !again->notes.short_body);
  std::string twice;
  FUZZ_CHECK(write(*again, twice, options).has_value());
  FUZZ_CHECK(twice == out);
}

void check_parts(const Pdu& pdu) {
  const auto* sm = std::get_if<ShortMessage>(&pdu.body);
  if (!sm) return;
  const auto part = read_part(sm->message.esm_class, sm->message.short_message, pdu.tlvs);
  if (!part) return;
  if (part->concat) FUZZ_CHECK(part->concat->valid());
  for (const auto style : {SplitStyle::Udh8, SplitStyle::Udh16, SplitStyle::Sar, SplitStyle::Payload}) {
    SplitSettings settings;
    settings.style = style;
    const auto segment = convert_part(*part, Alphabet::Binary, settings);
    if (!segment) continue;
    const auto again = read_part(segment->udhi ? kEsmUdhi : 0, segment->user_data, {});
    FUZZ_CHECK(again.has_value() && again->text == part->text);
    const bool in_header = style == SplitStyle::Udh8 || style == SplitStyle::Udh16;
    FUZZ_CHECK(again->concat.has_value() == (in_header && part->concat.has_value()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = warp::fuzz::text_of(data, size);
  check_frame(input);
  const auto frame = framed(input);
  const auto pdu = parse(frame);
  if (!pdu) {
    check_error(pdu.error(), frame.size());
    return 0;
  }
  check_tlvs(pdu->tlvs);
  check_round_trip(*pdu);
  check_parts(*pdu);
  return 0;
}
