// The journal's own encoding of a CallRecord: compact, versioned, sans-I/O. What a version wrote, later
// versions read; docs/journal-format.md has the layout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/result.h"
#include "warp/domain/call_record.h"

namespace warp::records {

enum class CodecError : std::uint8_t {
  Truncated,       // ends inside of a value
  Trailing,        // goes on behind the last value
  UnknownVersion,  // written by a later release
  BadValue,        // a number or word out of its range
};
std::string_view to_string(CodecError error);

// Appends to `out`. Strings are cut at 64 KiB, attempts at 255: beyond what a call can produce.
void encode(const domain::CallRecord& record, std::string& out);
Result<domain::CallRecord, CodecError> decode(std::string_view bytes);

// The id alone, without decoding; nil when there is none.
RecordId peek_id(std::string_view bytes);

}  // namespace warp::records
