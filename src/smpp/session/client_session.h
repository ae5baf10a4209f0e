// ClientSession: one connection to an upstream, from its TLS handshake to its end.
#pragma once

#include "warp/smpp/session/client.h"

#include "session.h"

namespace warp::smpp {

class ClientSession;

// What a session tells the client that it belongs to.
class ClientSessionOwner {
 public:
  virtual ~ClientSessionOwner() = default;
  virtual ClientListener& listener() = 0;
  virtual const ClientSettings& settings() const = 0;
  virtual void session_bound(const Pdu& response) = 0;
  virtual void session_ended(CloseReason reason, std::string_view detail) = 0;
};

class ClientSession final : public Session {
 public:
  ClientSession(net::Loop& loop, Metrics& metrics, SessionId id, ClientSessionOwner& owner)
      : Session(loop, metrics, Role::Esme, id, owner.settings().link, owner.settings().connect_timeout),
        owner_(owner) {}

  bool was_bound() const { return was_bound_; }
  Monotonic bound_at() const { return bound_at_; }
  Status bind_status() const { return bind_status_; }

 private:
  void opened() override;
  void bind_answered(const Pdu& pdu) override;
  void bind_expired() override { finish(CloseReason::BindTimeout); }
  void requested(const Pdu& pdu) override { owner_.listener().on_deliver(id(), pdu); }
  void alerted(const Pdu& pdu) override { owner_.listener().on_alert(id(), pdu); }
  void unmatched(const Pdu& pdu) override {
    if (was_bound_) owner_.listener().on_unmatched(id(), pdu);
  }
  void writable() override { owner_.listener().on_room(id()); }
  void ended(CloseReason reason, std::string_view detail) override { owner_.session_ended(reason, detail); }

  ClientSessionOwner& owner_;
  bool was_bound_ = false;
  Monotonic bound_at_{};
  Status bind_status_ = Status::Ok;
};

}  // namespace warp::smpp
