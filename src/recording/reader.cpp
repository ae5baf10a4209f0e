#include "warp/recording/reader.h"

#include "warp/base/descriptor.h"

#include "sealed.h"

namespace warp::recording {
namespace {

using Piece = Result<std::vector<std::byte>, ReadError>;

class PlainReader final : public Reader {
 public:
  explicit PlainReader(Descriptor file) : file_(std::move(file)) {}
  Piece next() override {
    std::vector<std::byte> piece(kMostChunk);
    piece.resize(file_.read_at(piece, place_));
    place_ += piece.size();
    return piece;
  }

 private:
  Descriptor file_;
  std::uint64_t place_ = 0;
};

class SealedReader final : public Reader {
 public:
  SealedReader(Descriptor file, Sealer sealer) : file_(std::move(file)), sealer_(std::move(sealer)) {}
  Piece next() override {
    while (!ended_) {
      std::vector<std::byte> chunk(kChunkOverhead + kMostChunk);
      chunk.resize(file_.read_at(chunk, place_));
      if (chunk.empty()) return ReadError::CutShort;
      const auto word = parse_chunk_word(chunk);
      if (!word) return chunk.size() < kChunkFront ? ReadError::CutShort : ReadError::Damaged;
      const auto size = kChunkOverhead + word->length;
      if (chunk.size() < size) return ReadError::CutShort;
      const bool more = chunk.size() > size;
      chunk.resize(size);
      auto plain = sealer_.open(number_++, chunk);
      if (!plain || (word->last && more)) return ReadError::Damaged;
      place_ += size;
      ended_ = word->last;
      if (!plain->empty()) return std::move(*plain);
    }
    return std::vector<std::byte>();
  }

 private:
  Descriptor file_;
  Sealer sealer_;
  std::uint64_t place_ = kSealHead;
  std::uint32_t number_ = 0;
  bool ended_ = false;
};

}  // namespace

std::string_view to_string(ReadError error) {
  switch (error) {
    case ReadError::NoFile:
      return "the file cannot be opened";
    case ReadError::NoKey:
      return "it is encrypted, and there is no key";
    case ReadError::Damaged:
      return "it was changed, or encrypted with another key";
    case ReadError::CutShort:
      return "its end is missing";
  }
  return "it cannot be read";
}

Result<std::unique_ptr<Reader>, ReadError> Reader::open(const std::filesystem::path& file,
                                                        const std::optional<Key>& key) {
  auto opened = Descriptor::open(file, O_RDONLY);
  if (!opened) return ReadError::NoFile;
  SealHead head;
  const auto got = opened.read_at(head, 0);
  if (!is_sealed(std::span(head).first(got)))
    return std::unique_ptr<Reader>(std::make_unique<PlainReader>(std::move(opened)));
  if (!key) return ReadError::NoKey;
  auto sealer = Sealer::resume(*key, std::span(head).first(got));
  if (!sealer) return ReadError::CutShort;
  return std::unique_ptr<Reader>(std::make_unique<SealedReader>(std::move(opened), std::move(*sealer)));
}

}  // namespace warp::recording
