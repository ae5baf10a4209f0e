// The agreed formats in the words of room audio.
#pragma once

#include "warp/audio/codec.h"
#include "warp/domain/media_terms.h"

namespace warp::media {

audio::Parameters parameters_of(const domain::MediaFormat& format);
// Milliseconds of audio in a packet that is sent in this format: what the peer wants, as far as the codec
// goes.
unsigned packet_ms(const domain::MediaFormat& format);

}  // namespace warp::media
