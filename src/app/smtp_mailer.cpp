#include "app/smtp_mailer.h"

#include <algorithm>
#include <ctime>

#include "warp/identity/tickets.h"
#include "warp/net/completion.h"
#include "warp/smtp/protocol.h"

namespace warp::app {
namespace {

constexpr std::size_t kMostWaiting = 1'000, kBase64Line = 76;
constexpr std::chrono::seconds kLastMoment{2};
constexpr const char* kCounter = "warp_identity_mails_total";
constexpr const char* kHelp = "Mails to users, by what became of them.";

smtp::TlsMode mode_of(std::string_view name) {
  if (name == "none") return smtp::TlsMode::None;
  if (name == "opportunistic") return smtp::TlsMode::Opportunistic;
  if (name == "implicit") return smtp::TlsMode::Implicit;
  return smtp::TlsMode::Required;
}

smtp::ClientSettings client_settings(const IdentityConfig& config) {
  const auto& mail = config.mail;
  smtp::ClientSettings settings;
  settings.host = mail.host;
  settings.port = static_cast<std::uint16_t>(mail.port);
  settings.tls.mode = mode_of(mail.tls);
  settings.tls.ca_file = mail.ca_file;
  settings.login = mail.login;
  settings.password = mail.password.value;
  settings.max_queued = kMostWaiting;
  return settings;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A header's value: one line, whatever it was.
std::string header_text(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  return is_ascii(out) ? out : "=?UTF-8?B?" + smtp::to_base64(out) + "?=";
}

std::string date_text(WallTime now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const auto length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return {text, length};
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string body_of(const std::string& text) {
  const auto lines = with_crlf(text);
  if (is_ascii(lines)) return "Content-Transfer-Encoding: 7bit\r\n\r\n" + lines;
  const auto coded = smtp::to_base64(lines);
  std::string out = "Content-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t at = 0; at < coded.size(); at += kBase64Line)
    out += coded.substr(at, kBase64Line) + "\r\n";
  return out;
}

}  // namespace

std::string mail_octets(const api::Mail& mail, std::string_view from, std::string_view name, WallTime now,
                        std::string_view unique) {
  const auto domain = from.substr(std::min(from.find('@') + 1, from.size()));
  std::string out = "Date: " + date_text(now) + "\r\n";
  out += "From: " + header_text(name) + " <" + header_text(from) + ">\r\n";
  out += "To: <" + header_text(mail.to) + ">\r\n";
  out += "Subject: " + header_text(mail.subject) + "\r\n";
  out += "Message-ID: <" + std::string(unique) + "@" + std::string(domain) + ">\r\n";
  out += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  out += "Content-Type: text/plain; charset=utf-8\r\n";
  return out + body_of(mail.text);
}

void register_mail_metrics(metrics::Registry& registry) {
  registry.counter(kCounter, kHelp, {{"result", std::string(to_string(smtp::Outcome::Result::Accepted))}});
}

SmtpMailer::SmtpMailer(const IdentityConfig& config, const Clock& clock, log::Logger& log,
                       metrics::Registry& metrics)
    : from_(config.mail.from),
      name_(config.display_name),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      loop_("mail", clock, metrics),
      client_(loop_, client_settings(config), metrics) {
  register_mail_metrics(metrics);
}

SmtpMailer::~SmtpMailer() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void SmtpMailer::run() {
  thread_ = std::thread([this] { loop_.run(); });
}

boost::asio::awaitable<bool> SmtpMailer::send(api::Mail mail) {
  if (pending_.fetch_add(1) >= kMostWaiting) {
    --pending_;
    log_.warning("identity.mail_dropped", {{"why", "too many wait"}});
    co_return false;
  }
  smtp::Letter letter;
  letter.from = from_;
  letter.to = mail.to;
  letter.octets = mail_octets(mail, from_, name_, clock_.wall(), identity::make_secret("").substr(0, 32));
  loop_.post([this, letter = std::move(letter)] {
    client_.send(letter, [this](const smtp::Outcome& outcome) { ended(outcome); });
  });
  co_return true;
}

void SmtpMailer::ended(const smtp::Outcome& outcome) {
  --pending_;
  metrics_.counter(kCounter, kHelp, {{"result", std::string(to_string(outcome.result))}}).add();
  if (outcome.result == smtp::Outcome::Result::Accepted) return;
  log_.warning("identity.mail_failed", {{"result", to_string(outcome.result)},
                                        {"step", to_string(outcome.step)},
                                        {"code", outcome.code},
                                        {"text", outcome.text}});
}

boost::asio::awaitable<void> SmtpMailer::stop() {
  if (!thread_.joinable()) co_return;
  auto start = [this](std::unique_ptr<net::Completion<bool>> given) {
    const std::shared_ptr<net::Completion<bool>> done = std::move(given);
    loop_.post([this, done] { client_.stop(kLastMoment, [done] { done->complete(true); }); });
  };
  auto stopping = net::suspend<bool>(std::move(start));
  [[maybe_unused]] const bool stopped = co_await std::move(stopping);
  loop_.stop();
  thread_.join();
}

}  // namespace warp::app
