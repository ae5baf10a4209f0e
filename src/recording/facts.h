// What is known of a recording, in a file beside it: lines of `name value`.
#pragma once

#include <filesystem>
#include <optional>

#include "warp/recording/recorder.h"

namespace warp::recording {

struct Facts {
  Finished what;
  bool ended = false;  // cause, file and what follows count
};

// <yyyy>/<mm>/<dd>/<id>, in UTC: files of the recording begin so.
std::filesystem::path stem_of(const Uuid& id, WallTime at);
std::filesystem::path stem_of(const Finished& what);  // where its file lies, whatever the day was
std::string_view ending_of(Form form);                // .wav, .pcap

std::string to_text(const Facts& facts);
std::optional<Facts> parse_facts(std::string_view text);

// `file` as it was or as it is to be, never half. False: the disk failed.
bool write_facts(const std::filesystem::path& file, const Facts& facts);
std::optional<Facts> read_facts(const std::filesystem::path& file);

}  // namespace warp::recording
