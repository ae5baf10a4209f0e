#include "warp/records/store_writer.h"

namespace warp::records {
namespace {

WriteError::Kind kind_of(store::ErrorKind kind) {
  switch (kind) {
    case store::ErrorKind::Invalid:
      return WriteError::Kind::Poison;
    case store::ErrorKind::NotFound:
    case store::ErrorKind::Duplicate:
    case store::ErrorKind::InUse:
    case store::ErrorKind::Internal:
      return WriteError::Kind::Refused;
    case store::ErrorKind::Forbidden:
    case store::ErrorKind::Unavailable:
    case store::ErrorKind::Unknown:
      return WriteError::Kind::Away;
  }
  return WriteError::Kind::Away;
}

}  // namespace

boost::asio::awaitable<Result<std::uint64_t, WriteError>> StoreWriter::write(
    std::shared_ptr<const std::vector<domain::CallRecord>> batch) {
  const auto inserted = co_await records_.insert(std::move(batch));
  if (inserted) co_return *inserted;
  co_return WriteError{kind_of(inserted.error().kind), inserted.error().message};
}

}  // namespace warp::records
