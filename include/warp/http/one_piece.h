// A body that is there already where an answer wants a source: one piece, then the end.
#pragma once

#include <string>
#include <utility>

#include "warp/http/message.h"

namespace warp::http {

class OnePiece final : public BodySource {
 public:
  explicit OnePiece(std::string octets) : octets_(std::move(octets)) {}
  boost::asio::awaitable<Piece> next() override {
    Piece piece;
    piece.data = std::exchange(octets_, {});
    co_return piece;
  }

 private:
  std::string octets_;
};

}  // namespace warp::http
