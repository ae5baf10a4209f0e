// ServerSession: one ESME's connection.
#pragma once

#include <string>

#include "admission.h"
#include "session.h"

namespace warp::smpp {

class ServerSession;

// What a session tells the server that it belongs to.
class ServerSessionOwner {
 public:
  virtual ~ServerSessionOwner() = default;
  virtual ServerListener& listener() = 0;
  virtual Admission& admission() = 0;
  virtual const ServerSettings& settings() const = 0;
  virtual void session_ended(ServerSession& session) = 0;
};

class ServerSession final : public Session {
 public:
  ServerSession(net::Loop& loop, Metrics& metrics, SessionId id, ServerSessionOwner& owner,
                const domain::SocketAddress& peer, bool tls);

  bool accept(const SessionLimits& limits, std::string_view system_id);
  bool refuse(Status status);

 private:
  void opened() override {}
  void bind_requested(const Pdu& pdu) override;
  void bind_expired() override;
  void requested(const Pdu& pdu) override { owner_.listener().on_submit(id(), pdu); }
  void unmatched(const Pdu& pdu) override;
  void writable() override { owner_.listener().on_room(id()); }
  void ended(CloseReason reason, std::string_view detail) override;
  void reject(Status status);
  void leave_unbound();

  ServerSessionOwner& owner_;
  const domain::SocketAddress peer_;
  const Admission::Source source_;
  const bool tls_;
  bool counted_unbound_ = true;
  bool asked_ = false;  // the owner knows of this session
  Header bind_;
  BindType type_ = BindType::Transceiver;
  std::uint8_t version_ = 0;
};

}  // namespace warp::smpp
