#include "warp/net/tls.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/x509.h>

namespace warp::net {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

using Store = std::shared_ptr<X509_STORE>;

Store read(bool (*load)(X509_STORE* store, const std::string& from), const std::string& from) {
  Store store(X509_STORE_new(), X509_STORE_free);
  if (store && !load(store.get(), from)) store.reset();
  return store;
}

std::filesystem::file_time_type changed_at(const char* variable, const char* otherwise) {
  const char* named = std::getenv(variable);
  std::error_code error;
  return std::filesystem::last_write_time(named != nullptr ? named : otherwise, error);
}

// Some 140 certificates take 30 ms to read, and calls wait for a daemon that starts again: read when somebody
// first needs them, shared by all who do, and read again when they have changed. Null: they cannot be read.
Store authorities_of_the_system() {
  static std::mutex mutex;
  static Store store;
  static std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type> read_at;
  const auto now = std::make_pair(changed_at(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
                                  changed_at(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()));
  const std::lock_guard guard(mutex);
  if (store && now == read_at) return store;
  read_at = now;
  store =
      read([](X509_STORE* into, const std::string&) { return X509_STORE_set_default_paths(into) == 1; }, "");
  return store;
}

Store authorities_in(const std::string& file) {
  return read(
      [](X509_STORE* into, const std::string& from) { return X509_STORE_load_file(into, from.c_str()) == 1; },
      file);
}

// Why OpenSSL failed, and nothing left of it for whoever fails next.
std::string tls_error() {
  const error_code error(static_cast<int>(ERR_peek_error()), boost::asio::error::get_ssl_category());
  ERR_clear_error();
  return error.message();
}

}  // namespace

std::string use_certificate(ssl::context& context, const std::string& chain, const std::string& key) {
  error_code error;
  context.use_certificate_chain_file(chain, error);
  if (error) return chain + ": " + error.message();
  context.use_private_key_file(key, ssl::context::pem, error);
  if (error) return key + ": " + error.message();
  return {};
}

std::string trust(ssl::context& context, const std::string& ca_file) {
  ERR_clear_error();
  const auto store = ca_file.empty() ? authorities_of_the_system() : authorities_in(ca_file);
  if (!store) return (ca_file.empty() ? "the system's certificates" : ca_file) + ": " + tls_error();
  SSL_CTX_set1_cert_store(context.native_handle(), store.get());
  return {};
}

}  // namespace warp::net
