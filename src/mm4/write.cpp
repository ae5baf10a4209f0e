#include <algorithm>

#include "warp/base/text.h"
#include "warp/mm4/message.h"

#include "gmime.h"
#include "names.h"
#include "smil.h"

namespace warp::mm4 {
namespace {

bool plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}
bool without_controls(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; });
}
bool is_unique(std::string_view text) {
  return !text.empty() && text.size() <= 60 && std::all_of(text.begin(), text.end(), [](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z');
  });
}

bool well_formed(const Message& m, const Stamp& stamp) {
  for (const auto* value : {&m.version, &m.transaction_id, &m.message_id, &m.from, &m.to, &m.sender,
                            &m.originator_system, &m.message_class, &m.status_text, &m.read_status})
    if (!plain(*value)) return false;
  if (!without_controls(m.subject) || m.transaction_id.empty() || m.from.empty() || m.to.empty())
    return false;
  for (const auto& part : m.parts)
    if (!plain(part.content_type) || part.content_type.find('/') == std::string::npos ||
        is_container(part.content_type) || !without_controls(part.name))
      return false;
  if (!is_request(m.type) && !m.request_status) return false;
  if (m.type == Type::DeliveryReportReq && !m.mm_status) return false;
  return is_unique(stamp.unique);
}

std::string date_text(WallTime time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  const Date date(g_date_time_new_from_unix_utc(seconds));
  if (!date) return {};
  const Text text(g_mime_utils_header_format_date(date.get()));
  return string_of(text.get());
}

std::string domain_of(const std::string& address) {
  const auto at = address.rfind('@');
  return at == std::string::npos ? std::string("localhost") : address.substr(at + 1);
}

class Head {
 public:
  explicit Head(std::string& out) : out_(out) {}
  void put(std::string_view name, std::string_view value) {
    out_.append(name).append(": ").append(value).append("\r\n");
  }
  void put_if(std::string_view name, std::string_view value) {
    if (!value.empty()) put(name, value);
  }
  void yes(std::string_view name, bool value) { put(name, value ? "Yes" : "No"); }

 private:
  std::string& out_;
};

// Encoded words, folded where a line would be longer than others take.
std::string encoded(const std::string& text) {
  const Text value(g_mime_utils_header_encode_text(nullptr, text.c_str(), "UTF-8"));
  std::string out;
  std::size_t line = 9;
  std::string_view rest = value.get();
  while (!rest.empty()) {
    const auto word = rest.substr(0, rest.find(' ', 1));
    if (line + word.size() > 76 && line > 1 && rest.front() == ' ') {
      out += "\r\n";
      line = 0;
    }
    out += word;
    line += word.size();
    rest.remove_prefix(word.size());
  }
  return out;
}

void write_head(const Message& m, const Stamp& stamp, std::string& out) {
  Head head(out);
  head.put("Date", date_text(m.date.value_or(stamp.date)));
  head.put("From", m.from);
  head.put_if("Sender", m.sender);
  head.put("To", m.to);
  if (!m.subject.empty()) head.put("Subject", encoded(m.subject));
  head.put("Message-ID", "<" + stamp.unique + "@" + domain_of(m.sender.empty() ? m.from : m.sender) + ">");
  head.put(kVersion, m.version);
  head.put(kType, to_string(m.type));
  const auto id = [&](const std::string& text) { return m.quoted ? "\"" + text + "\"" : text; };
  head.put(kTransaction, id(m.transaction_id));
  if (!m.message_id.empty()) head.put(kMessageId, id(m.message_id));
  if (m.request_status) head.put(kRequestStatus, to_string(*m.request_status));
  if (m.mm_status) head.put(kMmStatus, to_string(*m.mm_status));
  head.put_if(kReadStatus, m.read_status);
  head.put_if(kStatusText, m.status_text);
  if (is_request(m.type)) {
    head.yes(kAckRequest, m.ack_request);
    head.put_if(kOriginatorSystem, m.originator_system);
  }
  if (m.type != Type::ForwardReq) return;
  head.put_if(kClass, m.message_class);
  head.yes(kDeliveryReport, m.delivery_report);
  head.yes(kReadReply, m.read_reply);
  if (m.expiry) head.put(kExpiry, date_text(*m.expiry));
  if (m.forward_counter) head.put(kForwardCounter, std::to_string(*m.forward_counter));
}

Owned<GMimePart> make_part(const std::string& content_type, const std::string& id, const std::string& octets,
                           GMimeContentEncoding encoding) {
  const auto slash = content_type.find('/');
  Owned<GMimePart> part(g_mime_part_new_with_type(content_type.substr(0, slash).c_str(),
                                                  content_type.substr(slash + 1).c_str()));
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(octets.data(), octets.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), content.get());
  g_mime_part_set_content_encoding(part.get(), encoding);
  g_mime_object_set_content_id(GMIME_OBJECT(part.get()), id.c_str());
  return part;
}

Owned<GMimeMultipart> make_body(const Message& m, const Stamp& stamp) {
  Owned<GMimeMultipart> body(g_mime_multipart_new_with_subtype("related"));
  auto* object = GMIME_OBJECT(body.get());
  g_mime_multipart_set_boundary(body.get(), ("=_" + stamp.unique).c_str());
  std::vector<SmilItem> items;
  for (std::size_t i = 0; i < m.parts.size(); ++i)
    items.push_back({m.parts[i].content_type, "part" + std::to_string(i + 1)});
  const auto smil = make_smil(items, m.text.empty() ? "" : "text");
  const auto presentation =
      make_part("application/smil", "smil", smil, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(presentation.get()), "charset", "utf-8");
  g_mime_multipart_add(body.get(), GMIME_OBJECT(presentation.get()));
  if (!m.text.empty()) {
    const auto text = make_part("text/plain", "text", m.text, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(text.get()), "charset", "utf-8");
    g_mime_multipart_add(body.get(), GMIME_OBJECT(text.get()));
  }
  for (std::size_t i = 0; i < m.parts.size(); ++i) {
    const auto part = make_part(m.parts[i].content_type, items[i].content_id, m.parts[i].octets,
                                GMIME_CONTENT_ENCODING_BASE64);
    // An attached text must not be read as the message's own.
    const bool attached = m.parts[i].content_type == "text/plain";
    if (attached) g_mime_object_set_disposition(GMIME_OBJECT(part.get()), "attachment");
    if (!m.parts[i].name.empty()) {
      if (!attached) g_mime_object_set_disposition(GMIME_OBJECT(part.get()), "inline");
      g_mime_part_set_filename(part.get(), m.parts[i].name.c_str());
    }
    g_mime_multipart_add(body.get(), GMIME_OBJECT(part.get()));
  }
  g_mime_object_set_content_type_parameter(object, "type", "application/smil");
  g_mime_object_set_content_type_parameter(object, "start", "<smil>");
  return body;
}

std::string octets_of(GMimeObject* object) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new());
  auto* options = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
  g_mime_object_write_to_stream(object, options, stream.get());
  g_mime_format_options_free(options);
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

}  // namespace

Result<std::string, WriteError> write(const Message& message, const Stamp& stamp) {
  if (!well_formed(message, stamp)) return WriteError::BadValue;
  ready();
  std::string out;
  write_head(message, stamp, out);
  out += "MIME-Version: 1.0\r\n";
  if (message.type != Type::ForwardReq)
    return out + "Content-Type: text/plain; charset=us-ascii\r\n\r\n" + message.status_text + "\r\n";
  const auto body = make_body(message, stamp);
  return out + octets_of(GMIME_OBJECT(body.get()));
}

}  // namespace warp::mm4
