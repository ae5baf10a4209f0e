// Lists of numbers and where they are in force. Operators only.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct NumberListRow {
  Uuid id;
  std::string name, description;
  bool blocks = true;  // else it allows: nothing else goes
  std::uint64_t entries = 0;
  WallTime created_at{}, updated_at{};
};
struct NewNumberList {
  std::string name, description;
  bool blocks = true;
};
struct NumberListPatch {
  std::optional<std::string> name, description;
  std::optional<bool> blocks;
};
struct NumberListUseRow {
  Uuid owner;           // a customer, trunk, provider or partition
  std::string subject;  // called, calling
};

class NumberListRepository {
 public:
  explicit NumberListRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<NumberListRow>> list(Actor actor, Page page);  // by name
  Task<NumberListRow> get(Actor actor, Uuid id);
  Task<NumberListRow> create(Actor actor, NewNumberList list);
  Task<NumberListRow> update(Actor actor, Uuid id, NumberListPatch patch);
  Task<NumberListRow> remove(Actor actor, Uuid id);
  Task<Paged<std::string>> entries(Actor actor, Uuid id, Page page);
  // Puts prefixes to the list, or takes them off; what is there, or not there, already does not matter.
  Task<NumberListRow> add_entries(Actor actor, Uuid id, std::vector<std::string> prefixes);
  Task<NumberListRow> remove_entries(Actor actor, Uuid id, std::vector<std::string> prefixes);
  Task<std::vector<NumberListUseRow>> uses(Actor actor, Uuid id);
  // NotFound: no such list, or no such owner.
  Task<NumberListUseRow> use(Actor actor, Uuid id, NumberListUseRow use);
  Task<NumberListUseRow> drop_use(Actor actor, Uuid id, NumberListUseRow use);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
