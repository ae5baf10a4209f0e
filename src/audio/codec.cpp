#include "warp/audio/codec.h"

#include "warp/base/text.h"

#include "codecs.h"

namespace warp::audio {
namespace {

constexpr Codec kAllCodecs[] = {Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::G729,
                                Codec::Opus, Codec::Amr,  Codec::L16};

bool clock_rate_fits(const Parameters& parameters) {
  const auto rate = parameters.clock_rate;
  switch (parameters.codec) {
    case Codec::Opus:
      return rate == 48000;
    case Codec::L16:
      return rate == 8000 || rate == 16000 || rate == 32000 || rate == 48000;
    case Codec::Pcmu:
    case Codec::Pcma:
    case Codec::G722:
    case Codec::G729:
    case Codec::Amr:
      return rate == 8000;
  }
  return false;
}

}  // namespace

std::string_view to_string(Codec codec) {
  switch (codec) {
    case Codec::Pcmu:
      return "PCMU";
    case Codec::Pcma:
      return "PCMA";
    case Codec::G722:
      return "G722";
    case Codec::G729:
      return "G729";
    case Codec::Opus:
      return "opus";
    case Codec::Amr:
      return "AMR";
    case Codec::L16:
      return "L16";
  }
  return "unknown";
}

std::optional<Codec> parse_codec(std::string_view rtpmap_name) {
  for (const auto codec : kAllCodecs)
    if (iequals(to_string(codec), rtpmap_name)) return codec;
  return std::nullopt;
}

std::uint32_t sample_rate(const Parameters& parameters) {
  switch (parameters.codec) {
    case Codec::G722:
      return 16000;  // its clock rate of 8000 is an old mistake that stayed (RFC 3551 §4.5.2)
    case Codec::Opus:
      return 48000;
    case Codec::L16:
      return parameters.clock_rate;
    case Codec::Pcmu:
    case Codec::Pcma:
    case Codec::G729:
    case Codec::Amr:
      return 8000;
  }
  return 8000;
}

unsigned frame_ms(const Parameters& parameters) {
  switch (parameters.codec) {
    case Codec::G729:
      return 10;
    case Codec::Amr:
    case Codec::Opus:
      return 20;
    case Codec::Pcmu:
    case Codec::Pcma:
    case Codec::G722:
    case Codec::L16:
      return 1;
  }
  return 1;
}

std::unique_ptr<Encoder> make_encoder(const Parameters& parameters) {
  if (!clock_rate_fits(parameters)) return nullptr;
  switch (parameters.codec) {
    case Codec::Pcmu:
    case Codec::Pcma:
    case Codec::L16:
      return make_pcm_encoder(parameters);
    case Codec::G722:
      return make_g722_encoder();
    case Codec::G729:
      return make_g729_encoder();
    case Codec::Opus:
      return make_opus_encoder(parameters);
    case Codec::Amr:
      return make_amr_encoder(parameters);
  }
  return nullptr;
}

std::unique_ptr<Decoder> make_decoder(const Parameters& parameters) {
  if (!clock_rate_fits(parameters)) return nullptr;
  switch (parameters.codec) {
    case Codec::Pcmu:
    case Codec::Pcma:
    case Codec::L16:
      return make_pcm_decoder(parameters);
    case Codec::G722:
      return make_g722_decoder();
    case Codec::G729:
      return make_g729_decoder();
    case Codec::Opus:
      return make_opus_decoder();
    case Codec::Amr:
      return make_amr_decoder(parameters);
  }
  return nullptr;
}

}  // namespace warp::audio
