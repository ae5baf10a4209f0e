#include <optional>

#include "warp/base/bytes.h"
#include "warp/smpp/pdu/pdu.h"

#include "fields.h"
#include "octets.h"

namespace warp::smpp {
namespace {

struct Fault {
  ParseCode code;
  std::size_t offset;
  Status status;
  std::string_view field;
};

// Walks a body, filling it in. After the first fault, and after the early end of a response, it reads no
// more.
class BodyReader {
 public:
  BodyReader(std::string_view frame, bool response)
      : frame_(frame), reader_(as_bytes(frame)), response_(response) {
    reader_.skip(kHeaderOctets);
    notes_.missing_body = response_ && reader_.remaining() == 0;
  }

  void u8(std::string_view name, std::uint8_t& value) {
    if (enough(1, name)) value = reader_.u8();
  }

  void text(const fields::Text& field, std::string_view& value) {
    if (!enough(1, field.name)) return;
    const auto at = reader_.position();
    const auto end = frame_.find('\0', at);
    const auto stop = end == frame_.npos ? frame_.size() : end;
    if (stop - at + 1 > field.forgiven) return fail(ParseCode::FieldTooLong, field.fault, field.name);
    if (stop - at + 1 > field.octets) ++notes_.overlong_fields;
    if (end == frame_.npos) notes_.missing_nul = true;
    value = frame_.substr(at, stop - at);
    reader_.skip(stop - at + (end == frame_.npos ? 0 : 1));
  }

  void time(const fields::Text& field, std::string_view& value) { text(field, value); }

  void address(const fields::Text& field, Address& address) {
    u8(field.name, address.ton);
    u8(field.name, address.npi);
    text(field, address.digits);
  }

  void message(std::string_view& value) {
    std::uint8_t length = 0;
    u8("sm_length", length);
    if (stopped_) return;
    if (reader_.remaining() < length) return fail(ParseCode::MessageLength, Status::InvMsgLen, "sm_length");
    value = take(length);
  }

  void destinations(std::vector<Destination>& list) {
    std::uint8_t count = 0;
    u8("number_of_dests", count);
    for (; count > 0 && !stopped_; --count) {
      std::uint8_t flag = 0;
      u8("dest_flag", flag);
      auto& destination = list.emplace_back();
      if (flag == 1) {
        address(fields::kDestination, destination.address);
      } else if (flag == 2) {
        text(fields::kListName, destination.list_name);
      } else if (!stopped_) {
        fail(ParseCode::DestinationFlag, Status::InvDestFlag, "dest_flag");
      }
    }
  }

  void unsuccessful(std::vector<Unsuccessful>& list) {
    std::uint8_t count = 0;
    u8("no_unsuccess", count);
    for (; count > 0 && !stopped_; --count) {
      auto& entry = list.emplace_back();
      address(fields::kDestination, entry.address);
      if (enough(4, "error_status_code")) entry.status = static_cast<Status>(reader_.u32());
      if (stopped_) list.pop_back();
    }
  }

  // What follows the mandatory fields. Up to three octets that are no TLV are forgiven; in a response, any.
  TlvList tlvs() {
    if (fault_) return {};
    const auto rest = frame_.substr(reader_.position());
    const auto list = TlvList::read(rest);
    const auto left = rest.size() - list.encoded().size();
    reader_.skip(list.encoded().size());
    if (left >= 4 && !response_) fail(ParseCode::TlvStream, Status::InvTlvStream, "tlv");
    notes_.trailing_octets = static_cast<std::uint32_t>(left);
    return list;
  }

  const std::optional<Fault>& fault() const { return fault_; }
  const Notes& notes() const { return notes_; }

 private:
  bool enough(std::size_t octets, std::string_view name) {
    if (stopped_) return false;
    if (reader_.remaining() >= octets) return true;
    if (!response_) {
      fail(ParseCode::BodyTruncated, Status::InvCmdLen, name);
      return false;
    }
    notes_.short_body = !notes_.missing_body;
    reader_.skip(reader_.remaining());
    stopped_ = true;
    return false;
  }
  std::string_view take(std::size_t octets) {
    const auto part = frame_.substr(reader_.position(), octets);
    reader_.skip(octets);
    return part;
  }
  void fail(ParseCode code, Status status, std::string_view name) {
    if (!fault_) fault_ = Fault{code, reader_.position(), status, name};
    stopped_ = true;
  }

  std::string_view frame_;
  ByteReader reader_;
  bool response_;
  bool stopped_ = false;
  std::optional<Fault> fault_;
  Notes notes_;
};

Severity severity_of(const Header& header) {
  if (is_response(header.command)) return Severity::Ignore;
  return response_of(header.command) == CommandId::GenericNack ? Severity::Nack : Severity::Answer;
}

}  // namespace

Result<Pdu, ParseError> parse(std::string_view frame) {
  const auto head = next_frame(frame, {frame.size()});
  ParseError error;
  error.header = head.header;
  if (head.state != FrameState::Whole || head.octets != frame.size()) return error;
  if (!is_known(head.header.command)) {
    error.code = ParseCode::UnknownCommand;
    error.offset = 4;
    error.severity = is_response(head.header.command) ? Severity::Ignore : Severity::Nack;
    error.status = Status::InvCmdId;
    return error;
  }
  Result<Pdu, ParseError> result(Pdu{head.header, body_for(head.header.command), {}, {}});
  BodyReader reader(frame, is_response(head.header.command));
  std::visit([&](auto& body) { fields::walk(reader, body); }, result->body);
  result->tlvs = reader.tlvs();
  result->notes = reader.notes();
  if (const auto& fault = reader.fault()) {
    error.code = fault->code;
    error.offset = fault->offset;
    error.severity = severity_of(head.header);
    error.status = fault->status;
    error.field = fault->field;
    return error;
  }
  return result;
}

std::string_view to_string(ParseCode code) {
  switch (code) {
    case ParseCode::CommandLength:
      return "command_length";
    case ParseCode::UnknownCommand:
      return "unknown_command";
    case ParseCode::BodyTruncated:
      return "body_truncated";
    case ParseCode::FieldTooLong:
      return "field_too_long";
    case ParseCode::MessageLength:
      return "message_length";
    case ParseCode::DestinationFlag:
      return "destination_flag";
    case ParseCode::TlvStream:
      return "tlv_stream";
  }
  return {};
}

}  // namespace warp::smpp
