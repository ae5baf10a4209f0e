#include "warp/smpp/pdu/segments.h"

#include <gtest/gtest.h>

#include "support/smpp_octets.h"

namespace warp::smpp {
namespace {

using test::hex;
using test::to_hex;

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i)
    out.append(text);
  return out;
}

SplitSettings styled(SplitStyle style) {
  SplitSettings settings;
  settings.style = style;
  settings.reference = 0x1234;
  return settings;
}

TEST(Encoding, SmallestWins) {
  EXPECT_EQ(encode_text("hello").alphabet, Alphabet::Gsm7);
  EXPECT_EQ(encode_text("hello").data_coding, 0);
  EXPECT_EQ(encode_text("привет").alphabet, Alphabet::Ucs2);
  EXPECT_EQ(encode_text("привет").data_coding, 8);
  EXPECT_EQ(encode_text("😀").length(), 2u);
  EXPECT_EQ(encode_text("ê").alphabet, Alphabet::Ucs2);
  EncodeSettings settings;
  settings.latin1 = true;
  EXPECT_EQ(encode_text("ê", settings).alphabet, Alphabet::Latin1);
  EXPECT_EQ(encode_text("ê", settings).data_coding, 3);
  // Escapes cost two septets: 14 bits against Latin-1's 8.
  EXPECT_EQ(encode_text("{}[]", settings).alphabet, Alphabet::Latin1);
}

TEST(Encoding, NationalTablesWhenAllowed) {
  EncodeSettings settings;
  settings.languages = language_bit(GsmLanguage::Turkish) | language_bit(GsmLanguage::Hindi);
  const auto turkish = encode_text(repeated("ışığın ", 18), settings);
  EXPECT_EQ(turkish.alphabet, Alphabet::Gsm7);
  EXPECT_EQ(turkish.shift.locking, GsmLanguage::Turkish);
  EXPECT_EQ(split(turkish)->size(), 1u);
  const auto hindi = encode_text("नमस्ते भारत, आप कैसे हैं?", settings);
  EXPECT_EQ(hindi.shift.locking, GsmLanguage::Hindi);
  EXPECT_EQ(encode_text("plain", settings).shift, GsmShift{});
}

TEST(Encoding, SubstitutionOnlyWhenItHelps) {
  EncodeSettings settings;
  settings.substitute = true;
  const auto text = encode_text("“Hi” – it’s… Ａ\u00A0B", settings);
  EXPECT_EQ(text.alphabet, Alphabet::Gsm7);
  EXPECT_EQ(decode_text(text.units, text.alphabet).text, "\"Hi\" - it's... A B");
  EXPECT_EQ(text.substituted, 7u);
  // One character that has no like: nothing is changed.
  const auto mixed = encode_text("“Привет”", settings);
  EXPECT_EQ(mixed.alphabet, Alphabet::Ucs2);
  EXPECT_EQ(decode_text(mixed.units, mixed.alphabet).text, "“Привет”");
  EXPECT_EQ(mixed.substituted, 0u);
  EXPECT_EQ(encode_text("“Hi”").alphabet, Alphabet::Ucs2);
}

TEST(Encoding, ConnectorsDefaultAlphabet) {
  EncodeSettings settings;
  settings.default_alphabet = Alphabet::Latin1;
  EXPECT_EQ(encode_text("né", settings).alphabet, Alphabet::Latin1);
  EXPECT_EQ(encode_text("né", settings).data_coding, 0);
  settings.gsm7_data_coding = 0xF1;
  EXPECT_EQ(encode_text("né", settings).alphabet, Alphabet::Gsm7);
  EXPECT_EQ(encode_text("né", settings).data_coding, 0xF1);
}

TEST(Encoding, MessageClass) {
  EncodeSettings settings;
  settings.message_class = 0;
  EXPECT_EQ(encode_text("flash", settings).data_coding, 0xF0);
  EXPECT_EQ(encode_text("вспышка", settings).data_coding, 0x18);
}

TEST(Encoding, ForcedAndBroken) {
  EncodeSettings settings;
  settings.force = Alphabet::Gsm7;
  const auto text = encode_text("aбc", settings);
  EXPECT_EQ(text.units, "a?c");
  EXPECT_EQ(text.missing, 1u);
  EXPECT_EQ(encode_text("a\xFFz").broken, 1u);
}

TEST(Split, InteropRule06_TheFamousLimits) {
  struct Case {
    std::string_view character;
    std::size_t one, udh8, udh16;
  };
  for (const auto& [character, one, udh8, udh16] :
       {Case{"a", 160, 153, 152}, Case{"€", 80, 76, 76}, Case{"д", 70, 67, 66}, Case{"😀", 35, 33, 33}}) {
    const auto parts = [&, c = character](std::size_t count, SplitStyle style) {
      return split(encode_text(repeated(c, count)), styled(style))->size();
    };
    for (const auto style : {SplitStyle::Udh8, SplitStyle::Udh16, SplitStyle::Sar}) {
      EXPECT_EQ(parts(one, style), 1u) << character;
      EXPECT_EQ(parts(one + 1, style), 2u) << character;
    }
    EXPECT_EQ(parts(3 * udh8, SplitStyle::Udh8), 3u) << character;
    EXPECT_EQ(parts(3 * udh8 + 1, SplitStyle::Udh8), 4u) << character;
    EXPECT_EQ(parts(3 * udh16, SplitStyle::Udh16), 3u) << character;
    EXPECT_EQ(parts(3 * udh16 + 1, SplitStyle::Udh16), 4u) << character;
    EXPECT_EQ(parts(3 * udh8, SplitStyle::Sar), 3u) << character;
    EXPECT_EQ(parts(3 * udh8 + 1, SplitStyle::Sar), 4u) << character;
    EXPECT_EQ(parts(1000, SplitStyle::Payload), 1u);
  }
}

TEST(Split, OctetLimits) {
  EncodedText binary;
  binary.alphabet = Alphabet::Binary;
  const auto parts = [&](std::size_t octets, SplitStyle style) {
    binary.units.assign(octets, 'x');
    return split(binary, styled(style))->size();
  };
  EXPECT_EQ(parts(140, SplitStyle::Udh8), 1u);
  EXPECT_EQ(parts(141, SplitStyle::Udh8), 2u);
  EXPECT_EQ(parts(268, SplitStyle::Udh8), 2u);
  EXPECT_EQ(parts(269, SplitStyle::Udh8), 3u);
  EXPECT_EQ(parts(266, SplitStyle::Udh16), 2u);
  EXPECT_EQ(parts(267, SplitStyle::Udh16), 3u);
}

TEST(Split, NationalHeadersAreCounted) {
  EncodedText text;
  text.shift = {GsmLanguage::Turkish, GsmLanguage::Turkish};
  text.units.assign(152, 'a');  // header of 7 octets: 8 septets
  EXPECT_EQ(split(text)->size(), 1u);
  text.units.assign(153, 'a');
  const auto two = split(text);
  ASSERT_EQ(two->size(), 2u);
  EXPECT_EQ(to_hex((*two)[0].user_data.substr(0, 12)), "0b0003000201240101250101");
  EXPECT_EQ((*two)[0].user_data.size() - 12, 146u);  // (140 - 12) * 8 / 7
  text.shift.locking = GsmLanguage::Default;
  text.units.assign(155, 'a');
  EXPECT_EQ(split(text)->size(), 1u);
}

TEST(Split, HeadersAndReferences) {
  const auto text = encode_text(repeated("a", 161));
  EXPECT_EQ(to_hex((*split(text, styled(SplitStyle::Udh8)))[1].user_data.substr(0, 6)), "050003340202");
  EXPECT_EQ(to_hex((*split(text, styled(SplitStyle::Udh16)))[1].user_data.substr(0, 7)), "06080412340202");
  const auto sar = split(text, styled(SplitStyle::Sar));
  EXPECT_FALSE((*sar)[0].udhi);
  EXPECT_EQ((*sar)[1].sar, (Concat{0x1234, 2, 2, true}));
  const auto payload = split(text, styled(SplitStyle::Payload));
  EXPECT_TRUE((*payload)[0].payload);
  EXPECT_EQ((*payload)[0].user_data.size(), 161u);
}

TEST(Split, InteropRule06_EscapePairsStayTogether) {
  // 152 plain characters, then a pair across the limit of 153.
  const auto text = encode_text(repeated("a", 152) + repeated("€", 10));
  const auto parts = split(text, styled(SplitStyle::Udh8));
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].user_data.size(), 6 + 152u);
  EXPECT_EQ((*parts)[1].user_data.substr(6, 2), "\x1B\x65");
}

TEST(Split, InteropRule06_SurrogatesStayTogether) {
  const auto text = encode_text(repeated("д", 66) + repeated("😀", 5));
  const auto parts = split(text, styled(SplitStyle::Udh8));
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].user_data.size(), 6 + 132u);
  EXPECT_EQ(decode_text((*parts)[1].user_data.substr(6), Alphabet::Ucs2).text, repeated("😀", 5));
}

TEST(Split, PackedPartsFillTheAir) {
  auto settings = styled(SplitStyle::Udh8);
  settings.packed = true;
  const auto text = encode_text(repeated("abcdefg", 44));
  const auto parts = split(text, settings);
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].user_data.size(), 140u);
  std::string septets;
  for (const auto& part : *parts)
    unpack_user_data(std::string_view(part.user_data).substr(6), fill_bits_after(6), septets);
  EXPECT_EQ(septets, text.units);
}

TEST(Split, AtMost255Parts) {
  const auto fits = encode_text(repeated("a", 153 * 255));
  EXPECT_EQ(split(fits)->size(), 255u);
  const auto error = split(encode_text(repeated("a", 153 * 255 + 1))).error();
  EXPECT_EQ(error.code, SplitCode::TooManyParts);
  EXPECT_EQ(error.needed, 256u);
  EXPECT_EQ(error.limit, 255u);
  SplitSettings settings;
  settings.most_parts = 5;
  EXPECT_EQ(split(encode_text(repeated("a", 153 * 5 + 1)), settings).error().needed, 6u);
  EXPECT_EQ(split(encode_text(repeated("a", 65536)), styled(SplitStyle::Payload)).error().code,
            SplitCode::TooLong);
}

TEST(Split, CountIsWhatSplitMakes) {
  for (std::size_t size = 0; size < 700; size += 7) {
    for (const std::string_view character : {"a", "€", "д", "😀"}) {
      const auto text = encode_text(repeated(character, size));
      for (const auto style : {SplitStyle::Udh8, SplitStyle::Udh16, SplitStyle::Sar})
        EXPECT_EQ(split(text, styled(style))->size(), count_segments(text, styled(style)));
    }
  }
}

// Every style, put into TLVs or header and read again, joins to the same text.
TEST(Parts, ReadBackFromEveryStyle) {
  const auto text = encode_text(repeated("Grüße € 😀 ", 40));
  for (const auto style : {SplitStyle::Udh8, SplitStyle::Udh16, SplitStyle::Sar, SplitStyle::Payload}) {
    std::string joined;
    const auto segments = split(text, styled(style));
    for (const auto& segment : *segments) {
      std::string octets;
      TlvWriter tlvs(octets);
      if (segment.sar) put_sar(*segment.sar, tlvs);
      if (segment.payload) tlvs.octets(Tag::MessagePayload, segment.user_data);
      const std::string_view message = segment.payload ? std::string_view() : segment.user_data;
      const auto part = read_part(segment.udhi ? kEsmUdhi : 0, message, tlvs.list());
      ASSERT_TRUE(part);
      EXPECT_EQ(part->concat.has_value(), style != SplitStyle::Payload);
      joined.append(part->text);
    }
    EXPECT_EQ(joined, text.units) << to_string(style);
  }
}

TEST(Parts, Conversions) {
  const auto octets = hex("08 0003 42 03 02 240101 68656C6C6F");
  const auto part = read_part(kEsmUdhi, octets, {});
  ASSERT_TRUE(part);
  const auto wide = convert_part(*part, Alphabet::Gsm7, styled(SplitStyle::Udh16));
  EXPECT_EQ(to_hex(wide->user_data), to_hex(hex("09 0804 0042 03 02 240101 68656C6C6F")));
  const auto sar = convert_part(*part, Alphabet::Gsm7, styled(SplitStyle::Sar));
  EXPECT_EQ(to_hex(sar->user_data), to_hex(hex("03 240101 68656C6C6F")));
  EXPECT_EQ(sar->sar, (Concat{0x42, 3, 2, true}));
  EXPECT_TRUE(sar->udhi);
  const auto payload = convert_part(*part, Alphabet::Gsm7, styled(SplitStyle::Payload));
  EXPECT_TRUE(payload->payload);
  EXPECT_EQ(payload->sar, std::nullopt);

  std::string tlvs;
  TlvWriter writer(tlvs);
  put_sar({0x142, 3, 1, true}, writer);
  const auto from_sar = read_part(0, "hello", writer.list());
  const auto udh = convert_part(*from_sar, Alphabet::Gsm7, styled(SplitStyle::Udh8));
  EXPECT_EQ(to_hex(udh->user_data), to_hex(hex("05 0003 42 03 01 68656C6C6F")));
}

TEST(Parts, PackedTextMovesItsFillBits) {
  auto settings = styled(SplitStyle::Udh8);
  settings.packed = true;
  const auto text = encode_text(repeated("a", 200));
  const auto segments = split(text, settings);
  const auto part = read_part(kEsmUdhi, (*segments)[1].user_data, {});
  settings.style = SplitStyle::Udh16;
  const auto wide = convert_part(*part, Alphabet::Gsm7, settings);
  ASSERT_TRUE(wide);
  const auto again = read_part(kEsmUdhi, wide->user_data, {});
  std::string septets;
  unpack_user_data(again->text, again->fill_bits, septets);
  EXPECT_EQ(septets, std::string(47, 'a'));
}

TEST(Parts, FullPartHasNoRoomForAWiderReference) {
  const auto segments = split(encode_text(repeated("д", 100)));
  const auto part = read_part(kEsmUdhi, (*segments)[0].user_data, {});
  EXPECT_EQ(convert_part(*part, Alphabet::Ucs2, styled(SplitStyle::Udh16)).error().code, SplitCode::TooLong);
  EXPECT_TRUE(convert_part(*part, Alphabet::Ucs2, styled(SplitStyle::Sar)));
}

TEST(Udh, ReadsAndKeeps) {
  const auto octets = hex("15 0003420201 0504 23F00000 7002ABCD 240103 250102") + "text";
  const auto udh = parse_udh(octets);
  ASSERT_TRUE(udh);
  EXPECT_EQ(udh->octets, 22u);
  EXPECT_EQ(udh->concat, (Concat{0x42, 2, 1, false}));
  EXPECT_EQ(udh->ports, (Ports{0x23F0, 0, true}));
  EXPECT_EQ(udh->shift, (GsmShift{GsmLanguage::Spanish, GsmLanguage::Portuguese}));
}

TEST(Udh, ImpossibleElementsAreIgnored) {
  for (const auto* octets :
       {"05 0003420200", "05 0003420203", "05 0003420001", "04 0002 4202", "03 24010E"}) {
    const auto held = hex(octets);
    const auto udh = parse_udh(held);
    ASSERT_TRUE(udh) << octets;
    EXPECT_EQ(udh->concat, std::nullopt) << octets;
    EXPECT_EQ(udh->shift, GsmShift{});
    EXPECT_EQ(udh->elements().size(), 1u);
  }
}

TEST(Udh, BrokenOnes) {
  EXPECT_EQ(parse_udh("").error(), UdhError::Truncated);
  EXPECT_EQ(parse_udh(hex("05 000342")).error(), UdhError::Truncated);
  EXPECT_EQ(parse_udh(hex("03 000342")).error(), UdhError::ElementTruncated);
  EXPECT_EQ(parse_udh(hex("01 00")).error(), UdhError::ElementTruncated);
  EXPECT_EQ(parse_udh(hex("00"))->octets, 1u);
}

TEST(Udh, WriterRefuses) {
  EXPECT_FALSE(UdhWriter().concat({256, 2, 1, false}).ok());
  EXPECT_FALSE(UdhWriter().concat({1, 2, 3, false}).ok());
  EXPECT_FALSE(UdhWriter().ports({256, 0, false}).ok());
  EXPECT_FALSE(UdhWriter().element(0x70, std::string(138, 'x')).ok());
  EXPECT_TRUE(UdhWriter().element(0x70, std::string(137, 'x')).ok());
}

}  // namespace
}  // namespace warp::smpp
