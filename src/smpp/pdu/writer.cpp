#include "warp/smpp/pdu/writer.h"

#include <optional>

#include "warp/smpp/pdu/time.h"

#include "fields.h"
#include "octets.h"

namespace warp::smpp {
namespace {

constexpr std::size_t kLongestPassword = 64;

// Walks a body, appending it; after the first fault it appends nothing that is sent.
class BodyWriter {
 public:
  BodyWriter(std::string& out, const WriteOptions& options) : out_(out), options_(options) {}

  void u8(std::string_view, std::uint8_t value) { octets::put_u8(out_, value); }

  void text(const fields::Text& field, std::string_view value) {
    const auto longest = &field == &fields::kPassword ? std::min(options_.password_octets, kLongestPassword)
                                                      : field.octets - 1;
    if (value.size() > longest) return fail(WriteCode::TooLong, field.name, longest);
    if (value.find('\0') != value.npos) return fail(WriteCode::EmbeddedNul, field.name);
    out_.append(value).push_back('\0');
  }

  void time(const fields::Text& field, std::string_view value) {
    if (!value.empty() && !parse_time(value)) return fail(WriteCode::BadTime, field.name);
    text(field, value);
  }

  void address(const fields::Text& field, const Address& address) {
    octets::put_u8(out_, address.ton);
    octets::put_u8(out_, address.npi);
    text(field, address.digits);
  }

  void message(std::string_view value) {
    const auto longest = std::min<std::size_t>(options_.message_octets, 255);
    if (value.size() > longest) return fail(WriteCode::TooLong, "short_message", longest);
    has_message_ = !value.empty();
    octets::put_u8(out_, static_cast<std::uint8_t>(value.size()));
    out_.append(value);
  }

  void destinations(const std::vector<Destination>& list) {
    constexpr std::size_t kMost = 254;
    if (list.empty() || list.size() > kMost) return fail(WriteCode::BadCount, "number_of_dests", kMost);
    octets::put_u8(out_, static_cast<std::uint8_t>(list.size()));
    for (const auto& destination : list) {
      const bool is_list = !destination.list_name.empty();
      if (!is_list && destination.address.digits.empty())
        fail(WriteCode::EmptyDestination, "destination_addr");
      octets::put_u8(out_, is_list ? 2 : 1);
      if (is_list) {
        text(fields::kListName, destination.list_name);
      } else {
        address(fields::kDestination, destination.address);
      }
    }
  }

  void unsuccessful(const std::vector<Unsuccessful>& list) {
    if (list.size() > 255) return fail(WriteCode::BadCount, "no_unsuccess", 255);
    octets::put_u8(out_, static_cast<std::uint8_t>(list.size()));
    for (const auto& entry : list) {
      address(fields::kDestination, entry.address);
      octets::put_u32(out_, static_cast<std::uint32_t>(entry.status));
    }
  }

  void tlvs(const TlvList& list) {
    for (const auto tlv : list) {
      if (!conforms(tlv)) return fail(WriteCode::BadTlv, to_string(tlv.tag));
      if (tlv.tag == Tag::MessagePayload && has_message_)
        return fail(WriteCode::MessageTwice, "message_payload");
    }
    out_.append(list.encoded());
  }

  void fail(WriteCode code, std::string_view field, std::size_t limit = 0) {
    if (!fault_) fault_ = WriteError{code, field, limit};
  }
  const std::optional<WriteError>& fault() const { return fault_; }

 private:
  std::string& out_;
  const WriteOptions& options_;
  bool has_message_ = false;
  std::optional<WriteError> fault_;
};

std::optional<WriteError> check_header(const Pdu& pdu) {
  const auto& header = pdu.header;
  if (!is_known(header.command) || pdu.body.index() != body_for(header.command).index())
    return WriteError{WriteCode::WrongBody, "command_id"};
  if (is_response(header.command)) return std::nullopt;
  if (header.sequence == 0 || header.sequence > kLastSequence)
    return WriteError{WriteCode::Sequence, "sequence_number", kLastSequence};
  if (header.status != Status::Ok) return WriteError{WriteCode::StatusInRequest, "command_status"};
  return std::nullopt;
}

// An error response may say its status alone; 5.0 §3.2.1.3 wants the body left out.
bool body_is_left_out(const Pdu& pdu) {
  const auto& header = pdu.header;
  if (!is_response(header.command) || header.status == Status::Ok || !pdu.tlvs.empty()) return false;
  return pdu.body == body_for(header.command);
}

void put_length(std::string& out, std::size_t at, std::size_t length) {
  for (std::size_t i = 0; i < 4; ++i)
    out[at + i] = static_cast<char>(length >> (8 * (3 - i)));
}

}  // namespace

Result<std::size_t, WriteError> write(const Pdu& pdu, std::string& out, const WriteOptions& options) {
  if (const auto error = check_header(pdu)) return *error;
  const auto start = out.size();
  octets::put_u32(out, 0);
  octets::put_u32(out, static_cast<std::uint32_t>(pdu.header.command));
  octets::put_u32(out, static_cast<std::uint32_t>(pdu.header.status));
  octets::put_u32(out, pdu.header.sequence);
  BodyWriter writer(out, options);
  if (!body_is_left_out(pdu)) {
    std::visit([&](const auto& body) { fields::walk(writer, body); }, pdu.body);
    writer.tlvs(pdu.tlvs);
  }
  const auto octets = out.size() - start;
  if (octets > options.frame_octets)
    writer.fail(WriteCode::FrameTooLong, "command_length", options.frame_octets);
  if (writer.fault()) {
    out.resize(start);
    return *writer.fault();
  }
  put_length(out, start, octets);
  return octets;
}

std::string_view to_string(WriteCode code) {
  switch (code) {
    case WriteCode::WrongBody:
      return "wrong_body";
    case WriteCode::Sequence:
      return "sequence";
    case WriteCode::StatusInRequest:
      return "status_in_request";
    case WriteCode::TooLong:
      return "too_long";
    case WriteCode::EmbeddedNul:
      return "embedded_nul";
    case WriteCode::BadTime:
      return "bad_time";
    case WriteCode::MessageTwice:
      return "message_twice";
    case WriteCode::BadCount:
      return "bad_count";
    case WriteCode::EmptyDestination:
      return "empty_destination";
    case WriteCode::BadTlv:
      return "bad_tlv";
    case WriteCode::FrameTooLong:
      return "frame_too_long";
  }
  return {};
}

}  // namespace warp::smpp
