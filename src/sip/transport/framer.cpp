#include "warp/sip/transport/framer.h"

#include <algorithm>
#include <optional>

#include "warp/base/checked.h"
#include "warp/base/text.h"

namespace warp::sip {
namespace {

constexpr std::size_t kIdleCapacity = 4096;  // a larger buffer is given back when it is empty
constexpr std::uint32_t kLongestBody = 0x7fffffff;

// The value of a Content-Length line, or nullopt when `line` is another header.
std::optional<std::string_view> length_value(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto name = trim(line.substr(0, colon));
  if (!iequals(name, "content-length") && !iequals(name, "l")) return std::nullopt;
  return line.substr(colon + 1);
}

// The line at `at`, with the lines that continue it, and where the next one begins.
std::string_view next_line(std::string_view head, std::size_t& at) {
  const auto from = at;
  for (;;) {
    const auto end = head.find('\n', at);
    at = end == std::string_view::npos ? head.size() : end + 1;
    if (at >= head.size() || !is_blank(head[at])) return head.substr(from, at - from);
  }
}

}  // namespace

std::string_view to_string(FrameFault fault) {
  switch (fault) {
    case FrameFault::HeadTooLarge:
      return "head_too_large";
    case FrameFault::MessageTooLarge:
      return "message_too_large";
    case FrameFault::NoContentLength:
      return "no_content_length";
    case FrameFault::BadContentLength:
      return "bad_content_length";
  }
  return "";
}

ContentLength find_content_length(std::string_view head) {
  ContentLength found;
  std::size_t at = 0;
  next_line(head, at);  // the start line
  while (at < head.size()) {
    const auto value = length_value(next_line(head, at));
    if (!value) continue;
    const auto octets = parse_number<std::uint32_t>(trim(*value), 0, kLongestBody);
    const bool twice = found.state == ContentLength::State::Found;
    if (!octets || (twice && *octets != found.octets)) return {ContentLength::State::Bad, 0};
    found = {ContentLength::State::Found, *octets};
  }
  return found;
}

void StreamFramer::push(std::string_view octets) {
  if (bad_) return;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = scanned_ = 0;
  } else if (begin_ > 0) {
    buffer_.erase(0, begin_);
    scanned_ -= std::min(scanned_, begin_);
    begin_ = 0;
  }
  buffer_ += octets;
}

StreamFramer::Event StreamFramer::fail(FrameFault fault) {
  bad_ = true;
  return {Kind::Bad, std::string_view(buffer_).substr(begin_), fault};
}

// Line ends in front of a message. Two CRLFs are a ping though they come in two pieces.
StreamFramer::Event StreamFramer::keep_alive() {
  while (begin_ < buffer_.size()) {
    const auto rest = std::string_view(buffer_).substr(begin_);
    if (rest[0] == '\n' || rest[0] == '\0') {
      ++begin_;
      continue;
    }
    if (rest[0] != '\r') break;
    if (rest.size() == 1) return {};
    if (rest[1] != '\n') {
      ++begin_;
      continue;
    }
    if (half_ping_) {
      begin_ += 2;
      half_ping_ = false;
      return {Kind::Ping};
    }
    if (rest.substr(2, 2) == "\r\n") {
      begin_ += 4;
      return {Kind::Ping};
    }
    begin_ += 2;
    half_ping_ = true;
    return {Kind::Pong};
  }
  return {};
}

// An empty line ends the head; bare line feeds are taken as the parser takes them.
bool StreamFramer::find_head_end() {
  const std::string_view text(buffer_);
  for (auto at = text.find('\n', std::max(scanned_, begin_)); at != std::string_view::npos;
       at = text.find('\n', at + 1)) {
    const auto after = text.substr(at + 1, 2);
    if (after.starts_with('\n') || after == "\r\n") {
      head_ = at + 1 + (after[0] == '\n' ? 1 : 2) - begin_;
      return true;
    }
    scanned_ = at;
    if (after.empty() || after == "\r") return false;
  }
  scanned_ = std::max({scanned_, begin_, text.size() - std::min<std::size_t>(text.size(), 2)});
  return false;
}

StreamFramer::Event StreamFramer::next() {
  if (bad_) return {};
  if (head_ == 0) {
    if (const auto event = keep_alive(); event.kind != Kind::More) return event;
    if (begin_ == buffer_.size() && buffer_.capacity() > kIdleCapacity) {
      std::string().swap(buffer_);
      begin_ = scanned_ = 0;
    }
    if (begin_ == buffer_.size() || buffer_[begin_] == '\r') return {};
    half_ping_ = false;
    const bool ended = find_head_end();
    if ((ended ? head_ : buffer_.size() - begin_) > limits_.head_octets)
      return fail(FrameFault::HeadTooLarge);
    if (!ended) return {};
    const auto length = find_content_length(std::string_view(buffer_).substr(begin_, head_));
    if (length.state == ContentLength::State::Missing) return fail(FrameFault::NoContentLength);
    if (length.state == ContentLength::State::Bad) return fail(FrameFault::BadContentLength);
    if (length.octets > limits_.message_octets || head_ + length.octets > limits_.message_octets)
      return fail(FrameFault::MessageTooLarge);
    body_ = length.octets;
  }
  if (buffer_.size() - begin_ < head_ + body_) return {};
  const Event event{Kind::Message, std::string_view(buffer_).substr(begin_, head_ + body_)};
  begin_ += head_ + body_;
  scanned_ = begin_;
  head_ = body_ = 0;
  return event;
}

}  // namespace warp::sip
