// StoreWriter: the Shipper's way into Postgres.
#pragma once

#include "warp/records/shipper.h"
#include "warp/store/record_repository.h"

namespace warp::records {

class StoreWriter final : public RecordWriter {
 public:
  explicit StoreWriter(store::RecordRepository& records) : records_(records) {}
  boost::asio::awaitable<Result<std::uint64_t, WriteError>> write(
      std::shared_ptr<const std::vector<domain::CallRecord>> batch) override;

 private:
  store::RecordRepository& records_;
};

}  // namespace warp::records
