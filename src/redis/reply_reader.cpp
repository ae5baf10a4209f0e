#include "reply_reader.h"

#include <new>
#include <string_view>
#include <utility>

#include <hiredis/read.h>

namespace warp::redis {
namespace {

constexpr std::size_t kMaxLine = 64 * 1024;  // of a status, an error or a number
constexpr std::size_t kMaxLength = 24;       // digits of a bulk's length, and its line end

Reply::Kind kind_of(int type) {
  if (type == REDIS_REPLY_STATUS) return Reply::Kind::Status;
  if (type == REDIS_REPLY_ERROR) return Reply::Kind::Error;
  return Reply::Kind::Bulk;
}

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader(std::size_t max_reply_octets) : max_reply_octets_(max_reply_octets) {
  static redisReplyObjectFunctions functions = {&ReplyReader::make_string, &ReplyReader::make_array,
                                                &ReplyReader::make_integer, &ReplyReader::make_nil,
                                                &ReplyReader::release};
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = this;
}

void ReplyReader::feed(std::span<const char> octets) {
  if (redisReaderFeed(reader_.get(), octets.data(), octets.size()) != REDIS_OK) failed_ = true;
}

Result<std::optional<Reply>, std::string> ReplyReader::next() {
  void* raw = nullptr;
  if (failed_ || redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
    if (over_) return std::string("a reply is larger than max_reply_octets");
    return std::string(reader_->errstr);
  }
  if (!raw) {
    if (auto error = overlong()) return std::move(*error);
    return std::optional<Reply>();
  }
  charged_ = 0;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(raw));
  return std::optional<Reply>(std::move(*reply));
}

// hiredis looks for the end of a line from its beginning whenever more octets have come.
std::optional<std::string> ReplyReader::overlong() const {
  const std::string_view rest(reader_->buf + reader_->pos, reader_->len - reader_->pos);
  if (charged_ + rest.size() > max_reply_octets_) return "a reply is larger than max_reply_octets";
  if (reader_->ridx < 0 || rest.empty()) return std::nullopt;
  const bool bulk = reader_->rstack[reader_->ridx].type == REDIS_REPLY_STRING;
  if (bulk && rest.size() > kMaxLength && rest.substr(0, kMaxLength).find("\r\n") == std::string_view::npos)
    return "Protocol error, a length has too many digits";
  if (!bulk && rest.size() > kMaxLine) return "Protocol error, a line is too long";
  return std::nullopt;
}

bool ReplyReader::charge(std::size_t octets) {
  if (octets > max_reply_octets_ - charged_) {
    over_ = true;
    return false;
  }
  charged_ += octets;
  return true;
}

// A reply of its own, or the element of the array that it belongs to. nullptr makes hiredis give up; no
// exception may pass through it.
template <class Fill>
void* ReplyReader::place(const redisReadTask* task, std::size_t octets, Fill fill) {
  auto* const self = static_cast<ReplyReader*>(task->privdata);
  try {
    if (!task->parent) {
      if (!self->charge(sizeof(Reply) + octets)) return nullptr;
      auto reply = std::make_unique<Reply>();
      fill(*reply);
      return reply.release();
    }
    if (!self->charge(octets)) return nullptr;
    auto& array = *static_cast<Reply*>(task->parent->obj);
    auto& element = array.elements_[static_cast<std::size_t>(task->idx)];
    fill(element);
    return &element;
  } catch (const std::bad_alloc&) {
    self->over_ = true;
    return nullptr;
  }
}

void* ReplyReader::make_string(const redisReadTask* task, char* text, std::size_t length) {
  return place(task, length,
               [&](Reply& reply) { reply = Reply(kind_of(task->type), std::string(text, length)); });
}

void* ReplyReader::make_array(const redisReadTask* task, int elements) {
  const auto count = static_cast<std::size_t>(elements);
  return place(task, count * sizeof(Reply), [&](Reply& reply) { reply = Reply(std::vector<Reply>(count)); });
}

void* ReplyReader::make_integer(const redisReadTask* task, long long value) {
  return place(task, 0, [&](Reply& reply) { reply = Reply(static_cast<std::int64_t>(value)); });
}

void* ReplyReader::make_nil(const redisReadTask* task) {
  return place(task, 0, [](Reply& reply) { reply = Reply(); });
}

void ReplyReader::release(void* reply) {
  delete static_cast<Reply*>(reply);
}

}  // namespace warp::redis
