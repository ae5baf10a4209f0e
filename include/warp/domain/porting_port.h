// PortingPort: who ports numbers in: the platform's own desk, or a provider of number portability outside.
//
// What is known of a port request stands here and goes along with every question; an answer says what has
// become of its numbers. Names of fields and states are those of the API. Calls are made on the API's loop;
// every `done` is called exactly once, on a thread of the implementation's choice and perhaps inside the
// call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/base/uuid.h"

namespace warp::domain {

using PortDocument = nlohmann::ordered_json;

struct PortNumber {
  std::string e164;        // digits, 1 and ten of them
  std::string state;       // of the life cycle: "DRAFT"; empty in an answer: as it was
  std::string validation;  // PENDING, VALIDATING, VALID, ERROR; empty in an answer: as it was
  std::string spid;        // of who loses it; empty in an answer: as it was
  std::string carrier_name;
  bool on_net = false;  // it is a customer's of this platform
  // What is wrong with it: [{"code", "message", "field"}]; null in an answer: as it was.
  PortDocument errors = {};
  PortDocument facts = PortDocument::object();  // lata, state, rate_center, locality, soa_status, …
  std::string foc_date;                         // "2027-01-31", or empty
  std::string failure;
  std::optional<WallTime> ask_at = {};  // when it is to be asked about again; none: by nobody
};

struct PortGroup {
  std::string spid, carrier_name;
  bool on_net = false;
  PortDocument details = PortDocument::object();  // account_number, btn, business_name, end_user_name, pin, …
};

struct PortProject {
  std::string id;  // the provider's; empty: it has none yet
  Uuid request;
  CustomerId customer;
  std::string name;
  std::string due_date;  // that is desired; may be empty
  std::vector<PortGroup> groups;
  std::vector<PortNumber> numbers;
};

struct PortError {
  enum class Kind : std::uint8_t {
    NotFound,
    Refused,      // the content: to be changed, not repeated
    Conflict,     // the state forbids it; message is the reason
    Unavailable,  // may be repeated unchanged
  };
  Kind kind = Kind::Unavailable;
  std::string message = {};
  PortDocument details = {};
  std::string internal = {};  // for the log
};

enum class PortAction : std::uint8_t {
  Validate,
  Details,  // those of a group have changed
  Submit,
  Resubmit,
  Supplement,  // another due date
  Cancel,
  Activate,
  AutoFix,
  Look,  // what has become of it
};
std::string_view to_string(PortAction action);  // validate, details, submit, …

struct PortWish {
  std::vector<std::string> tns = {};  // E.164 digits; empty: all that the action can be done to
  std::string due_date = {};          // of Supplement
  std::string spid = {};              // of Details
  std::string error_group = {};       // of AutoFix
};

template <class T>
using PortResult = Result<T, PortError>;
template <class T>
using PortDone = std::function<void(PortResult<T> result)>;

class PortingPort {
 public:
  virtual ~PortingPort() = default;
  virtual std::string_view name() const = 0;  // "embedded", "tniq"

  // Who has these numbers now: spid, carrier, on_net, facts, and in `errors` why one cannot be ported.
  virtual void preview(std::vector<std::string> tns, PortDone<std::vector<PortNumber>> done) = 0;
  // Its id there.
  virtual void create(PortProject project, PortDone<std::string> done) = 0;
  virtual void remove(PortProject project, PortDone<bool> done) = 0;
  // `tns` join; answered as preview() does.
  virtual void add(PortProject project, std::vector<std::string> tns,
                   PortDone<std::vector<PortNumber>> done) = 0;
  // Those of the project's numbers that it changes.
  virtual void act(PortProject project, PortAction action, PortWish wish,
                   PortDone<std::vector<PortNumber>> done) = 0;
};

}  // namespace warp::domain
