#include <cstdio>
#include <filesystem>
#include <fstream>

#include "warp/recording/reader.h"

#include "app/commands.h"

namespace warp::app {
namespace {

int not_decrypted(const std::string& file, std::string_view why) {
  std::fprintf(stderr, "warpd recording decrypt: %s: %.*s\n", file.c_str(), static_cast<int>(why.size()),
               why.data());
  return 1;
}

}  // namespace

// What cannot be vouched for to its end is not left lying about as if it were whole.
int decrypt_recording(const std::string& file, const std::string& key_file, const std::string& out) {
  const auto key = recording::read_key(key_file);
  if (!key) return not_decrypted(key_file, "is no key: it has to hold 32 octets, or 64 hexadecimal digits");
  auto reader = recording::Reader::open(file, key);
  if (!reader) return not_decrypted(file, to_string(reader.error()));
  std::error_code error;
  if (std::filesystem::exists(out, error)) return not_decrypted(out, "is there already");
  std::ofstream target(out, std::ios::binary);
  for (;;) {
    const auto piece = (*reader)->next();
    if (!piece) {
      target.close();
      std::filesystem::remove(out, error);
      return not_decrypted(file, to_string(piece.error()));
    }
    if (piece->empty()) break;
    target.write(reinterpret_cast<const char*>(piece->data()), static_cast<std::streamsize>(piece->size()));
  }
  target.close();
  return target ? 0 : not_decrypted(out, "cannot be written");
}

}  // namespace warp::app
