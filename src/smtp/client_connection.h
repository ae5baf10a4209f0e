// ClientConnection: one connection to a server, from its name to its QUIT. It has one mail at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "warp/smtp/client.h"

#include "channel.h"
#include "metrics.h"

namespace warp::smtp {

class ClientConnection;

class ClientConnectionOwner {
 public:
  virtual ~ClientConnectionOwner() = default;
  virtual void connection_ready(ClientConnection& connection) = 0;  // for a mail
  // Its mail has ended, unless it is to go by another connection: `again`.
  virtual void mail_ended(ClientConnection& connection, const Outcome& outcome, bool again) = 0;
  // It is gone, and was never ready when `outcome` says why.
  virtual void connection_ended(ClientConnection& connection, const std::optional<Outcome>& outcome) = 0;
};

class ClientConnection final : public ChannelListener, public std::enable_shared_from_this<ClientConnection> {
 public:
  // What is referred to outlives it, or abandon() was called.
  ClientConnection(net::Loop& loop, const ClientSettings& settings, ClientConnectionOwner& owner,
                   ClientMetrics& metrics);

  void connect();
  bool ready() const { return stage_ == Stage::Ready; }
  bool busy() const { return letter_ != nullptr; }
  // ready() only. The letter lives until mail_ended().
  void send(const Letter& letter);
  void quit();
  void abandon();  // calls nobody

 private:
  enum class Stage : std::uint8_t {
    Connecting,
    Greeting,
    Hello,
    StartTls,
    Securing,
    LoginPlain,
    LoginName,
    LoginUser,
    LoginPassword,
    Ready,
    Sender,
    Recipient,
    Data,
    Body,
    Reset,
    Quitting,
    Ended
  };

  void on_secured() override;
  void on_input(std::string_view octets) override;
  void on_closed(std::string_view detail) override;

  void connected(Tcp::socket socket);
  void take_reply_line(std::string_view line);
  void replied(const Reply& reply);
  void greeted(const Reply& reply);
  void hello_answered(const Reply& reply);
  void after_hello();
  void begin_tls();
  void begin_login();
  void login_answered(const Reply& reply);
  void become_ready();
  void step(const Reply& reply);
  void body_answered(const Reply& reply);

  void say(std::string_view command, Stage next);
  void fail(Step step, std::uint16_t code, std::string text);  // before it was ready
  void lost(std::string text);
  void end_mail(Outcome outcome);
  void go();  // ended, whatever it was
  void arm(std::chrono::milliseconds limit);
  bool verified() const;

  net::Loop& loop_;
  const ClientSettings& settings_;
  ClientConnectionOwner* owner_;
  ClientMetrics& metrics_;
  Tcp::resolver resolver_;
  Tcp::socket socket_;
  std::shared_ptr<Channel> channel_;
  Stage stage_ = Stage::Connecting;
  bool established_ = false, extended_ = true;
  std::string input_;
  Reply reply_{0, {}};
  std::size_t reply_lines_ = 0;
  bool offers_tls_ = false, offers_plain_ = false, offers_login_ = false, offers_size_ = false;
  std::uint64_t size_ = 0;  // 0: no limit known
  const Letter* letter_ = nullptr;
  unsigned mails_ = 0;
  bool mail_began_ = false;
  net::TimerWheel::Handle timer_;
};

}  // namespace warp::smtp
