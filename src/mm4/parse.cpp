#include <algorithm>
#include <charconv>

#include "warp/base/text.h"
#include "warp/mm4/message.h"

#include "gmime.h"
#include "names.h"

namespace warp::mm4 {
namespace {

struct Walk {
  const Limits& limits;
  Message& message;
  std::size_t parts = 0;
  std::optional<ParseCode> fault = {};
};

std::string clean(std::string_view value) {
  std::string out(trim(value));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return out;
}

// Quotes and brackets, as peers put them around ids.
std::string bare(std::string_view value) {
  auto text = trim(value);
  while (text.size() >= 2 &&
         ((text.front() == '"' && text.back() == '"') || (text.front() == '<' && text.back() == '>')))
    text = trim(text.substr(1, text.size() - 2));
  return clean(text);
}

class Headers {
 public:
  Headers(GMimeMessage* mail, const Limits& limits)
      : list_(g_mime_object_get_header_list(GMIME_OBJECT(mail))), limits_(limits) {}

  std::string get(const char* name) {
    auto* header = g_mime_header_list_get_header(list_, name);
    if (!header) return {};
    const auto value = clean(string_of(g_mime_header_get_value(header)));
    if (value.size() > limits_.header_octets) fault_ = ParseCode::HeaderTooLong;
    return value.substr(0, limits_.header_octets);
  }
  // One that decides what is done may not say two things.
  std::string single(const char* name) {
    const auto value = get(name);
    const int count = g_mime_header_list_get_count(list_);
    for (int i = 0; i < count; ++i) {
      auto* header = g_mime_header_list_get_header_at(list_, i);
      if (iequals(string_of(g_mime_header_get_name(header)), name) &&
          clean(string_of(g_mime_header_get_value(header))).substr(0, limits_.header_octets) != value)
        fault_ = ParseCode::HeaderTwice;
    }
    return value;
  }
  bool yes(const char* name) { return iequals(get(name), "Yes"); }
  int count() const { return g_mime_header_list_get_count(list_); }
  std::optional<ParseCode> fault() const { return fault_; }

 private:
  GMimeHeaderList* list_;
  const Limits& limits_;
  std::optional<ParseCode> fault_;
};

std::string first_mailbox(InternetAddressList* list) {
  if (!list || internet_address_list_length(list) == 0) return {};
  auto* address = internet_address_list_get_address(list, 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(address)) return {};
  return clean(string_of(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address))));
}

std::optional<WallTime> wall_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const Date date(g_mime_utils_header_decode_date(text.c_str()));
  if (!date) return std::nullopt;
  return WallTime(std::chrono::seconds(g_date_time_to_unix(date.get())));
}

std::string valid_utf8(const char* text) {
  if (!text) return {};
  const Text valid(g_utf8_make_valid(text, -1));
  return valid.get();
}

std::string file_name(const char* given) {
  auto name = clean(valid_utf8(given));
  if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
  if (name == "." || name == "..") name.clear();
  return name.size() > 255 ? std::string() : name;
}

std::string type_of(GMimeObject* part) {
  auto* type = g_mime_object_get_content_type(part);
  const Text whole(type ? g_mime_content_type_get_mime_type(type) : nullptr);
  auto text = string_of(whole.get());
  std::transform(text.begin(), text.end(), text.begin(), ascii_lower);
  const bool well = text.size() <= 127 && std::count(text.begin(), text.end(), '/') == 1 &&
                    std::all_of(text.begin(), text.end(), [](char c) {
                      return is_digit(c) || (c >= 'a' && c <= 'z') ||
                             std::string_view("/.+-_!#$&^").find(c) != std::string_view::npos;
                    });
  return well && !is_container(text) ? text : "application/octet-stream";
}

std::string octets_of(GMimePart* part) {
  auto* content = g_mime_part_get_content(part);
  if (!content) return {};
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, stream.get());
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

void take_part(GMimeObject* object, Walk& walk) {
  if (!GMIME_IS_PART(object)) return;
  auto* part = GMIME_PART(object);
  const auto type = type_of(object);
  if (type == "application/smil") return;
  if (type == "text/plain" && GMIME_IS_TEXT_PART(object) &&
      !string_of(g_mime_object_get_disposition(object)).starts_with("attachment")) {
    const Text text(g_mime_text_part_get_text(GMIME_TEXT_PART(object)));
    auto lines = valid_utf8(text.get());
    while (!lines.empty() && (lines.back() == '\n' || lines.back() == '\r'))
      lines.pop_back();
    if (!walk.message.text.empty() && !lines.empty()) walk.message.text += '\n';
    walk.message.text += lines;
    return;
  }
  auto name = file_name(g_mime_part_get_filename(part));
  if (name.empty()) name = file_name(g_mime_part_get_content_location(part));
  walk.message.parts.push_back({type, std::move(name), octets_of(part)});
}

void take_object(GMimeObject* object, std::size_t depth, Walk& walk) {
  if (walk.fault) return;
  if (depth > walk.limits.depth) {
    walk.fault = ParseCode::TooDeep;
    return;
  }
  if (++walk.parts > walk.limits.parts) {
    walk.fault = ParseCode::TooManyParts;
    return;
  }
  if (!GMIME_IS_MULTIPART(object)) return take_part(object, walk);
  auto* multipart = GMIME_MULTIPART(object);
  const int count = g_mime_multipart_get_count(multipart);
  for (int i = 0; i < count && !walk.fault; ++i)
    take_object(g_mime_multipart_get_part(multipart, i), depth + 1, walk);
}

void read_head(Headers& headers, GMimeMessage* mail, Message& out) {
  const auto transaction = headers.single(kTransaction);
  out.transaction_id = bare(transaction);
  out.quoted = transaction.starts_with('"');
  out.message_id = bare(headers.single(kMessageId));
  out.originator_system = bare(headers.single(kOriginatorSystem));
  if (const auto version = headers.get(kVersion); !version.empty()) out.version = version;
  out.from = first_mailbox(g_mime_message_get_from(mail));
  out.to = first_mailbox(g_mime_message_get_to(mail));
  out.sender = first_mailbox(g_mime_message_get_sender(mail));
  out.ack_request = headers.yes(kAckRequest);
  out.delivery_report = headers.yes(kDeliveryReport);
  out.read_reply = headers.yes(kReadReply);
  out.message_class = headers.get(kClass);
  out.expiry = wall_of(headers.get(kExpiry));
  out.date = wall_of(headers.get("Date"));
  out.status_text = headers.get(kStatusText);
  out.read_status = headers.get(kReadStatus);
  const auto counter = headers.get(kForwardCounter);
  unsigned value = 0;
  const auto [end, error] = std::from_chars(counter.data(), counter.data() + counter.size(), value);
  if (error == std::errc() && end == counter.data() + counter.size()) out.forward_counter = value;
  const auto* subject = g_mime_message_get_subject(mail);
  out.subject = clean(valid_utf8(subject)).substr(0, 4096);
}

std::optional<ParseCode> read_statuses(Headers& headers, Message& out) {
  const auto request = headers.single(kRequestStatus);
  const auto mm = headers.single(kMmStatus);
  out.request_status = parse_request_status(request);
  out.mm_status = parse_mm_status(mm);
  if (!is_request(out.type)) {
    if (request.empty()) return ParseCode::StatusMissing;
    if (!out.request_status) return ParseCode::StatusUnknown;
  }
  if (out.type == Type::DeliveryReportReq) {
    if (mm.empty()) return ParseCode::StatusMissing;
    if (!out.mm_status) return ParseCode::StatusUnknown;
  }
  return std::nullopt;
}

}  // namespace

Result<Message, ParseFault> parse(std::string_view mail, const Limits& limits) {
  if (mail.size() > limits.octets) return ParseFault{ParseCode::TooBig, {}};
  ready();
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(mail.data(), mail.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  g_mime_parser_set_persist_stream(parser.get(), FALSE);
  const Owned<GMimeMessage> read(g_mime_parser_construct_message(parser.get(), nullptr));
  if (!read) return ParseFault{ParseCode::NoMail, {}};
  Headers headers(read.get(), limits);
  Message out;
  const auto type = headers.single(kType);
  read_head(headers, read.get(), out);
  const auto fault = [&](ParseCode code) { return ParseFault{code, out}; };
  if (type.empty()) return fault(headers.count() == 0 ? ParseCode::NoMail : ParseCode::TypeMissing);
  const auto known = parse_type(type);
  if (!known) return fault(ParseCode::TypeUnknown);
  out.type = *known;
  if (out.transaction_id.empty()) return fault(ParseCode::TransactionMissing);
  const auto status = read_statuses(headers, out);
  if (headers.fault()) return fault(*headers.fault());
  if (status) return fault(*status);
  if (out.type != Type::ForwardReq) return out;
  if (out.from.empty()) return fault(ParseCode::AddressMissing);
  Walk walk{limits, out};
  if (auto* body = g_mime_message_get_mime_part(read.get())) take_object(body, 1, walk);
  if (walk.fault) {
    out.text.clear();
    out.parts.clear();
    return fault(*walk.fault);
  }
  return out;
}

}  // namespace warp::mm4
