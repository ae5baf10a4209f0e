#include "app/recording_upload.h"

#include <csignal>
#include <fstream>
#include <spawn.h>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/net/quietly.h"

extern char** environ;

namespace warp::app {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kUploadPiece = 256 * 1024;

void fill_in(std::string& pattern, std::string_view name, const std::string& value) {
  for (auto at = pattern.find(name); at != std::string::npos; at = pattern.find(name, at + value.size()))
    pattern.replace(at, name.size(), value);
}

std::unique_ptr<http::Client> upload_client(const RecordingsConfig::Upload& upload) {
  if (upload.url.empty()) return nullptr;
  http::ClientSettings settings;
  settings.plain = upload.allow_http;
  settings.private_targets = true;  // it is the operator who names the address
  settings.ca_file = upload.ca_file;
  settings.timeout = upload.timeout;
  settings.user_agent = std::string("WARP/") + WARP_VERSION;
  auto client = http::Client::make(std::move(settings));
  if (!client) throw std::runtime_error(client.error() + "; see recordings.upload.ca_file");
  return std::move(*client);
}

// Negative: it cannot be run. It gets none of our files and sockets.
pid_t run_program(const std::string& program, char* const* arguments) {
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return -1;
  pid_t child = -1;
  const bool made = ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1) == 0 &&
                    ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) == 0;
  ::posix_spawn_file_actions_destroy(&actions);
  return made ? child : -1;
}

// Has a child of ours ended, and how? -1: not yet.
int end_of(pid_t child) {
  int status = 0;
  const auto ended = ::waitpid(child, &status, WNOHANG);
  if (ended == 0) return -1;
  return ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

}  // namespace

std::string upload_address(std::string pattern, const std::string& id, const std::string& name) {
  fill_in(pattern, "{id}", id);
  fill_in(pattern, "{name}", name);
  return pattern;
}

RecordingUpload::RecordingUpload(const RecordingsConfig::Upload& settings)
    : settings_(settings), client_(upload_client(settings)) {}

asio::awaitable<std::string> RecordingUpload::send(std::filesystem::path file, std::string id) {
  return client_ ? put(std::move(file), std::move(id)) : run(std::move(file), std::move(id));
}

// The loop has other work between the pieces.
asio::awaitable<std::string> RecordingUpload::put(std::filesystem::path file, std::string id) {
  const auto executor = co_await asio::this_coro::executor;
  std::error_code error;
  const auto octets = std::filesystem::file_size(file, error);
  if (error) co_return "the file cannot be read";
  if (octets > kMostOctets) co_return "the file is too long for a PUT: see recordings.upload.command";
  http::ClientRequest request;
  request.method = http::Method::Put;
  request.url = upload_address(settings_.url, id, file.filename().string());
  request.headers.set("Content-Type", "application/octet-stream");
  if (!settings_.authorization.value.empty())
    request.headers.set("Authorization", settings_.authorization.value);
  std::ifstream in(file, std::ios::binary);
  request.body.resize(octets);
  for (std::size_t at = 0; at < request.body.size() && in; at += kUploadPiece) {
    const auto count = std::min(kUploadPiece, request.body.size() - at);
    in.read(request.body.data() + at, static_cast<std::streamsize>(count));
    co_await asio::post(executor, asio::use_awaitable);
  }
  if (!in) co_return "the file cannot be read";
  auto sending = client_->send(std::move(request));
  const auto answer = co_await std::move(sending);
  if (!answer) co_return std::string(to_string(answer.error()));
  if (answer->status < 200 || answer->status > 299) co_return "status " + std::to_string(answer->status);
  co_return std::string();
}

asio::awaitable<std::string> RecordingUpload::run(std::filesystem::path file, std::string id) {
  const auto executor = co_await asio::this_coro::executor;
  std::string program = settings_.command, path = file.string();
  char* arguments[] = {program.data(), path.data(), id.data(), nullptr};
  const auto child = run_program(program, arguments);
  if (child < 0) co_return "the program cannot be run";
  const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  asio::steady_timer deadline(executor, settings_.timeout);
  if (handle >= 0) {
    asio::posix::stream_descriptor watched(executor, handle);
    deadline.async_wait([&watched](boost::system::error_code error) {
      if (!error) watched.cancel();
    });
    const auto [error] =
        co_await watched.async_wait(asio::posix::stream_descriptor::wait_read, net::kQuietly);
    static_cast<void>(error);  // ended, or too late: it is asked below
    deadline.cancel();
  }
  if (const auto status = end_of(child); status >= 0) {
    if (status == 0) co_return std::string();
    co_return "the program ended with " + std::to_string(status);
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  co_return "the program took too long";
}

}  // namespace warp::app
