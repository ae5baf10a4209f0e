// ServerSession: one connection of a peer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/smtp/server.h"

#include "channel.h"
#include "metrics.h"

namespace warp::smtp {

// What a session needs of the server that it belongs to.
struct ServerShared {
  net::Loop& loop;
  const ServerSettings settings;
  Receiver& receiver;
  ServerMetrics metrics;
  std::function<void(std::uint64_t)> gone = {};
};

class ServerSession final : public ChannelListener, public std::enable_shared_from_this<ServerSession> {
 public:
  // What its listener does about TLS.
  struct Security {
    Context context;  // null: none
    bool implicit = false, required = false;
  };
  // `shared` outlives it, or abandon() was called.
  ServerSession(ServerShared& shared, std::uint64_t id, std::shared_ptr<Channel> channel,
                domain::SocketAddress peer, Security security);

  void start();
  void abandon();  // calls nobody
  void drain();    // 421 as soon as no mail is on its way
  const domain::SocketAddress& peer() const { return peer_.address; }

 private:
  enum class Stage : std::uint8_t { Securing, Fresh, Greeted, Sender, Recipients, Data, Judging, Ended };
  enum class Login : std::uint8_t { None, Plain, Name, Password };

  void on_secured() override;
  void on_input(std::string_view octets) override;
  void on_closed(std::string_view detail) override;

  void work();
  bool take_line();  // false: nothing whole is there
  void take_data();
  void obey(std::string_view line);
  void greet(bool extended, std::string_view name);
  void start_tls();
  void log_in(std::string_view argument);
  void go_on_with_login(std::string_view line);
  void check_login(std::string_view name, std::string_view password);
  void mail(std::string_view argument);
  void rcpt(std::string_view argument);
  void data();
  void judge();
  void judged(const Reply& reply);

  void answer(const Reply& reply);
  void end(const Reply& reply, Ending why);
  void reset();
  void arm(std::chrono::milliseconds limit);
  void disarm();
  bool may_mail();  // answers when not

  ServerShared& shared_;
  const std::uint64_t id_;
  std::shared_ptr<Channel> channel_;
  Peer peer_;
  const Security security_;
  Stage stage_ = Stage::Fresh;
  Login login_ = Login::None;
  std::string login_name_;
  LineBuffer lines_;
  std::optional<DataReader> reader_;
  std::string from_;
  std::vector<std::string> to_;
  unsigned errors_ = 0, mails_ = 0;
  bool draining_ = false;
  Ending ending_ = Ending::Peer;
  net::TimerWheel::Handle timer_;
};

}  // namespace warp::smtp
