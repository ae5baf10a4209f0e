// Query and Scope: what is asked, and as whom.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "warp/base/uuid.h"

namespace warp::pg {

class Joint;

// A named query, a constant of the program:
//   constexpr Query kFindTrunk{"store.trunk.find", "SELECT … WHERE id = $1"};
// Prepared once a connection under its name: one name is one SQL text, for ever. The name is also the label
// of its metrics. `timeout` holds at the server (statement_timeout, locks included).
struct Query {
  std::string_view name;
  std::string_view sql;
  std::chrono::milliseconds timeout{5000};
};

// As whom a transaction works. The login role itself may do nothing: each transaction takes a role, and the
// tenant or operator role ends with it, so that a pooled connection carries nothing over to its next user.
class Scope {
 public:
  // Sees and changes the rows of one customer only.
  static Scope tenant(CustomerId customer) { return Scope(Kind::Tenant, customer); }
  // Sees all rows: operator work, and the daemon's own reads over all tenants.
  static Scope operators() { return Scope(Kind::Operator, {}); }
  // The bare login role.
  static Scope none() { return Scope(Kind::None, {}); }

  // Who is to stand in the audit trail for what this transaction changes.
  Scope by(std::string actor, std::string request_id) && {
    actor_ = std::move(actor);
    request_id_ = std::move(request_id);
    return std::move(*this);
  }

  // From where, for the audit trail.
  Scope from(std::string ip, std::string user_agent) && {
    ip_ = std::move(ip);
    user_agent_ = std::move(user_agent);
    return std::move(*this);
  }
  // As a part of that transaction (joint.h); null: in one of its own.
  Scope within(std::shared_ptr<Joint> joint) && {
    joint_ = std::move(joint);
    return std::move(*this);
  }

  enum class Kind : unsigned char { None, Tenant, Operator };
  Kind kind() const { return kind_; }
  CustomerId customer() const { return customer_; }
  const std::string& actor() const { return actor_; }
  const std::string& request_id() const { return request_id_; }
  const std::string& ip() const { return ip_; }
  const std::string& user_agent() const { return user_agent_; }
  const std::shared_ptr<Joint>& joint() const { return joint_; }

 private:
  Scope(Kind kind, CustomerId customer) : kind_(kind), customer_(customer) {}
  Kind kind_;
  CustomerId customer_;
  std::string actor_, request_id_, ip_, user_agent_;
  std::shared_ptr<Joint> joint_;  // shared by all of a request
};

}  // namespace warp::pg
