// ReplyReader: octets in, replies out, on hiredis' reader. No I/O. What the server says can neither make it
// take more than `max_reply_octets` of memory for one reply (but for the copy of its text that is being read)
// nor search a line without end again and again.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "warp/base/result.h"
#include "warp/redis/reply.h"

struct redisReader;
struct redisReadTask;

namespace warp::redis {

class ReplyReader {
 public:
  explicit ReplyReader(std::size_t max_reply_octets);
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void feed(std::span<const char> octets);
  // nullopt: the next reply is not complete. An error, a sentence, is for good.
  Result<std::optional<Reply>, std::string> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };

  bool charge(std::size_t octets);
  std::optional<std::string> overlong() const;
  template <class Fill>
  static void* place(const redisReadTask* task, std::size_t octets, Fill fill);
  static void* make_string(const redisReadTask* task, char* text, std::size_t length);
  static void* make_array(const redisReadTask* task, int elements);
  static void* make_integer(const redisReadTask* task, long long value);
  static void* make_nil(const redisReadTask* task);
  static void release(void* reply);

  const std::size_t max_reply_octets_;
  std::size_t charged_ = 0;  // of the reply that is being built
  bool over_ = false, failed_ = false;
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace warp::redis
