#include "warp/smpp/pdu/alphabet.h"

#include <gtest/gtest.h>

#include "warp/smpp/pdu/unicode.h"

#include "support/smpp_octets.h"

namespace warp::smpp {
namespace {

using test::hex;
using test::to_hex;

std::string septets_of(std::string_view utf8, GsmShift shift = {}) {
  std::string out;
  EXPECT_EQ(encode_gsm7(utf8, shift, out), 0u) << utf8;
  return out;
}

std::string text_of(std::string_view septets, GsmShift shift = {}) {
  std::string out;
  decode_gsm7(septets, shift, out);
  return out;
}

TEST(Gsm7, DefaultAndExtensionTable) {
  EXPECT_EQ(to_hex(septets_of("@£$ΔÄà")), to_hex(hex("00 01 02 10 5B 7F")));
  EXPECT_EQ(to_hex(septets_of("^{}\\[~]|€\f")),
            to_hex(hex("1B14 1B28 1B29 1B2F 1B3C 1B3D 1B3E 1B40 1B65 1B0A")));
}

TEST(Gsm7, EveryCharacterOfEveryTableComesBack) {
  for (std::uint8_t locking = 0; locking < kGsmLanguages; ++locking) {
    for (std::uint8_t single = 0; single < kGsmLanguages; ++single) {
      const GsmShift shift{static_cast<GsmLanguage>(locking), static_cast<GsmLanguage>(single)};
      for (unsigned code = 0; code < 128; ++code) {
        if (code == kGsmEscape) continue;
        for (const bool escaped : {false, true}) {
          std::string septets = escaped ? "\x1B" : "";
          septets.push_back(static_cast<char>(code));
          const auto text = text_of(septets, shift);
          std::string again;
          ASSERT_EQ(encode_gsm7(text, shift, again), 0u) << text;
          EXPECT_EQ(text_of(again, shift), text);
        }
      }
    }
  }
}

struct Sample {
  GsmLanguage language;
  bool locking;
  std::string_view text, septets;
};
// Read off 3GPP TS 23.038 Annex A by hand, one row of each table's own characters and one of its edges.
const Sample kSamples[] = {
    {GsmLanguage::Turkish, true, "€ıĞğŞşİç", "04070B0C1C1D4060"},
    {GsmLanguage::Turkish, false, "ĞİŞçğış", "1B471B491B531B631B671B691B73"},
    {GsmLanguage::Spanish, false, "çÁÍÓÚáíóú", "1B091B411B491B4F1B551B611B691B6F1B75"},
    {GsmLanguage::Portuguese, true, "êúíóçÔôÁáªÇÀ∞^\\€Ó|ÂâÊºÍÃÕÚÜ~ãõ`ü",
     "0406070809 0B0C0E0F 1213141516171819 1A 1C1D1E 24 40 5B5C5D5E 60 7B7C7D7E"},
    {GsmLanguage::Portuguese, false, "êçÔôÁáΦΓ^ΩΠΨΣΘÊÀÍÓÚÃÕÂ",
     "1B05 1B09 1B0B 1B0C 1B0E 1B0F 1B12 1B13 1B14 1B15 1B16 1B17 1B18 1B19 1B1F 1B41 1B49 1B4F 1B55 1B5B "
     "1B5C 1B61"},
    {GsmLanguage::Bengali, true, "ঁংঃঅআইঈউঊঋ\nঌ\rএঐওঔকখ", "000102030405060708090A0B0D0F101314 1516"},
    {GsmLanguage::Bengali, false, "০১২৩", "1B191B1A1B1C1B1D"},
    {GsmLanguage::Gujarati, true, "ઁંઃઅઍપૐૠૡૢૣ૱", "00010203 0C 3D 60 7B7C7D7E7F"},
    {GsmLanguage::Gujarati, false, "।॥૦૯", "1B191B1A1B1C1B25"},
    {GsmLanguage::Hindi, true, "नमस्ते भारत", "2F 42 4C 5F 27 59 20 41 50 44 27"},
    {GsmLanguage::Hindi, false, "।॥०९॑", "1B191B1A1B1C1B251B26"},
    {GsmLanguage::Kannada, true, "ಂಃಅಌಎಏಐಒಡೕೖೠೡೢೣ", "0102030B0E0F1012 24 60 7B7C7D7E7F"},
    {GsmLanguage::Kannada, false, "।॥೦೯", "1B191B1A1B1C1B25"},
    {GsmLanguage::Malayalam, true, "ംഃഅഌഎഒപഹഽാൌ്ൗൠ", "0102030B0E12 3D 4D 4F50 5E5F 60 7B"},
    {GsmLanguage::Malayalam, false, "।॥൦൯", "1B191B1A1B1C1B25"},
    {GsmLanguage::Oriya, true, "ଁଂଃଅଏଐଓପହ଼ଽା୍ୖୗ", "000102030F1013 3D 4D4E4F50 5F 60 7B"},
    {GsmLanguage::Oriya, false, "।॥୦୯\u0B5C", "1B191B1A1B1C1B251B26"},
    {GsmLanguage::Punjabi, true, "ਁਂਃਅਊਏਐਓਪਹ਼ਾੂੑੰੱੲੳੴ", "00010203080F1013 3D 4D4E50 54 60 7B7C7D7E7F"},
    {GsmLanguage::Punjabi, false, "।॥੦੯", "1B191B1A1B1C1B25"},
    {GsmLanguage::Tamil, true, "ஂஃஅஎஒகஙசஜஞடணதநனபமஹாௐௗ௰௱௲௹",
     "0102030E1215191A1D1F2226272F3C3D424D5060 7B7C7D7E7F"},
    {GsmLanguage::Tamil, false, "।॥௦௯", "1B191B1A1B1C1B25"},
    {GsmLanguage::Telugu, true, "ఁంఃఅఌఎఒపహఽాౌ్ౕౖౠౡౢౣ", "000102030B0E123D4D4F505E5F60 7B7C7D7E7F"},
    {GsmLanguage::Telugu, false, "౦౧౨౯", "1B1C1B1D1B1E1B25"},
    {GsmLanguage::Urdu, true, "اآبٻڀپڦتۂٿٹٽٺټث", "00010203040506070809 0B0C0E0F10"},
    {GsmLanguage::Urdu, false, "۰۹،۔", "1B1C1B251B261B3F"},
};

TEST(Gsm7, NationalTables) {
  for (const auto& sample : kSamples) {
    const GsmShift shift{sample.locking ? sample.language : GsmLanguage::Default,
                         sample.locking ? GsmLanguage::Default : sample.language};
    EXPECT_EQ(text_of(hex(sample.septets), shift), sample.text)
        << to_string(sample.language) << sample.locking;
    if (!sample.locking) continue;  // the default table has some of these too
    EXPECT_EQ(to_hex(septets_of(sample.text, shift)), to_hex(hex(sample.septets)));
  }
}

TEST(Gsm7, UnknownEscapesShowTheLockingTable) {
  EXPECT_EQ(text_of("\x1B"
                    "A"),
            "A");
  EXPECT_EQ(text_of("\x1B\x1B"), " ");
  EXPECT_EQ(text_of("a\x1B"), "a ");
}

TEST(Gsm7, WhatIsMissingIsCounted) {
  std::string out;
  EXPECT_EQ(encode_gsm7("aб\xF0\x9F\x98\x80z", {}, out), 2u);
  EXPECT_EQ(out, "a??z");
  EXPECT_EQ(decode_gsm7("\x80"
                        "a\xFF",
                        {}, out),
            2u);
}

// "hellohello" is the example that every PDU guide gives.
TEST(Gsm7, Packing) {
  std::string packed;
  pack_gsm7("hellohello", 0, packed);
  EXPECT_EQ(to_hex(packed), "e8329bfd4697d9ec37");
  std::string septets;
  unpack_gsm7(packed, 10, 0, septets);
  EXPECT_EQ(septets, "hellohello");
}

TEST(Gsm7, PackingWithFillBits) {
  EXPECT_EQ(fill_bits_after(6), 1u);
  EXPECT_EQ(fill_bits_after(7), 0u);
  EXPECT_EQ(fill_bits_after(0), 0u);
  EXPECT_EQ(fill_bits_after(12), 2u);
  for (unsigned fill = 0; fill < 7; ++fill) {
    for (std::size_t count = 0; count < 20; ++count) {
      const std::string septets(count, 'x');
      std::string packed, again;
      pack_user_data(septets, fill, packed);
      unpack_user_data(packed, fill, again);
      EXPECT_EQ(again, septets) << fill << " " << count;
    }
  }
}

TEST(Gsm7, SevenSpareBitsAreNoAtSign) {
  std::string packed, again;
  pack_user_data("1234567", 0, packed);
  EXPECT_EQ(packed.size(), 7u);
  EXPECT_EQ(static_cast<unsigned char>(packed.back()) >> 1, '\r');
  unpack_user_data(packed, 0, again);
  EXPECT_EQ(again, "1234567");
}

TEST(Unicode, Utf8IsReadStrictlyAndGoesOn) {
  for (const std::string_view broken :
       {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80", "\xFF"}) {
    const auto decoded = decode_text(broken, Alphabet::Utf8);
    EXPECT_GE(decoded.broken, 1u) << to_hex(broken);
    EXPECT_TRUE(is_utf8(decoded.text));
    EXPECT_FALSE(is_utf8(broken));
  }
  EXPECT_EQ(decode_text("a\xE2\x82z", Alphabet::Utf8).text, "a\xEF\xBF\xBDz");
  EXPECT_TRUE(is_utf8("Grüße, 世界, 😀"));
}

TEST(Unicode, Utf16WithSurrogates) {
  std::string units;
  put_utf16(units, 0x1F600);
  EXPECT_EQ(to_hex(units), "d83dde00");
  EXPECT_EQ(decode_text(units, Alphabet::Ucs2).text, "😀");
  for (const auto* broken : {"D83D", "DE00D83D", "D83D0041", "00"}) {
    EXPECT_GE(decode_text(hex(broken), Alphabet::Ucs2).broken, 1u) << broken;
  }
  EXPECT_EQ(decode_text(hex("D83D0041"), Alphabet::Ucs2).text,
            "\xEF\xBF\xBD"
            "A");
}

TEST(Alphabet, EightBitTables) {
  EXPECT_EQ(decode_text(hex("41 E9 FF A0"), Alphabet::Latin1).text, "Aéÿ\u00A0");
  EXPECT_EQ(decode_text(hex("41 BF E0 F0 A1 FC FF"), Alphabet::Cyrillic).text, "AПр№Ёќџ");
  EXPECT_EQ(decode_text(hex("41 E0 FA AA BA"), Alphabet::Hebrew).text, "Aאת×÷");
  EXPECT_EQ(decode_text(hex("41 80"), Alphabet::Ascii).broken, 1u);
  for (const auto alphabet : {Alphabet::Ascii, Alphabet::Latin1, Alphabet::Cyrillic, Alphabet::Hebrew}) {
    for (int octet = 0; octet < 256; ++octet) {
      const std::string one(1, static_cast<char>(octet));
      const auto decoded = decode_text(one, alphabet);
      if (decoded.broken > 0) continue;
      std::string_view rest = decoded.text;
      std::string again;
      EXPECT_TRUE(put_character(again, take_utf8(rest).value, alphabet));
      EXPECT_EQ(again, one) << to_string(alphabet);
    }
  }
}

TEST(DataCoding, Interpretation) {
  const auto alphabet = [](int value, Alphabet by_default = Alphabet::Gsm7) {
    return interpret(static_cast<std::uint8_t>(value), by_default).alphabet;
  };
  EXPECT_EQ(alphabet(0), Alphabet::Gsm7);
  EXPECT_EQ(alphabet(0, Alphabet::Latin1), Alphabet::Latin1);
  EXPECT_EQ(alphabet(1), Alphabet::Ascii);
  EXPECT_EQ(alphabet(2), Alphabet::Binary);
  EXPECT_EQ(alphabet(3), Alphabet::Latin1);
  EXPECT_EQ(alphabet(4), Alphabet::Binary);
  EXPECT_EQ(alphabet(5), Alphabet::Binary);
  EXPECT_EQ(alphabet(6), Alphabet::Cyrillic);
  EXPECT_EQ(alphabet(7), Alphabet::Hebrew);
  EXPECT_EQ(alphabet(8), Alphabet::Ucs2);
  EXPECT_EQ(alphabet(0xC8, Alphabet::Latin1), Alphabet::Gsm7);
  EXPECT_EQ(alphabet(0xE8), Alphabet::Ucs2);
  EXPECT_EQ(interpret(0xF0, Alphabet::Latin1), (DataCoding{Alphabet::Gsm7, 0}));
  EXPECT_EQ(interpret(0xF1, Alphabet::Latin1), (DataCoding{Alphabet::Gsm7, 1}));
  EXPECT_EQ(interpret(0xF5, Alphabet::Gsm7), (DataCoding{Alphabet::Binary, 1}));
  EXPECT_EQ(interpret(0x10, Alphabet::Gsm7), (DataCoding{Alphabet::Gsm7, 0}));
  EXPECT_EQ(interpret(0x18, Alphabet::Gsm7), (DataCoding{Alphabet::Ucs2, 0}));
}

TEST(DataCoding, BothWays) {
  for (int value = 0; value < 256; ++value) {
    const auto coding = interpret(static_cast<std::uint8_t>(value), Alphabet::Gsm7);
    const auto sent = data_coding_for(coding, Alphabet::Gsm7);
    ASSERT_TRUE(sent) << value;
    EXPECT_EQ(interpret(*sent, Alphabet::Gsm7), coding) << value;
  }
  EXPECT_EQ(data_coding_for({Alphabet::Latin1, 0}, Alphabet::Gsm7), std::nullopt);
  EXPECT_EQ(data_coding_for({Alphabet::Utf8, {}}, Alphabet::Gsm7), std::nullopt);
  EXPECT_EQ(data_coding_for({Alphabet::Utf8, {}}, Alphabet::Utf8), 0);
}

TEST(Alphabet, Names) {
  for (int i = 0; i < 8; ++i) {
    const auto alphabet = static_cast<Alphabet>(i);
    EXPECT_EQ(parse_alphabet(to_string(alphabet)), alphabet);
  }
  EXPECT_EQ(parse_alphabet("LATIN1"), Alphabet::Latin1);
  EXPECT_EQ(parse_alphabet("ebcdic"), std::nullopt);
}

}  // namespace
}  // namespace warp::smpp
