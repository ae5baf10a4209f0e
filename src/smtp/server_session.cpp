#include "server_session.h"

#include <charconv>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "warp/base/text.h"

namespace warp::smtp {
namespace {

constexpr std::size_t kMostUnsent = 65536;
constexpr std::size_t kRefusedDataFactor = 2;

bool same_secret(std::string_view a, std::string_view b) {
  unsigned char left[SHA256_DIGEST_LENGTH], right[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(a.data()), a.size(), left);
  SHA256(reinterpret_cast<const unsigned char*>(b.data()), b.size(), right);
  return CRYPTO_memcmp(left, right, sizeof left) == 0;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Reply reply_to(Fault fault) {
  switch (fault) {
    case Fault::None:
      break;
    case Fault::BareLineEnd:
      return {554, "5.6.11 Lines end by CR LF, and neither comes alone"};
    case Fault::LineTooLong:
      return {554, "5.6.0 A line is too long"};
    case Fault::TooBig:
      return {552, "5.3.4 The mail is too big"};
  }
  return {};
}

}  // namespace

ServerSession::ServerSession(ServerShared& shared, std::uint64_t id, std::shared_ptr<Channel> channel,
                             domain::SocketAddress peer, Security security)
    : shared_(shared),
      id_(id),
      channel_(std::move(channel)),
      security_(std::move(security)),
      lines_(shared.settings.max_line) {
  peer_.address = peer;
}

void ServerSession::start() {
  channel_->start(shared_from_this());
  if (security_.implicit) {
    stage_ = Stage::Securing;
    arm(shared_.settings.handshake_timeout);
    return channel_->secure(security_.context, Channel::Side::server);
  }
  answer({220, shared_.settings.hostname + " ESMTP"});
  arm(shared_.settings.command_timeout);
  channel_->want();
}

void ServerSession::on_secured() {
  peer_.tls = true;
  stage_ = Stage::Fresh;
  peer_.hello.clear();
  if (security_.implicit) answer({220, shared_.settings.hostname + " ESMTP"});
  arm(shared_.settings.command_timeout);
  channel_->want();
}

void ServerSession::on_input(std::string_view octets) {
  shared_.metrics.octets.add(octets.size());
  lines_.add(octets);
  work();
}

void ServerSession::work() {
  for (;;) {
    if (stage_ == Stage::Data) {
      take_data();
      if (stage_ == Stage::Data) break;
    } else if (stage_ == Stage::Judging || stage_ == Stage::Ended || stage_ == Stage::Securing) {
      return;
    } else if (!take_line()) {
      break;
    }
  }
  if (stage_ != Stage::Ended) channel_->want();
}

bool ServerSession::take_line() {
  const auto line = lines_.take();
  if (!line) {
    if (lines_.fault() == Fault::BareLineEnd) end(reply_to(Fault::BareLineEnd), Ending::BareLineEnd);
    if (lines_.fault() == Fault::LineTooLong) end({500, "5.5.6 The line is too long"}, Ending::LineTooLong);
    return false;
  }
  arm(shared_.settings.command_timeout);
  login_ == Login::None ? obey(*line) : go_on_with_login(*line);
  return stage_ != Stage::Ended;
}

void ServerSession::obey(std::string_view line) {
  const auto command = parse_command(line);
  switch (command.verb) {
    case Verb::Ehlo:
    case Verb::Helo:
      return greet(command.verb == Verb::Ehlo, command.argument);
    case Verb::Mail:
      return mail(command.argument);
    case Verb::Rcpt:
      return rcpt(command.argument);
    case Verb::Data:
      return data();
    case Verb::Rset:
      reset();
      return answer({250, "2.0.0 Ok"});
    case Verb::Noop:
      return answer({250, "2.0.0 Ok"});
    case Verb::Quit:
      return end({221, "2.0.0 Bye"}, Ending::Quit);
    case Verb::Vrfy:
      return answer({252, "2.1.5 Send it, and see"});
    case Verb::StartTls:
      return start_tls();
    case Verb::Auth:
      return log_in(command.argument);
    case Verb::Unknown:
      return answer({500, "5.5.1 There is no such command here"});
  }
}

void ServerSession::greet(bool extended, std::string_view name) {
  if (name.empty() || name.size() > 255) return answer({501, "5.5.4 Say who you are"});
  reset();
  stage_ = Stage::Greeted;
  peer_.hello = name;
  if (!extended) return answer({250, shared_.settings.hostname});
  std::string text = shared_.settings.hostname + "\nPIPELINING\n8BITMIME\nSIZE " +
                     std::to_string(shared_.settings.max_octets);
  if (security_.context && !peer_.tls) text += "\nSTARTTLS";
  if (!shared_.settings.login.empty() && peer_.tls) text += "\nAUTH PLAIN LOGIN";
  answer({250, text});
}

void ServerSession::start_tls() {
  if (!security_.context || peer_.tls) return answer({503, "5.5.1 There is none to start"});
  if (stage_ == Stage::Fresh) return answer({503, "5.5.1 EHLO first"});
  // What came along in the clear was perhaps not written by whom the TLS is with.
  if (!lines_.empty()) return end({554, "5.5.1 Nothing may follow STARTTLS"}, Ending::Tls);
  answer({220, "2.0.0 Go ahead"});
  reset();
  peer_.hello.clear();
  stage_ = Stage::Securing;
  arm(shared_.settings.handshake_timeout);
  channel_->secure(security_.context, Channel::Side::server);
}

void ServerSession::log_in(std::string_view argument) {
  if (shared_.settings.login.empty() || !peer_.tls) return answer({503, "5.5.1 There is no login here"});
  if (stage_ != Stage::Greeted || !peer_.login.empty()) return answer({503, "5.5.1 Not now"});
  const auto space = argument.find(' ');
  const auto mechanism = argument.substr(0, space);
  const auto initial = space == std::string_view::npos ? std::string_view() : trim(argument.substr(space));
  if (iequals(mechanism, "PLAIN")) {
    login_ = Login::Plain;
    if (initial.empty()) return answer({334, ""});
    return go_on_with_login(initial);
  }
  if (!iequals(mechanism, "LOGIN")) return answer({504, "5.5.4 PLAIN or LOGIN"});
  login_ = Login::Name;
  if (!initial.empty()) return go_on_with_login(initial);
  answer({334, to_base64("Username:")});
}

void ServerSession::go_on_with_login(std::string_view line) {
  const auto step = std::exchange(login_, Login::None);
  const auto text = from_base64(line);
  if (!text) return answer({501, line == "*" ? "5.7.0 As you wish" : "5.5.2 This is no base64"});
  if (step == Login::Name) {
    login_name_ = *text;
    login_ = Login::Password;
    return answer({334, to_base64("Password:")});
  }
  if (step == Login::Password) return check_login(std::exchange(login_name_, {}), *text);
  const auto first = text->find('\0');
  const auto second = first == std::string::npos ? first : text->find('\0', first + 1);
  if (second == std::string::npos) return answer({501, "5.5.2 This is no PLAIN response"});
  const std::string_view all(*text);
  check_login(all.substr(first + 1, second - first - 1), all.substr(second + 1));
}

void ServerSession::check_login(std::string_view name, std::string_view password) {
  const bool name_fits = same_secret(name, shared_.settings.login);
  const bool password_fits = same_secret(password, shared_.settings.password);
  if (!name_fits || !password_fits) {
    shared_.metrics.login_failures.add();
    errors_ += shared_.settings.max_errors / 4;
    return answer({535, "5.7.8 Wrong name or password"});
  }
  peer_.login = name;
  answer({235, "2.7.0 Welcome"});
}

bool ServerSession::may_mail() {
  if (stage_ == Stage::Fresh) return answer({503, "5.5.1 EHLO first"}), false;
  if (security_.required && !peer_.tls) return answer({530, "5.7.0 STARTTLS first"}), false;
  if (!shared_.settings.login.empty() && peer_.login.empty()) return answer({530, "5.7.0 AUTH first"}), false;
  return true;
}

void ServerSession::mail(std::string_view argument) {
  if (!may_mail()) return;
  if (stage_ != Stage::Greeted) return answer({503, "5.5.1 One mail after the other"});
  if (mails_ >= shared_.settings.max_mails)
    return end({421, "4.7.0 Enough for this connection"}, Ending::Quit);
  const auto path = parse_path(argument, "FROM");
  if (!path) return answer(path.error());
  for (const auto& [name, value] : path->parameters) {
    if (name == "SIZE") {
      const auto size = number(value);
      if (!size) return answer({501, "5.5.4 SIZE wants a number"});
      if (*size > shared_.settings.max_octets) return answer(reply_to(Fault::TooBig));
    } else if (name == "BODY") {
      if (!iequals(value, "7BIT") && !iequals(value, "8BITMIME"))
        return answer({501, "5.5.4 BODY is 7BIT or 8BITMIME"});
    } else if (name != "AUTH") {
      return answer({555, "5.5.4 There is no such parameter here"});
    }
  }
  auto reply = shared_.receiver.sender(peer_, path->address);
  if (reply.code == 250) {
    from_ = path->address;
    stage_ = Stage::Sender;
  }
  answer(reply);
}

void ServerSession::rcpt(std::string_view argument) {
  if (stage_ != Stage::Sender && stage_ != Stage::Recipients) return answer({503, "5.5.1 MAIL first"});
  const auto path = parse_path(argument, "TO");
  if (!path) return answer(path.error());
  if (path->address.empty()) return answer({501, "5.1.3 To whom?"});
  if (!path->parameters.empty()) return answer({555, "5.5.4 There is no such parameter here"});
  if (to_.size() >= shared_.settings.max_recipients) return answer({452, "4.5.3 Too many recipients"});
  auto reply = shared_.receiver.recipient(peer_, from_, path->address);
  if (reply.code == 250) {
    to_.push_back(path->address);
    stage_ = Stage::Recipients;
  }
  answer(reply);
}

void ServerSession::data() {
  if (stage_ != Stage::Recipients) return answer({503, "5.5.1 RCPT first"});
  answer({354, "End with <CR><LF>.<CR><LF>"});
  if (stage_ == Stage::Ended) return;
  stage_ = Stage::Data;
  reader_.emplace(shared_.settings.max_octets, shared_.settings.max_data_line);
  arm(shared_.settings.data_timeout);
}

void ServerSession::take_data() {
  lines_.skip(reader_->take(lines_.rest()));
  if (reader_->broken()) return end(reply_to(Fault::BareLineEnd), Ending::BareLineEnd);
  if (reader_->seen() > kRefusedDataFactor * shared_.settings.max_octets + kMostUnsent)
    return end(reply_to(Fault::TooBig), Ending::Errors);
  if (!reader_->done()) return;
  if (const auto fault = reader_->fault(); fault != Fault::None) {
    shared_.metrics.judged(552).add();
    reset();
    return answer(reply_to(fault));
  }
  judge();
}

void ServerSession::judge() {
  stage_ = Stage::Judging;
  arm(shared_.settings.judge_timeout);
  Mail mail{peer_, std::move(from_), std::move(to_), reader_->release()};
  reader_.reset();
  ++mails_;
  auto done = [self = weak_from_this()](const Reply& reply) {
    if (const auto session = self.lock()) session->judged(reply);
  };
  // Not inside work(): an answer at once would bring it in again.
  shared_.receiver.receive(std::move(mail), [&loop = shared_.loop, done](Reply reply) {
    loop.post([done, reply = std::move(reply)] { done(reply); });
  });
}

void ServerSession::judged(const Reply& reply) {
  if (stage_ != Stage::Judging) return;
  shared_.metrics.judged(reply.code).add();
  reset();
  arm(shared_.settings.command_timeout);
  answer(reply);
  if (stage_ == Stage::Ended) return;
  if (draining_) return end({421, "4.3.2 Closing down"}, Ending::Drained);
  work();
}

void ServerSession::reset() {
  from_.clear();
  to_.clear();
  reader_.reset();
  if (stage_ != Stage::Fresh && stage_ != Stage::Ended) stage_ = Stage::Greeted;
}

void ServerSession::answer(const Reply& reply) {
  channel_->write(to_octets(reply));
  if (channel_->unsent() > kMostUnsent) {
    ending_ = Ending::Errors;
    stage_ = Stage::Ended;
    disarm();
    return channel_->finish();
  }
  if (reply.code >= 500 && ++errors_ > shared_.settings.max_errors)
    end({421, "4.7.0 Too many errors"}, Ending::Errors);
}

void ServerSession::end(const Reply& reply, Ending why) {
  if (stage_ == Stage::Ended) return;
  stage_ = Stage::Ended;
  ending_ = why;
  disarm();
  channel_->write(to_octets(reply));
  channel_->finish();
}

void ServerSession::drain() {
  draining_ = true;
  if (stage_ != Stage::Judging && stage_ != Stage::Data) end({421, "4.3.2 Closing down"}, Ending::Drained);
}

void ServerSession::arm(std::chrono::milliseconds limit) {
  disarm();
  timer_ = shared_.loop.wheel().arm(limit, [self = weak_from_this()] {
    if (const auto session = self.lock()) session->end({421, "4.4.2 Too slow"}, Ending::Timeout);
  });
}

void ServerSession::disarm() {
  shared_.loop.wheel().cancel(timer_);
}

void ServerSession::on_closed(std::string_view detail) {
  disarm();
  if (stage_ == Stage::Securing && detail.starts_with("TLS")) ending_ = Ending::Tls;
  stage_ = Stage::Ended;
  shared_.metrics.ended(ending_).add();
  shared_.gone(id_);
}

void ServerSession::abandon() {
  disarm();
  stage_ = Stage::Ended;
  channel_->close();
}

}  // namespace warp::smtp
