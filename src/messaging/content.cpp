#include "content.h"

#include <array>
#include <charconv>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "warp/base/text.h"
#include "warp/messaging/webhook.h"

namespace warp::messaging {
namespace {

void put_text(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (octet < 0x20)
      out.append("\\u00").append(1, kHex[octet >> 4]).append(1, kHex[octet & 15]);
    else
      out += c;
  }
  out += '"';
}

class Writer {
 public:
  Writer& text(std::string_view key, std::string_view value) {
    name(key);
    put_text(out_, value);
    return *this;
  }
  Writer& optional(std::string_view key, std::string_view value) {
    return value.empty() ? *this : text(key, value);
  }
  Writer& number(std::string_view key, std::int64_t value) {
    name(key);
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out_.append(digits.data(), end);
    return *this;
  }
  Writer& list(std::string_view key) {
    name(key);
    out_ += '[';
    return *this;
  }
  Writer& item(Writer&& inner) {
    if (out_.back() != '[') out_ += ',';
    out_ += inner.done();
    return *this;
  }
  Writer& end_list() {
    out_ += ']';
    return *this;
  }
  std::string done() { return std::move(out_ += '}'); }

 private:
  void name(std::string_view key) {
    out_ += out_.size() == 1 ? "" : ",";
    out_.append(1, '"').append(key).append("\":");
  }
  std::string out_{"{"};
};

std::int64_t micros(WallTime at) {
  return at.time_since_epoch().count();
}

std::string decode_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int octets =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (octets < 0) return {};
  std::size_t length = static_cast<std::size_t>(octets);
  for (auto at = text.size(); at > 0 && text[at - 1] == '=' && length > 0; --at)
    --length;
  out.resize(length);
  return out;
}

std::string webhook_key(std::string_view secret) {
  constexpr std::string_view kPrefix = "whsec_";
  if (!secret.starts_with(kPrefix)) return std::string(secret);
  return decode_base64(secret.substr(kPrefix.size()));
}

}  // namespace

Content content_of(const domain::Message& message, domain::DeliveryKind kind) {
  Content content;
  content.kind = kind;
  content.message = message.id.to_string();
  content.from = message.from;
  content.to = message.to;
  content.text = message.text;
  content.binary_coding = message.binary_coding;
  content.udh = message.udh;
  content.segments = message.segments;
  content.state = domain::to_string(message.state);
  if (message.reason != domain::Reason::NormalClearing) content.reason = domain::to_string(message.reason);
  content.network_error = message.network_error;
  if (kind == domain::DeliveryKind::Receipt) content.reference = message.client_reference;
  content.accepted_at = message.accepted_at;
  if (message.kind != domain::MessageKind::Sms) content.carried = domain::to_string(message.kind);
  if (message.rich && kind == domain::DeliveryKind::Inbound) {
    content.subject = message.rich->subject;
    for (const auto& part : message.rich->media)
      content.media.push_back({part, {}});
  }
  content.at = message.final_at  ? *message.final_at
               : message.sent_at ? *message.sent_at
                                 : message.accepted_at;
  return content;
}

void add_links(Content& content, CustomerId customer, const MediaLinks& links, WallTime now) {
  for (auto& media : content.media)
    media.url = links.url(customer, media.part.id, now);
}

std::string to_json(const Content& content) {
  const bool inbound = content.kind == domain::DeliveryKind::Inbound;
  Writer out;
  out.text("type", inbound ? "message.received" : "message.status").text("id", content.message);
  out.text("from", content.from.digits)
      .number("from_ton", content.from.ton)
      .number("from_npi", content.from.npi);
  out.text("to", content.to.digits).number("to_ton", content.to.ton).number("to_npi", content.to.npi);
  if (content.binary_coding)
    out.number("data_coding", *content.binary_coding).text("octets", to_hex(content.text));
  else
    out.text("body", content.text);
  if (!content.udh.empty()) out.text("udh", to_hex(content.udh));
  out.number("segments", content.segments)
      .text("status", content.state)
      .optional("error_code", content.reason);
  out.optional("network_error", content.network_error).optional("client_reference", content.reference);
  out.optional("keyword", content.keyword);
  out.optional("kind", content.carried).optional("subject", content.subject);
  if (!content.media.empty()) {
    out.list("media");
    for (const auto& [part, url] : content.media) {
      Writer item;
      item.text("id", part.id.to_string()).text("content_type", part.content_type);
      item.optional("name", part.name).number("octets", part.octets).optional("url", url);
      out.item(std::move(item));
    }
    out.end_list();
  }
  out.number("created_at_us", micros(content.accepted_at)).number("at_us", micros(content.at));
  return out.done();
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned octet = 0;
    if (std::from_chars(hex.data() + i, hex.data() + i + 2, octet, 16).ec != std::errc{}) return {};
    out += static_cast<char>(octet);
  }
  return out;
}

std::optional<Content> content_from_json(std::string_view json) {
  const auto value = nlohmann::json::parse(json, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const auto text = [&](const char* key) {
    const auto at = value.find(key);
    return at != value.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  const auto number = [&](const char* key, std::int64_t otherwise) {
    const auto at = value.find(key);
    return at != value.end() && at->is_number_integer() ? at->get<std::int64_t>() : otherwise;
  };
  Content content;
  content.kind =
      text("type") == "message.received" ? domain::DeliveryKind::Inbound : domain::DeliveryKind::Receipt;
  content.message = text("id");
  content.from = {static_cast<std::uint8_t>(number("from_ton", 1)),
                  static_cast<std::uint8_t>(number("from_npi", 1)), text("from")};
  content.to = {static_cast<std::uint8_t>(number("to_ton", 1)),
                static_cast<std::uint8_t>(number("to_npi", 1)), text("to")};
  content.text = text("body");
  if (value.contains("data_coding")) {
    content.binary_coding = static_cast<std::uint8_t>(number("data_coding", 4));
    content.text = from_hex(text("octets"));
  }
  content.udh = from_hex(text("udh"));
  content.segments = static_cast<std::uint16_t>(number("segments", 1));
  content.state = text("status");
  content.reason = text("error_code");
  content.network_error = text("network_error");
  content.reference = text("client_reference");
  content.keyword = text("keyword");
  content.carried = text("kind");
  content.subject = text("subject");
  if (const auto list = value.find("media"); list != value.end() && list->is_array())
    for (const auto& item : *list)
      if (item.is_object())
        content.media.push_back(
            {{MediaId::parse(item.value("id", "")).value_or(MediaId{}), item.value("content_type", ""),
              item.value("name", ""), item.value("octets", std::uint32_t{0})},
             item.value("url", "")});
  content.accepted_at = WallTime(std::chrono::microseconds(number("created_at_us", 0)));
  content.at = WallTime(std::chrono::microseconds(number("at_us", 0)));
  return content;
}

std::string sign_webhook(std::string_view id, std::int64_t timestamp, std::string_view body,
                         std::string_view secret) {
  const std::string key = webhook_key(secret);
  std::string signed_text(id);
  signed_text.append(".").append(std::to_string(timestamp)).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), digest.data(),
       &length);
  std::array<unsigned char, 64> base64;
  const int written = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(length));
  return "v1," + std::string(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(written));
}

Webhook make_webhook(const domain::Delivery& delivery, std::string_view secret, WallTime now) {
  Webhook webhook{delivery.url, delivery.payload, {}};
  const auto timestamp = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // The same for every try of one delivery: the receiver drops repeats by it.
  const std::string id = "msg_" + std::to_string(delivery.id);
  webhook.headers = {{"content-type", "application/json"},
                     {"webhook-id", id},
                     {"webhook-timestamp", std::to_string(timestamp)}};
  if (!secret.empty())
    webhook.headers.emplace_back("webhook-signature", sign_webhook(id, timestamp, webhook.body, secret));
  return webhook;
}

}  // namespace warp::messaging
