#include <algorithm>
#include <ares.h>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

#include "warp/base/bytes.h"
#include "warp/base/text.h"
#include "warp/net/dns_answer.h"

namespace warp::net::dns {
namespace {

constexpr std::uint16_t kInternet = 1, kCname = 5, kSoa = 6;
constexpr std::uint16_t kResponseBit = 0x8000, kTruncatedBit = 0x0200, kRcodeMask = 0x000f;
constexpr std::uint16_t kNameError = 3;
constexpr std::size_t kMostAliases = 16;
constexpr std::uint32_t kLongestTtl = 0x7fffffff;  // RFC 2181 §8: above it is zero

struct Record {
  std::string owner;
  std::uint16_t type = 0, klass = 0;
  std::uint32_t ttl = 0;
  std::size_t begin = 0, length = 0;  // of the data within the message
};

class Message {
 public:
  explicit Message(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t at = 0;
  bool ok = true;

  ByteReader reader(std::size_t from, std::size_t length) const {
    return ByteReader(bytes_.subspan(from, length));
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }

  // The name at `from`, which must end before `end`; `from` moves behind it.
  std::optional<std::string> name(std::size_t& from, std::size_t end) const {
    if (from >= end || end > bytes_.size()) return std::nullopt;
    const auto* base = reinterpret_cast<const unsigned char*>(bytes_.data());
    char* text = nullptr;
    long used = 0;
    const int status = ares_expand_name(base + from, base, static_cast<int>(bytes_.size()), &text, &used);
    if (status != ARES_SUCCESS) return std::nullopt;
    const std::unique_ptr<char, void (*)(void*)> owned(text, ares_free_string);
    if (used <= 0 || static_cast<std::size_t>(used) > end - from) return std::nullopt;
    from += static_cast<std::size_t>(used);
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
    return name;
  }
  std::optional<std::string> name() {
    auto found = name(at, bytes_.size());
    ok = ok && found.has_value();
    return found;
  }

  std::optional<Record> record() {
    Record record;
    auto owner = name();
    if (!owner) return std::nullopt;
    record.owner = std::move(*owner);
    record.type = u16();
    record.klass = u16();
    record.ttl = u32();
    if (record.ttl > kLongestTtl) record.ttl = 0;
    record.length = u16();
    record.begin = at;
    if (!ok || record.length > bytes_.size() - at) {
      ok = false;
      return std::nullopt;
    }
    at += record.length;
    return record;
  }

 private:
  std::uint64_t number(std::size_t octets) {
    if (!ok || octets > bytes_.size() - at) {
      ok = false;
      return 0;
    }
    ByteReader from(bytes_.subspan(at, octets));
    at += octets;
    return octets == 2 ? from.u16() : from.u32();
  }

  std::span<const std::byte> bytes_;
};

domain::IpAddress address_of(std::span<const std::byte> data) {
  domain::IpAddress ip;
  std::memcpy(ip.bytes.data(), data.data(), data.size());
  ip.v6 = data.size() == 16;
  // An IPv4-mapped address is the IPv4 address.
  return ip.v6 ? domain::IpAddress::parse(ip.to_string()).value_or(ip) : ip;
}

std::optional<std::string> character_string(ByteReader& reader) {
  const auto length = reader.u8();
  const auto bytes = reader.bytes(length);
  if (!reader.ok()) return std::nullopt;
  std::string text;
  text.reserve(bytes.size());
  for (const auto byte : bytes)
    text += static_cast<char>(byte);
  return text;
}

// The root, or a name that can be asked for.
bool is_target(std::string_view name) {
  return name.empty() || is_name(name);
}

bool read_service(const Message& message, const Record& record, Answer& out) {
  auto reader = message.reader(record.begin, record.length);
  Service service;
  service.priority = reader.u16();
  service.weight = reader.u16();
  service.port = reader.u16();
  if (!reader.ok()) return false;
  std::size_t at = record.begin + 6;
  auto target = message.name(at, record.begin + record.length);
  if (!target) return false;
  service.target = std::move(*target);
  if (is_target(service.target)) out.services.push_back(std::move(service));
  return true;
}

bool read_pointer(const Message& message, const Record& record, Answer& out) {
  auto reader = message.reader(record.begin, record.length);
  Pointer pointer;
  pointer.order = reader.u16();
  pointer.preference = reader.u16();
  for (auto* text : {&pointer.flags, &pointer.services, &pointer.regexp}) {
    auto read = character_string(reader);
    if (!read) return false;
    *text = std::move(*read);
  }
  std::size_t at = record.begin + reader.position();
  auto replacement = message.name(at, record.begin + record.length);
  if (!replacement) return false;
  pointer.replacement = std::move(*replacement);
  if (is_target(pointer.replacement)) out.pointers.push_back(std::move(pointer));
  return true;
}

bool read_data(const Message& message, const Record& record, RecordType type, Answer& out) {
  switch (type) {
    case RecordType::A:
    case RecordType::Aaaa: {
      const std::size_t octets = type == RecordType::A ? 4 : 16;
      if (record.length != octets) return false;
      out.addresses.push_back(address_of(message.reader(record.begin, octets).rest()));
      return true;
    }
    case RecordType::Srv:
      return read_service(message, record, out);
    case RecordType::Naptr:
      return read_pointer(message, record, out);
  }
  return false;
}

// RFC 2308 §5: the least of the SOA's own time and its last field.
std::optional<std::uint32_t> negative_ttl(const Message& message, const Record& record) {
  std::size_t at = record.begin;
  const std::size_t end = record.begin + record.length;
  if (!message.name(at, end) || !message.name(at, end) || end - at != 20) return std::nullopt;
  auto reader = message.reader(at, 20);
  reader.skip(16);
  return std::min(record.ttl, reader.u32());
}

class Collector {
 public:
  Collector(Message& message, RecordType wanted, std::string question)
      : message_(message), wanted_(wanted), names_{std::move(question)} {}

  bool take_answers(std::uint16_t count) {
    for (std::uint16_t i = 0; i < count; ++i) {
      const auto record = message_.record();
      if (!record || !take(*record)) return false;
    }
    return true;
  }
  void take_authority(std::uint16_t count) {
    for (std::uint16_t i = 0; i < count; ++i) {
      const auto record = message_.record();
      if (!record) return;
      if (record->type != kSoa || record->klass != kInternet) continue;
      if (const auto ttl = negative_ttl(message_, *record)) shorten(*ttl);
      return;
    }
  }
  Answer finish(Outcome negative) {
    const bool found = !answer_.addresses.empty() || !answer_.services.empty() || !answer_.pointers.empty();
    answer_.outcome = found ? Outcome::Found : negative;
    answer_.ttl = std::chrono::seconds(ttl_.value_or(0));
    return std::move(answer_);
  }
  bool empty() const { return taken_ == 0; }

 private:
  bool take(const Record& record) {
    if (record.klass != kInternet || std::find(names_.begin(), names_.end(), record.owner) == names_.end())
      return true;
    if (record.type == kCname) {
      std::size_t at = record.begin;
      auto alias = message_.name(at, record.begin + record.length);
      if (!alias || names_.size() > kMostAliases) return false;
      names_.push_back(std::move(*alias));
      shorten(record.ttl);
    } else if (record.type == static_cast<std::uint16_t>(wanted_) && taken_ < kMostRecords) {
      if (!read_data(message_, record, wanted_, answer_)) return false;
      ++taken_;
      shorten(record.ttl);
    }
    return true;
  }
  void shorten(std::uint32_t ttl) { ttl_ = std::min(ttl, ttl_.value_or(kLongestTtl)); }

  Message& message_;
  const RecordType wanted_;
  std::vector<std::string> names_;  // asked for, and what it is an alias of
  std::size_t taken_ = 0;
  std::optional<std::uint32_t> ttl_;
  Answer answer_;
};

}  // namespace

std::string_view to_string(RecordType type) {
  switch (type) {
    case RecordType::A:
      return "a";
    case RecordType::Aaaa:
      return "aaaa";
    case RecordType::Srv:
      return "srv";
    case RecordType::Naptr:
      return "naptr";
  }
  return "";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Found:
      return "found";
    case Outcome::NoData:
      return "no_data";
    case Outcome::NoName:
      return "no_name";
    case Outcome::Failed:
      return "failed";
  }
  return "";
}

std::string_view to_string(AnswerFault fault) {
  switch (fault) {
    case AnswerFault::Malformed:
      return "malformed";
    case AnswerFault::NoResponse:
      return "no_response";
    case AnswerFault::Truncated:
      return "truncated";
  }
  return "";
}

Result<Answer, AnswerFault> parse_answer(std::span<const std::byte> bytes, RecordType wanted) {
  constexpr std::size_t kLongest = 65'535;
  if (bytes.size() > kLongest) return AnswerFault::Malformed;
  Message message(bytes);
  message.u16();  // c-ares has compared the id
  const auto flags = message.u16();
  const auto questions = message.u16(), answers = message.u16(), authority = message.u16();
  message.u16();
  if (!message.ok || questions != 1) return AnswerFault::Malformed;
  if ((flags & kResponseBit) == 0) return AnswerFault::NoResponse;
  if ((flags & kTruncatedBit) != 0) return AnswerFault::Truncated;
  auto question = message.name();
  message.u16();
  message.u16();
  if (!question || !message.ok) return AnswerFault::Malformed;
  const auto rcode = flags & kRcodeMask;
  if (rcode != 0 && rcode != kNameError) return Answer{};
  Collector collector(message, wanted, std::move(*question));
  if (!collector.take_answers(answers)) return AnswerFault::Malformed;
  if (collector.empty()) collector.take_authority(authority);
  return collector.finish(rcode == kNameError ? Outcome::NoName : Outcome::NoData);
}

bool is_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : text) {
    const char low = ascii_lower(c);
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    if (!is_digit(c) && !(low >= 'a' && low <= 'z') && c != '-' && c != '_') return false;
    if (++label > 63) return false;
  }
  return label > 0;
}

}  // namespace warp::net::dns
