// Audio lines in a word: "0 8 96:opus/48000/2 101:telephone-event/8000", and back.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/text.h"
#include "warp/sdp/session.h"

namespace warp::test {

// `fmtp`: "96 useinbandfec=1|101 0-15".
inline sdp::Media audio_line(std::string_view formats, std::string_view fmtp = "",
                             std::string_view proto = "RTP/AVP") {
  sdp::Media media;
  media.kind = "audio";
  media.port = 4000;
  media.proto = proto;
  for (const auto& word : split_words(formats)) {
    const auto colon = word.find(':');
    media.formats.push_back(word.substr(0, colon));
    if (colon != word.npos)
      media.attributes.push_back({"rtpmap", word.substr(0, colon) + ' ' + word.substr(colon + 1)});
  }
  while (!fmtp.empty()) {
    const auto bar = std::min(fmtp.find('|'), fmtp.size());
    media.attributes.push_back({"fmtp", std::string(fmtp.substr(0, bar))});
    fmtp.remove_prefix(std::min(bar + 1, fmtp.size()));
  }
  return media;
}

inline std::string shown(const sdp::Media& media) {
  if (media.port == 0) return "refused";
  std::string text;
  for (const auto type : media.payload_types()) {
    const auto map = media.rtpmap(type);
    if (!text.empty()) text += ' ';
    text += std::to_string(type) + ':' + (map ? std::string(map->encoding) : std::string("?"));
    if (map && map->clock_rate != 8000) text += '/' + std::to_string(map->clock_rate);
  }
  return text;
}

inline sdp::Session session_of(sdp::Media media) {
  sdp::Session session;
  session.connection = sdp::Connection{"192.0.2.10", false, {}, 1};
  session.media.push_back(std::move(media));
  return session;
}

}  // namespace warp::test
