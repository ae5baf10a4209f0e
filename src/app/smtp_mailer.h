// SmtpMailer: mails to people, handed to one SMTP server. On a loop and a thread of its own; who sends is
// told at once, so that the time of an answer does not say whether there was a mail. What becomes of a mail
// stands in the log and in warp_identity_mails_total{result}.
#pragma once

#include <atomic>
#include <thread>

#include "warp/api/ports.h"
#include "warp/base/log.h"
#include "warp/net/loop.h"
#include "warp/smtp/client.h"

#include "app/config.h"

namespace warp::app {

class SmtpMailer final : public api::Mailer {
 public:
  SmtpMailer(const IdentityConfig& config, const Clock& clock, log::Logger& log, metrics::Registry& metrics);
  ~SmtpMailer() override;

  // False: too many wait already.
  boost::asio::awaitable<bool> send(api::Mail mail) override;
  void run();
  boost::asio::awaitable<void> stop();  // what waits is dropped after a moment

 private:
  void ended(const smtp::Outcome& outcome);

  const std::string from_, name_;
  const Clock& clock_;
  log::Logger& log_;
  metrics::Registry& metrics_;
  std::atomic<std::size_t> pending_{0};
  net::Loop loop_;
  smtp::Client client_;
  std::thread thread_;
};

// The family of metrics that mailers have, before there is one.
void register_mail_metrics(metrics::Registry& registry);
// The mail as it is sent: RFC 5322, text/plain.
std::string mail_octets(const api::Mail& mail, std::string_view from, std::string_view name, WallTime now,
                        std::string_view unique);

}  // namespace warp::app
