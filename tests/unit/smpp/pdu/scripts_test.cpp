// A long text of every script goes out as submit_sm PDUs and comes back byte for byte, in every style of
// splitting, with the parts in reverse order.
#include <gtest/gtest.h>

#include "warp/smpp/pdu/reassembler.h"
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/writer.h"

#include "support/smpp_samples.h"

namespace warp::smpp {
namespace {

constexpr std::string_view kScripts[] = {
    "Plain text with [brackets] and 5 € of extension. ",
    "Türkçe: ışığın gölgesi, İĞŞ. ",
    "Español: ¿qué tal mañana, señor Núñez? Ángel e Íñigo. ",
    "Português: não é só ação, coração e pão. ",
    "Ελληνικά: Γειά σου Κόσμε. ",
    "Русский: съешь ещё этих мягких булок. ",
    "עברית: שלום עולם, מה שלומך. ",
    "العربية: مرحبا بالعالم. ",
    "اردو: ہیلو دنیا، کیا حال ہے۔ ",
    "हिन्दी: नमस्ते दुनिया, आप कैसे हैं? १२३ ",
    "বাংলা: হ্যালো বিশ্ব, কেমন আছো? ",
    "ગુજરાતી: નમસ્તે દુનિયા. ",
    "ಕನ್ನಡ: ನಮಸ್ಕಾರ ಜಗತ್ತು. ",
    "മലയാളം: നമസ്കാരം ലോകം. ",
    "ଓଡ଼ିଆ: ନମସ୍କାର ଦୁନିଆ. ",
    "ਪੰਜਾਬੀ: ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ. ",
    "தமிழ்: வணக்கம் உலகம். ",
    "తెలుగు: నమస్కారం ప్రపంచం. ",
    "日本語: こんにちは世界。 ",
    "한국어: 안녕하세요 세계. ",
    "ไทย: สวัสดีชาวโลก ",
    "Emoji: 😀👍🏽🇺🇸👩‍👩‍👧 end. ",
};

// One segment as an upstream would see it: written, parsed, and read as a part.
void deliver(const EncodedText& text, const Segment& segment, bool packed, Reassembler& reassembler,
             std::string& arrived) {
  std::string octets, tlv_octets;
  TlvWriter tlvs(tlv_octets);
  if (segment.sar) put_sar(*segment.sar, tlvs);
  if (segment.payload) tlvs.octets(Tag::MessagePayload, segment.user_data);
  auto pdu = test::sample(CommandId::SubmitSm);
  auto& message = std::get<ShortMessage>(pdu.body).message;
  message.esm_class = segment.udhi ? kEsmUdhi : 0;
  message.data_coding = text.data_coding;
  message.short_message = segment.payload ? std::string_view() : segment.user_data;
  pdu.tlvs = tlvs.list();
  ASSERT_TRUE(write(pdu, octets));

  const auto received = parse(octets);
  ASSERT_TRUE(received);
  const auto& got = std::get<ShortMessage>(received->body).message;
  const auto part = read_part(got.esm_class, got.short_message, received->tlvs);
  ASSERT_TRUE(part);
  const auto coding = interpret(got.data_coding, Alphabet::Gsm7);
  std::string units;
  if (packed && coding.alphabet == Alphabet::Gsm7) {
    unpack_user_data(part->text, part->fill_bits, units);
  } else {
    units = part->text;
  }
  if (part->concat) {
    const auto added = reassembler.add({1, "WARP", "14155550100"}, *part->concat, units, 0, Monotonic());
    if (!added.set) return;
    units = added.set->joined();
  }
  arrived = decode_text(units, coding.alphabet, part->udh.shift).text;
}

void expect_round_trip(std::string_view text, const EncodeSettings& encoding,
                       const SplitSettings& splitting) {
  const auto encoded = encode_text(text, encoding);
  const auto segments = split(encoded, splitting);
  ASSERT_TRUE(segments);
  Reassembler reassembler;
  std::string arrived;
  for (std::size_t i = segments->size(); i-- > 0;)
    deliver(encoded, (*segments)[i], splitting.packed, reassembler, arrived);
  EXPECT_EQ(arrived, text) << to_string(splitting.style) << (splitting.packed ? " packed" : "");
}

TEST(Scripts, ArriveByteForByteInEveryStyle) {
  for (const auto script : kScripts) {
    std::string text;
    while (text.size() < 900)
      text.append(script);
    for (const std::uint16_t languages : {0x0000, 0x3FFE}) {
      EncodeSettings encoding;
      encoding.languages = languages;
      for (const auto style : {SplitStyle::Udh8, SplitStyle::Udh16, SplitStyle::Sar, SplitStyle::Payload}) {
        for (const bool packed : {false, true}) {
          SplitSettings splitting;
          splitting.style = style;
          splitting.reference = 0xA5;
          splitting.packed = packed;
          expect_round_trip(text, encoding, splitting);
          expect_round_trip(script, encoding, splitting);
        }
      }
    }
  }
}

}  // namespace
}  // namespace warp::smpp
