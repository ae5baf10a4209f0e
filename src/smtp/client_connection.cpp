#include "client_connection.h"

#include <charconv>
#include <utility>

#include <boost/asio/connect.hpp>

#include "warp/base/text.h"

namespace warp::smtp {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kLongestLine = 4096, kMostLines = 100;

bool has_word(std::string_view list, std::string_view word) {
  while (!(list = trim(list)).empty()) {
    const auto one = list.substr(0, list.find(' '));
    if (iequals(one, word)) return true;
    list.remove_prefix(one.size());
  }
  return false;
}

Outcome::Result result_of(std::uint16_t code) {
  return code >= 500 && code < 600 ? Outcome::Result::Permanent : Outcome::Result::Temporary;
}

}  // namespace

ClientConnection::ClientConnection(net::Loop& loop, const ClientSettings& settings,
                                   ClientConnectionOwner& owner, ClientMetrics& metrics)
    : loop_(loop),
      settings_(settings),
      owner_(&owner),
      metrics_(metrics),
      resolver_(loop.context()),
      socket_(loop.context()) {}

void ClientConnection::connect() {
  arm(settings_.connect_timeout);
  resolver_.async_resolve(
      settings_.host, std::to_string(settings_.port),
      [self = shared_from_this()](error_code error, const Tcp::resolver::results_type& endpoints) {
        if (self->stage_ == Stage::Ended) return;
        if (error) return self->fail(Step::Connect, 0, error.message());
        asio::async_connect(self->socket_, endpoints, [self](error_code fault, const Tcp::endpoint&) {
          if (self->stage_ == Stage::Ended) return;
          if (fault) return self->fail(Step::Connect, 0, fault.message());
          self->connected(std::move(self->socket_));
        });
      });
}

void ClientConnection::connected(Tcp::socket socket) {
  error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  channel_ = std::make_shared<Channel>(loop_, std::move(socket));
  channel_->start(shared_from_this());
  if (settings_.tls.mode == TlsMode::Implicit) return begin_tls();
  stage_ = Stage::Greeting;
  channel_->want();
}

bool ClientConnection::verified() const {
  return settings_.tls.mode == TlsMode::Required || settings_.tls.mode == TlsMode::Implicit;
}

void ClientConnection::begin_tls() {
  const auto context = client_context(settings_.tls);
  if (!context) return fail(Step::Connect, 0, context.error());
  stage_ = Stage::Securing;
  const auto& name = settings_.tls.verify_name.empty() ? settings_.host : settings_.tls.verify_name;
  channel_->secure(*context, Channel::Side::client,
                   verified() && settings_.tls.verify ? name : std::string());
}

void ClientConnection::on_secured() {
  if (settings_.tls.mode == TlsMode::Implicit) {
    stage_ = Stage::Greeting;
    return channel_->want();
  }
  say("EHLO " + settings_.hello, Stage::Hello);
}

void ClientConnection::on_input(std::string_view octets) {
  input_ += octets;
  for (;;) {
    const auto end = input_.find('\n');
    if (stage_ == Stage::Ended) return;
    if (end == std::string::npos) break;
    const auto line = input_.substr(0, end > 0 && input_[end - 1] == '\r' ? end - 1 : end);
    input_.erase(0, end + 1);
    take_reply_line(line);
  }
  if (input_.size() > kLongestLine) return lost("an answer has no end");
  if (stage_ != Stage::Securing) channel_->want();
}

void ClientConnection::take_reply_line(std::string_view line) {
  std::uint16_t code = 0;
  const auto digits = line.substr(0, 3);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  const bool well = line.size() >= 3 && error == std::errc() && end == digits.data() + 3 && code >= 200 &&
                    code < 600 && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!well || ++reply_lines_ > kMostLines) return lost("this is no SMTP server");
  reply_.code = code;
  if (!reply_.text.empty()) reply_.text += '\n';
  if (line.size() > 4) reply_.text += line.substr(4, kLongestLine);
  if (line.size() > 3 && line[3] == '-') return;
  reply_lines_ = 0;
  replied(std::exchange(reply_, Reply{0, {}}));
}

void ClientConnection::replied(const Reply& reply) {
  switch (stage_) {
    case Stage::Greeting:
      return greeted(reply);
    case Stage::Hello:
      return hello_answered(reply);
    case Stage::StartTls:
      if (reply.code != 220) return fail(Step::Connect, reply.code, reply.text);
      // What follows in the clear was not written by whom the TLS will be with.
      if (!input_.empty()) return fail(Step::Connect, 0, "something follows the answer to STARTTLS");
      return begin_tls();
    case Stage::LoginPlain:
    case Stage::LoginName:
    case Stage::LoginUser:
    case Stage::LoginPassword:
      return login_answered(reply);
    case Stage::Sender:
    case Stage::Recipient:
    case Stage::Data:
      return step(reply);
    case Stage::Body:
      return body_answered(reply);
    case Stage::Reset:
      if (reply.code != 250) return lost(reply.text);
      return become_ready();
    case Stage::Quitting:
      return go();
    case Stage::Connecting:
    case Stage::Securing:
    case Stage::Ready:
    case Stage::Ended:
      return lost(std::to_string(reply.code) + " " + reply.text);
  }
}

void ClientConnection::greeted(const Reply& reply) {
  if (reply.code != 220) return fail(Step::Connect, reply.code, reply.text);
  say("EHLO " + settings_.hello, Stage::Hello);
}

void ClientConnection::hello_answered(const Reply& reply) {
  const bool plain = settings_.tls.mode == TlsMode::None || settings_.tls.mode == TlsMode::Opportunistic;
  if (reply.code >= 500 && extended_ && plain && settings_.login.empty()) {
    extended_ = false;
    return say("HELO " + settings_.hello, Stage::Hello);
  }
  if (reply.code != 250) return fail(Step::Connect, reply.code, reply.text);
  offers_tls_ = offers_plain_ = offers_login_ = offers_size_ = false;
  size_ = 0;
  std::string_view rest = reply.text;
  for (bool first = true; !rest.empty() && extended_; first = false) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (first) continue;
    const auto word = line.substr(0, line.find_first_of(" ="));
    const auto argument = line.substr(std::min(word.size() + 1, line.size()));
    if (iequals(word, "STARTTLS")) offers_tls_ = true;
    if (iequals(word, "SIZE")) {
      offers_size_ = true;
      std::from_chars(argument.data(), argument.data() + argument.size(), size_);
    }
    if (!iequals(word, "AUTH")) continue;
    offers_plain_ |= has_word(argument, "PLAIN");
    offers_login_ |= has_word(argument, "LOGIN");
  }
  after_hello();
}

void ClientConnection::after_hello() {
  const auto mode = settings_.tls.mode;
  if (!channel_->secured() && offers_tls_ && (mode == TlsMode::Required || mode == TlsMode::Opportunistic))
    return say("STARTTLS", Stage::StartTls);
  if (!channel_->secured() && verified()) return fail(Step::Connect, 0, "the server offers no STARTTLS");
  if (settings_.login.empty()) return become_ready();
  begin_login();
}

void ClientConnection::begin_login() {
  if (!channel_->secured() || !verified())
    return fail(Step::Login, 0, "a login needs a connection with verified TLS");
  if (offers_plain_) {
    const std::string secret = '\0' + settings_.login + '\0' + settings_.password;
    return say("AUTH PLAIN " + to_base64(secret), Stage::LoginPlain);
  }
  if (offers_login_) return say("AUTH LOGIN", Stage::LoginName);
  fail(Step::Login, 0, "the server offers neither AUTH PLAIN nor LOGIN");
}

void ClientConnection::login_answered(const Reply& reply) {
  if (reply.code == 235) return become_ready();
  if (reply.code == 334 && stage_ == Stage::LoginName)
    return say(to_base64(settings_.login), Stage::LoginUser);
  if (reply.code == 334 && stage_ == Stage::LoginUser)
    return say(to_base64(settings_.password), Stage::LoginPassword);
  fail(Step::Login, reply.code, reply.text);
}

void ClientConnection::become_ready() {
  stage_ = Stage::Ready;
  if (!std::exchange(established_, true)) {
    metrics_.connected.add();
    metrics_.connections.add(1);
  }
  arm(settings_.idle_timeout);
  owner_->connection_ready(*this);
}

void ClientConnection::send(const Letter& letter) {
  letter_ = &letter;
  mail_began_ = false;
  ++mails_;
  if (size_ != 0 && letter.octets.size() > size_) {
    // Not inside the call: the owner is told as of any other answer.
    return loop_.post([self = weak_from_this()] {
      const auto me = self.lock();
      if (!me || me->stage_ == Stage::Ended || !me->letter_) return;
      me->end_mail({Outcome::Result::Permanent, Step::Sender, 552, "larger than the server takes"});
      if (me->stage_ == Stage::Ready && !me->letter_) me->owner_->connection_ready(*me);
    });
  }
  std::string command = "MAIL FROM:<" + letter.from + ">";
  if (offers_size_) command += " SIZE=" + std::to_string(letter.octets.size());
  say(command, Stage::Sender);
}

void ClientConnection::step(const Reply& reply) {
  mail_began_ = true;
  const bool well = stage_ == Stage::Data ? reply.code == 354 : reply.code / 100 == 2;
  if (!well) {
    const auto at = stage_ == Stage::Sender      ? Step::Sender
                    : stage_ == Stage::Recipient ? Step::Recipient
                                                 : Step::Data;
    end_mail({result_of(reply.code), at, reply.code, reply.text});
    if (stage_ == Stage::Ended) return;
    if (reply.code == 421) return go();
    return say("RSET", Stage::Reset);
  }
  if (stage_ == Stage::Sender) return say("RCPT TO:<" + letter_->to + ">", Stage::Recipient);
  if (stage_ == Stage::Recipient) return say("DATA", Stage::Data);
  stage_ = Stage::Body;
  arm(settings_.data_timeout);
  channel_->write(stuffed(letter_->octets));
}

void ClientConnection::body_answered(const Reply& reply) {
  const bool taken = reply.code / 100 == 2;
  // An answer before the mail was all sent: whatever it is, the connection is of no more use.
  const bool early = !channel_->all_given();
  if (early && taken) return lost("an answer came before the mail's end");
  stage_ = Stage::Ready;
  arm(settings_.idle_timeout);
  end_mail({taken ? Outcome::Result::Accepted : result_of(reply.code), Step::Data, reply.code, reply.text});
  if (stage_ == Stage::Ended) return;
  if (early || reply.code == 421) return go();
  if (mails_ >= settings_.mails_a_connection) return quit();
  owner_->connection_ready(*this);
}

void ClientConnection::say(std::string_view command, Stage next) {
  stage_ = next;
  if (established_) arm(settings_.command_timeout);
  channel_->write(std::string(command) + "\r\n");
  if (!established_) channel_->want();
}

void ClientConnection::quit() {
  if (stage_ != Stage::Ready) return go();
  say("QUIT", Stage::Quitting);
  arm(std::min(settings_.command_timeout, std::chrono::milliseconds(2'000)));
}

void ClientConnection::fail(Step step, std::uint16_t code, std::string text) {
  if (stage_ == Stage::Ended) return;
  stage_ = Stage::Ended;
  metrics_.failed.add();
  abandon();
  // 5xx of a login or a greeting is the connection's, not the mail's: another day it may be mended.
  owner_->connection_ended(*this, Outcome{Outcome::Result::Temporary, step, code, std::move(text)});
}

void ClientConnection::lost(std::string text) {
  if (stage_ == Stage::Ended) return;
  if (!established_) return fail(Step::Connect, 0, std::move(text));
  if (letter_) {
    const bool may_have_been_taken = stage_ == Stage::Body && channel_->all_given();
    const auto result = may_have_been_taken ? Outcome::Result::Ambiguous : Outcome::Result::Temporary;
    // A kept connection that the server has closed meanwhile.
    const bool stale = mails_ > 1 && !mail_began_;
    const auto at = stage_ == Stage::Body || stage_ == Stage::Data ? Step::Data : Step::Sender;
    stage_ = Stage::Ended;
    letter_ = nullptr;
    owner_->mail_ended(*this, {result, at, 0, std::move(text)}, stale);
  }
  go();
}

void ClientConnection::end_mail(Outcome outcome) {
  letter_ = nullptr;
  owner_->mail_ended(*this, outcome, false);
}

void ClientConnection::go() {
  stage_ = Stage::Ended;
  if (std::exchange(established_, false)) metrics_.connections.add(-1);
  auto* owner = owner_;
  abandon();
  owner->connection_ended(*this, std::nullopt);
}

void ClientConnection::abandon() {
  error_code ignored;
  loop_.wheel().cancel(timer_);
  if (std::exchange(established_, false)) metrics_.connections.add(-1);
  stage_ = Stage::Ended;
  resolver_.cancel();
  socket_.close(ignored);
  if (channel_) channel_->close();
}

void ClientConnection::on_closed(std::string_view detail) {
  if (stage_ == Stage::Quitting) return go();
  lost(std::string(detail));
}

void ClientConnection::arm(std::chrono::milliseconds limit) {
  loop_.wheel().cancel(timer_);
  timer_ = loop_.wheel().arm(limit, [self = weak_from_this()] {
    const auto me = self.lock();
    if (!me || me->stage_ == Stage::Ended) return;
    if (me->stage_ == Stage::Ready && !me->letter_) return me->quit();
    if (me->stage_ == Stage::Quitting) return me->go();
    me->lost("no answer in time");
  });
}

}  // namespace warp::smtp
