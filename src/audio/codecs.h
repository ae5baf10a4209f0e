// What make_encoder() and make_decoder() choose from: one source a codec. Null: the library is out of memory.
#pragma once

#include <memory>

#include "warp/audio/codec.h"

namespace warp::audio {

// PCMU, PCMA and L16.
std::unique_ptr<Encoder> make_pcm_encoder(const Parameters& parameters);
std::unique_ptr<Decoder> make_pcm_decoder(const Parameters& parameters);
std::unique_ptr<Encoder> make_g722_encoder();
std::unique_ptr<Decoder> make_g722_decoder();
std::unique_ptr<Encoder> make_g729_encoder();
std::unique_ptr<Decoder> make_g729_decoder();
std::unique_ptr<Encoder> make_opus_encoder(const Parameters& parameters);
std::unique_ptr<Decoder> make_opus_decoder();
std::unique_ptr<Encoder> make_amr_encoder(const Parameters& parameters);
std::unique_ptr<Decoder> make_amr_decoder(const Parameters& parameters);

// Closes a state of a C library.
template <auto Close>
struct Closer {
  template <class State>
  void operator()(State* state) const {
    Close(state);
  }
};

// std::byte as the octets that C libraries take.
inline const std::uint8_t* octets(std::span<const std::byte> data) {
  return reinterpret_cast<const std::uint8_t*>(data.data());
}
inline std::uint8_t* octets(std::span<std::byte> data) {
  return reinterpret_cast<std::uint8_t*>(data.data());
}

}  // namespace warp::audio
