// Port requests: what is known here of numbers on their way in. A tenant reads its own; what becomes of them
// is written by the operator's role alone, since it ends in the inventory.
#pragma once

#include <chrono>

#include "warp/base/clock.h"
#include "warp/domain/porting_port.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct PortRequest {
  Uuid id;
  CustomerId customer;
  std::string name, status, provider, project_id;
  std::optional<std::string> due_date;  // "2027-01-31"
  std::string activation_mode;          // DISABLED, ASAP, SCHEDULED
  std::optional<WallTime> activate_at, activation_tried, submitted_at;
  std::uint32_t activation_faults = 0;
  std::string created_by;
  WallTime created_at{}, updated_at{};
  std::uint64_t numbers = 0;
};

struct PortGroupRow {
  domain::PortGroup group;
  WallTime changed_at{};              // when a number joined or the details changed
  std::optional<WallTime> signed_at;  // the newest letter of authorisation that is in force
  std::optional<Uuid> letter;         // that one
};
struct PortNumberRow {
  domain::PortNumber number;
  WallTime created_at{}, updated_at{};
};
// A request with all that belongs to it.
struct PortView {
  PortRequest request;
  std::vector<PortGroupRow> groups;    // by SPID
  std::vector<PortNumberRow> numbers;  // by digits
  domain::PortProject project() const;
};

// What has become of a number whose state was `was`.
struct PortMerge {
  domain::PortNumber number;
  std::string was;
};
// What is written down with a change; and what of the request changes with it.
struct PortDeed {
  std::string action;          // "submitted"
  std::string details = "{}";  // JSON
  bool submitted = false;      // for the first time
  std::optional<std::string> due_date = {};
};

struct PortNote {
  Uuid id;
  std::string body, visibility, author;
  WallTime created_at{};
};
struct PortEvent {
  std::int64_t id = 0;
  std::string action, actor, details;
  WallTime created_at{};
};

class PortRepository {
 public:
  explicit PortRepository(pg::Pool& pool) : pool_(pool) {}

  Task<std::vector<PortRequest>> list(Actor actor, std::optional<CustomerId> customer);  // newest first
  Task<PortRequest> get(Actor actor, Uuid id);
  Task<PortView> view(Actor actor, Uuid id);
  Task<PortRequest> create(Actor actor, CustomerId customer, std::string name,
                           std::optional<std::string> due_date, std::string provider, std::string project_id);
  Task<bool> remove(Actor actor, Uuid id);  // NotFound: there is none
  Task<PortRequest> set_policy(Actor actor, Uuid id, std::string mode, std::optional<WallTime> at);

  // Operators only, from here on. `rows`: e164, spid, carrier_name, on_net, facts. How many joined.
  Task<std::uint64_t> add(Actor actor, Uuid id, std::vector<domain::PortNumber> rows, PortDeed deed);
  // How many rows were as they were said to be; activated numbers enter the inventory.
  Task<std::uint64_t> merge(Actor actor, Uuid id, std::vector<PortMerge> rows, PortDeed deed);
  // NotFound: there is no such group.
  Task<bool> set_details(Actor actor, Uuid id, std::string spid, domain::PortDocument details, PortDeed deed);

  Task<std::vector<PortEvent>> history(Actor actor, Uuid id);  // newest first, 1,000 at most
  Task<bool> note_event(Actor actor, Uuid id, PortDeed deed);
  Task<std::vector<PortNote>> notes(Actor actor, Uuid id);  // newest first
  Task<PortNote> add_note(Actor actor, Uuid id, std::string body, std::string visibility);

  // Of the daemon. Requests with numbers that are to be asked about; nobody else gets them for `lease`.
  Task<std::vector<Uuid>> due(std::uint32_t most, std::chrono::seconds lease);
  // Requests with numbers that may be activated by policy now; not again before `cooldown`.
  Task<std::vector<Uuid>> to_activate(std::uint32_t most, std::chrono::seconds cooldown, std::uint32_t tries);
  Task<bool> activation_ended(Uuid id, bool failed);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
