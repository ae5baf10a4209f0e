// What happens, while it happens: `tail` prints it, `webhooks listen` sends it on to a program under
// development.
#include "ctl/watch.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>

#include <boost/asio/signal_set.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ctl/commands.h"
#include "ctl/live.h"
#include "ctl/profiles.h"

namespace warp::ctl {
namespace {

namespace asio = boost::asio;

std::string base64(const unsigned char* octets, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), octets, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// Runs until Ctrl-C, or until the daemon refuses. `count`: of frames; 0: no limit.
void watch(const Session& session, std::vector<Subscription> topics, unsigned count,
           const std::function<void(const Json&)>& heard) {
  asio::io_context io;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](boost::system::error_code, int) { io.stop(); });
  unsigned seen = 0;
  std::string wrong;
  Live live(io, session, std::move(topics),
            {[&](const Json& frame) {
               const auto op = member_text(frame, "op");
               if (op == "heartbeat" || op == "hello" || op == "pong") return;
               if (op == "error") {  // asked for something that is not there, or that one may not see
                 wrong = member_text(frame, "topic") + ": " + member_text(frame, "code") + ": " +
                         member_text(frame, "message");
                 return io.stop();
               }
               heard(frame);
               if (++seen == count) io.stop();
             },
             [](const std::string& state) { std::fprintf(stderr, "warpctl: %s\n", state.c_str()); }});
  live.start();
  io.run();
  if (!live.refused().empty()) throw Refused(1, live.refused());
  if (!wrong.empty()) throw Refused(1, wrong);
}

void print_line(const Json& frame) {
  std::puts(frame.dump().c_str());
  std::fflush(stdout);
}

struct Forward {
  std::string url, secret_file;
  unsigned count = 0;
};

void send_on(const Session& target, const std::string& secret, const Json& event) {
  const auto data = event.contains("data") ? event["data"] : Json::object();
  const auto body = data.dump();
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto own = member_text(data, "id");
  const auto id = own.empty() ? member_text(event, "token") : own;
  Request request{"POST", "", body};
  request.headers = {{"webhook-id", id},
                     {"webhook-timestamp", std::to_string(now.count())},
                     {"webhook-signature", webhook_signature(secret, id, std::to_string(now.count()), body)}};
  try {
    const auto answer = target.ask(request);
    std::fprintf(stderr, "warpctl: %s answers %u\n", target.url.c_str(), answer.status);
  } catch (const Refused& refused) {
    std::fprintf(stderr, "warpctl: %s\n", refused.what());
  }
}

void listen(const Session& session, const Forward& forward) {
  const auto secret =
      forward.secret_file.empty() ? std::string("whsec_bG9jYWw=") : key_in(forward.secret_file);
  Session target;
  target.url = forward.url;
  target.prefix = "";
  watch(session, {{"events"}}, forward.count, [&](const Json& frame) {
    print_line(frame);
    if (!forward.url.empty() && member_text(frame, "op") == "event") send_on(target, secret, frame);
  });
}

}  // namespace

std::string webhook_signature(const std::string& secret, const std::string& id, const std::string& timestamp,
                              const std::string& body) {
  std::string key = secret;
  if (secret.starts_with("whsec_")) {
    const auto text = secret.substr(6);
    std::string octets(text.size() / 4 * 3 + 3, '\0');
    const int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(octets.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) throw WrongUse("the secret is no base64 after whsec_");
    auto size = static_cast<std::size_t>(length);
    for (auto end = text.rbegin(); end != text.rend() && *end == '=' && size > 0; ++end)
      --size;
    key = octets.substr(0, size);
  }
  const auto signed_text = id + "." + timestamp + "." + body;
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size(), mac, &length);
  return "v1," + base64(mac, length);
}

void add_watch(CLI::App& app, Session& session) {
  struct Wanted {
    std::vector<std::string> topics{"events"};
    unsigned count = 0;
  };
  // Shared by the callbacks: they run when this has returned.
  const auto wanted = std::make_shared<Wanted>();
  auto* tail =
      app.add_subcommand("tail", "what happens, a JSON line each; goes on after the connection was lost");
  tail->add_option("TOPICS", wanted->topics, "trunks, calls, counters, messages, events, nodes")
      ->capture_default_str();
  tail->add_option("--count", wanted->count, "end after so many");
  tail->callback([&session, wanted] {
    std::vector<Subscription> topics;
    for (const auto& topic : wanted->topics)
      topics.push_back({topic});
    watch(session, std::move(topics), wanted->count, print_line);
  });

  const auto forward = std::make_shared<Forward>();
  auto* webhooks = app.add_subcommand("webhooks", "events sent to your own endpoints");
  webhooks->require_subcommand(1);
  auto* hear = webhooks->add_subcommand("listen", "events as they happen, and on to a program of yours");
  hear->add_option("--forward", forward->url,
                   "http://127.0.0.1:3000/hook: each event is posted there, signed");
  hear->add_option("--secret-file", forward->secret_file, "what it is signed with; else whsec_bG9jYWw=");
  hear->add_option("--count", forward->count, "end after so many");
  hear->callback([&session, forward] { listen(session, *forward); });
}

}  // namespace warp::ctl
