// write(): a Pdu to octets. Strict: what the standard does not allow is refused with the field's name, and
// `out` stays as it was. Appends, so that several PDUs can share one buffer; allocates only when `out` must
// grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "warp/base/result.h"
#include "warp/smpp/pdu/pdu.h"

namespace warp::smpp {

enum class WriteCode : std::uint8_t {
  WrongBody,        // the body is not the command's
  Sequence,         // 0 or above 0x7FFFFFFF in a request
  StatusInRequest,  // command_status other than 0 in a request
  TooLong,
  EmbeddedNul,
  BadTime,       // neither empty nor a time of time.h
  MessageTwice,  // short_message and message_payload together
  BadCount,      // destinations: none or too many; failures: more than 255
  EmptyDestination,
  BadTlv,  // a known TLV with a wrong length or NUL
  FrameTooLong,
};
std::string_view to_string(WriteCode code);

struct WriteError {
  WriteCode code = WriteCode::WrongBody;
  std::string_view field;  // static: "destination_addr", "sar_msg_ref_num"
  std::size_t limit = 0;   // the greatest allowed length or count, where there is one
};

struct WriteOptions {
  std::size_t password_octets = 8;  // without the NUL; some peers have longer ones (at most 64)
  std::size_t message_octets = 254;
  std::size_t frame_octets = 65536;
};

// The octets appended.
Result<std::size_t, WriteError> write(const Pdu& pdu, std::string& out, const WriteOptions& options = {});

}  // namespace warp::smpp
