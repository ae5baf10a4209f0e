#include "compression.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <zlib.h>

namespace warp::api {
namespace {

constexpr int kLevel = 4;              // more costs several times as much for a few parts in a hundred
constexpr int kGzip = 16 + MAX_WBITS;  // gzip's frame instead of zlib's
constexpr std::size_t kRoom = 16 * 1024;

class Deflater {
 public:
  Deflater() : ready_(deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK) {}
  ~Deflater() {
    if (ready_) deflateEnd(&stream_);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Appends to `out`; false: zlib failed.
  bool feed(std::string_view octets, bool last, std::string& out) {
    if (!ready_ || octets.size() > std::numeric_limits<uInt>::max()) return false;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));
    stream_.avail_in = static_cast<uInt>(octets.size());
    while (true) {
      const auto had = out.size();
      out.resize(had + kRoom);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + had);
      stream_.avail_out = kRoom;
      const int state = deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      out.resize(had + kRoom - stream_.avail_out);
      if (state == Z_STREAM_END) return true;
      if (state != Z_OK && state != Z_BUF_ERROR) return false;
      if (!last && stream_.avail_out != 0) return true;
    }
  }

 private:
  z_stream stream_{};
  const bool ready_;
};

class GzipSource final : public http::BodySource {
 public:
  explicit GzipSource(std::unique_ptr<http::BodySource> source) : source_(std::move(source)) {}

  boost::asio::awaitable<Piece> next() override {
    Piece out;
    while (!ended_ && out.data.empty()) {
      auto piece = co_await source_->next();
      ended_ = piece.data.empty();
      if (!piece.ok || !deflater_.feed(piece.data, ended_, out.data)) {
        out.ok = false;
        co_return out;
      }
    }
    co_return out;
  }
  void stop() override { source_->stop(); }

 private:
  std::unique_ptr<http::BodySource> source_;
  Deflater deflater_;
  bool ended_ = false;
};

}  // namespace

std::optional<std::string> gzip(std::string_view octets) {
  Deflater deflater;
  std::string out;
  if (!deflater.feed(octets, true, out)) return std::nullopt;
  return out;
}

std::unique_ptr<http::BodySource> gzip(std::unique_ptr<http::BodySource> source) {
  return std::make_unique<GzipSource>(std::move(source));
}

}  // namespace warp::api
