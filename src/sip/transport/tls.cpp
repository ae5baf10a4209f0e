#include "warp/sip/transport/tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "warp/base/text.h"
#include "warp/domain/address.h"
#include "warp/net/tls.h"
#include "warp/sip/message/uri.h"

#include "tls_set.h"

namespace warp::sip {
namespace {

namespace ssl = boost::asio::ssl;

constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL";

// Of an SSL, where its ServerChoice is.
int choice_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string set_rules(ssl::context& context, const TlsProfile& profile) {
  auto* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, profile.only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  const auto* ciphers = profile.ciphers.empty() ? kCiphers : profile.ciphers.c_str();
  if (SSL_CTX_set_cipher_list(native, ciphers) != 1) return "no cipher is known of `" + profile.ciphers + "`";
  return {};
}

int mode_of(TlsProfile::Verify verify) {
  switch (verify) {
    case TlsProfile::Verify::None:
      return SSL_VERIFY_NONE;
    case TlsProfile::Verify::Optional:
      return SSL_VERIFY_PEER;
    case TlsProfile::Verify::Required:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

bool is_of(const TlsContext& context, const char* name) {
  auto* certificate = SSL_CTX_get0_certificate(const_cast<ssl::context&>(context.server).native_handle());
  return certificate != nullptr && X509_check_host(certificate, name, 0, 0, nullptr) == 1;
}

int on_server_name(SSL* ssl, int*, void*) {
  auto* choice = static_cast<ServerChoice*>(SSL_get_ex_data(ssl, choice_index()));
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (choice == nullptr || name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  for (auto* context : choice->among) {
    if (!is_of(*context, name)) continue;
    choice->chosen = context;
    SSL_set_SSL_CTX(ssl, context->server.native_handle());
    // These stay with the SSL when its context changes.
    SSL_set_verify(ssl, mode_of(context->profile.verify), nullptr);
    SSL_set_client_CA_list(ssl, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(context->server.native_handle())));
    SSL_set_min_proto_version(ssl, context->profile.only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

std::string make_server(TlsContext& context) {
  const auto& profile = context.profile;
  if (profile.certificate_file.empty()) return {};  // for connecting alone
  if (auto fault = set_rules(context.server, profile); !fault.empty()) return fault;
  if (auto fault = net::use_certificate(context.server, profile.certificate_file, profile.key_file);
      !fault.empty())
    return fault;
  auto* native = context.server.native_handle();
  SSL_CTX_set_tlsext_servername_callback(native, on_server_name);
  if (profile.verify == TlsProfile::Verify::None) return {};
  if (auto fault = net::trust(context.server, profile.ca_file); !fault.empty()) return fault;
  if (!profile.ca_file.empty())
    SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(profile.ca_file.c_str()));
  SSL_CTX_set_verify(native, mode_of(profile.verify), nullptr);
  return {};
}

std::string make_client(TlsContext& context) {
  if (auto fault = set_rules(context.client, context.profile); !fault.empty()) return fault;
  const auto& profile = context.profile;
  if (auto fault = net::trust(context.client, profile.ca_file); !fault.empty()) return fault;
  SSL_CTX_set_verify(context.client.native_handle(), SSL_VERIFY_PEER, nullptr);
  if (profile.certificate_file.empty()) return {};
  return net::use_certificate(context.client, profile.certificate_file, profile.key_file);
}

// The host of a SIP URI without a user, as RFC 5922 §7.1 takes it.
bool is_domain_uri(const ASN1_STRING& value, std::string_view name) {
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(&value)),
                              static_cast<std::size_t>(ASN1_STRING_length(&value)));
  const auto uri = Uri::parse(text);
  return uri && uri->scheme == Uri::Scheme::Sip && uri->user.empty() && iequals(uri->host, name);
}

}  // namespace

bool proves(X509& certificate, std::string_view name, bool wildcards) {
  if (name.empty()) return false;
  const std::string text(name);
  if (const auto ip = domain::IpAddress::parse(name))
    return X509_check_ip_asc(&certificate, ip->to_string().c_str(), 0) == 1;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* one = sk_GENERAL_NAME_value(names.get(), i);
    if (one->type == GEN_URI && is_domain_uri(*one->d.uniformResourceIdentifier, name)) return true;
  }
  unsigned flags = wildcards ? X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS : X509_CHECK_FLAG_NO_WILDCARDS;
  if (names != nullptr) flags |= X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  return X509_check_host(&certificate, text.c_str(), text.size(), flags, nullptr) == 1;
}

void choose_by_name(SSL& ssl, ServerChoice& choice) {
  SSL_set_ex_data(&ssl, choice_index(), &choice);
}

Result<std::shared_ptr<const TlsSet>, std::string> TlsSet::make(const std::vector<TlsProfile>& profiles) {
  auto set = std::make_shared<TlsSet>();
  for (const auto& profile : profiles) {
    auto context = std::make_unique<TlsContext>();
    context->profile = profile;
    auto fault = make_server(*context);
    if (fault.empty()) fault = make_client(*context);
    if (!fault.empty()) return "profile " + profile.name + ": " + fault;
    set->contexts_.push_back(std::move(context));
  }
  if (!profiles.empty()) return std::shared_ptr<const TlsSet>(std::move(set));
  auto bare = std::make_unique<TlsContext>();
  if (auto fault = make_client(*bare); !fault.empty()) return fault;
  set->contexts_.push_back(std::move(bare));
  return std::shared_ptr<const TlsSet>(std::move(set));
}

TlsContext* TlsSet::find(std::string_view name) const {
  if (name.empty()) return contexts_.front().get();
  for (const auto& context : contexts_)
    if (context->profile.name == name) return context.get();
  return nullptr;
}

Result<std::unique_ptr<TlsProfiles>, std::string> TlsProfiles::load(const std::vector<TlsProfile>& profiles) {
  std::unique_ptr<TlsProfiles> made(new TlsProfiles);
  if (const auto read = made->reload(profiles); !read) return read.error();
  return made;
}

Result<void, std::string> TlsProfiles::reload(const std::vector<TlsProfile>& profiles) {
  auto set = TlsSet::make(profiles);
  if (!set) return set.error();
  const std::lock_guard lock(mutex_);
  current_ = std::move(*set);
  return {};
}

std::shared_ptr<const TlsSet> TlsProfiles::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace warp::sip
