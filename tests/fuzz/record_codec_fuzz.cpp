// What decodes, encodes to the same bytes; what an older version wrote, to bytes that mean the same.
#include <string>

#include "warp/records/record_codec.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = warp::fuzz::text_of(data, size);
  const auto record = warp::records::decode(bytes);
  if (!record) return 0;
  FUZZ_CHECK(warp::records::peek_id(bytes) == record->id);
  std::string again;
  warp::records::encode(*record, again);
  if (bytes.front() == again.front()) {
    FUZZ_CHECK(again == bytes);
  } else {
    const auto newer = warp::records::decode(again);
    FUZZ_CHECK(newer);
    std::string third;
    warp::records::encode(*newer, third);
    FUZZ_CHECK(third == again);
  }
  return 0;
}
