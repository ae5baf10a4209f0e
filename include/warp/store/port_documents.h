// Documents of port requests: bills, records, letters of authorisation. A tenant's are its own.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct PortPaper {
  Uuid id;
  std::string doc_type;  // LOA, BILL, CSR, OTHER
  std::string file_name, content_type;
  std::uint64_t size = 0;
  std::optional<std::string> spid;
  bool generated = false, superseded = false;
  std::string signer = "{}";  // JSON: name, title, ip
  std::string uploaded_by;
  WallTime created_at{};
};

class PortDocumentRepository {
 public:
  explicit PortDocumentRepository(pg::Pool& pool) : pool_(pool) {}
  // Newest first; of all numbers that the group of `e164` has, when it is given.
  Task<std::vector<PortPaper>> list(Actor actor, Uuid request, std::optional<std::string> doc_type,
                                    std::optional<std::string> e164);
  // An LOA of a group takes the place of those before. NotFound: there is no such request.
  Task<PortPaper> add(Actor actor, Uuid request, PortPaper paper, std::string content);
  struct Whole {
    PortPaper paper;
    std::string content;
  };
  Task<Whole> load(Actor actor, Uuid request, Uuid id);
  Task<PortPaper> remove(Actor actor, Uuid request, Uuid id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
