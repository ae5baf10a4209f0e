// Session: what both ends share. Sequence numbers, both windows, enquire_link, generic_nack, unbinding; the
// decisions come from the table in states.h. One alarm serves all deadlines: a PDU arms no timer.
//
// shared_ptr: the link keeps its session until on_link_closed() has run.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/net/loop.h"
#include "warp/smpp/pdu/writer.h"
#include "warp/smpp/session/states.h"

#include "link.h"
#include "request_window.h"

namespace warp::smpp {

class Session : public LinkListener, public std::enable_shared_from_this<Session> {
 public:
  // `init`: until bound.
  Session(net::Loop& loop, Metrics& metrics, Role role, SessionId id, const LinkLimits& link_limits,
          std::chrono::milliseconds init);
  ~Session() override;

  void start(std::shared_ptr<Link> link);
  SessionId id() const { return id_; }
  SessionState state() const { return state_; }

  Result<std::uint32_t, SendError> request(Pdu pdu, Completion done);
  Result<void, SendError> notify(Pdu pdu);  // a request that has no response
  std::size_t room() const;
  bool answer(std::uint32_t sequence, Status status, std::string_view message_id, TlvList tlvs);
  bool answer(std::uint32_t sequence, Status status, Body body, TlvList tlvs);

  // `wait`: for open requests, before the unbind is sent.
  void unbind(CloseReason reason) { unbind(reason, limits_.unbind_timeout); }
  void unbind(CloseReason reason, std::chrono::milliseconds wait);
  void close(CloseReason reason) { link_->close(reason); }
  void abandon();

 protected:
  virtual void opened() = 0;
  virtual void bind_requested(const Pdu&) {}
  virtual void bind_answered(const Pdu&) {}
  virtual void bind_expired() = 0;
  virtual void requested(const Pdu& pdu) = 0;
  virtual void alerted(const Pdu&) {}
  virtual void unmatched(const Pdu& pdu) = 0;
  virtual void writable() = 0;
  virtual void ended(CloseReason reason, std::string_view detail) = 0;

  void bound(SessionState state, const SessionLimits& limits);
  void move(SessionState state);
  bool send(const Pdu& pdu);
  void respond(const Header& request, Status status);
  void finish(CloseReason reason) { link_->finish(reason); }
  void start_sequence(std::uint32_t first) { sequence_ = first; }
  void send_bind(CommandId command, const Bind& bind);
  void set_bind_deadline(std::chrono::milliseconds from_now);
  void allow_before_bind(std::size_t pdus) { before_bind_left_ = pdus; }
  Monotonic now() const { return loop_.clock().now(); }
  Metrics& metrics() { return metrics_; }

 private:
  struct Control {  // a request of the session's own
    CommandId command{};
    std::uint32_t sequence = 0;
    Monotonic deadline = Monotonic::max();
    bool open() const { return sequence != 0; }
  };
  struct Pending {  // a request that the owner has to answer
    std::uint32_t sequence;
    CommandId command;
  };

  // LinkListener
  void on_link_open() override;
  void on_frame(std::string_view frame) override;
  void on_bad_length(const Frame& frame) override;
  void on_writable() override;
  void on_link_closed(CloseReason reason, std::string_view detail) override;

  void on_request(const Pdu& pdu);
  void take(const Pdu& pdu);
  void on_response(const Pdu& pdu);
  bool on_control_response(const Pdu& pdu);
  void on_malformed(const ParseError& error);
  void on_broken_response(const ParseError& error);
  void nack(Status status, std::uint32_t sequence);
  void pass_to_owner(const Pdu& pdu);
  std::vector<Pending>::iterator find_pending(std::uint32_t sequence);
  bool answer_pending(std::vector<Pending>::iterator pending, const Pdu& response);
  void complete(RequestWindow::Entry entry, Reply reply);
  Control send_control(CommandId command, Body body, std::chrono::milliseconds timeout);
  void note_throttled();
  void update_reading();

  void settle();  // an unbind may go on
  void send_unbind();
  void confirm_unbind();

  void schedule(Monotonic when);
  Monotonic next_deadline() const;
  void on_alarm();
  void check_requests(Monotonic now);
  void check_link(Monotonic now);
  void check_silence(Monotonic now);
  void check_unbind(Monotonic now);

  net::Loop& loop_;
  Metrics& metrics_;
  const Role role_;
  const SessionId id_;
  const LinkLimits link_limits_;
  SessionLimits limits_;
  WriteOptions write_options_;
  std::shared_ptr<Link> link_;
  SessionState state_ = SessionState::Connecting;
  std::size_t before_bind_left_;

  std::uint32_t sequence_ = 1;
  RequestWindow window_;
  std::vector<Pending> pending_;
  Control bind_, enquire_, unbind_;
  bool told_backlogged_ = false;

  bool unbinding_ = false;
  CloseReason unbind_reason_ = CloseReason::Unbound;
  Monotonic unbind_wait_ = Monotonic::max();  // for open requests, both kinds of unbind
  std::optional<Header> peer_unbind_;

  Monotonic bind_deadline_;
  Monotonic last_received_{}, last_activity_{};
  Monotonic throttle_since_{}, resting_until_ = Monotonic::min();
  std::size_t throttled_ = 0;
  net::TimerWheel::Handle alarm_;
  Monotonic alarm_at_ = Monotonic::max();
};

}  // namespace warp::smpp
