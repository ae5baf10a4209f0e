// A self-signed certificate of a test, in a folder of its own. With a name it is good for that name and may
// be given to clients as their authority.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace warp::test {

class Certificate {
 public:
  // `names`: as OpenSSL writes them, such as "DNS:localhost" or "IP:127.0.0.1"; empty: none.
  explicit Certificate(const std::string& names = {}) {
    char name[] = "/tmp/warp-tls-XXXXXX";
    folder_ = mkdtemp(name);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), pair.get());
    if (!names.empty()) add_names(*made, names);
    X509_sign(made.get(), pair.get(), EVP_sha256());
    auto* file = std::fopen(chain().c_str(), "w");
    PEM_write_X509(file, made.get());
    std::fclose(file);
    file = std::fopen(key().c_str(), "w");
    PEM_write_PrivateKey(file, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string chain() const { return folder_ + "/chain.pem"; }
  std::string key() const { return folder_ + "/key.pem"; }

 private:
  static void add_names(X509& certificate, const std::string& names) {
    auto* subject = X509_get_subject_name(&certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"),
                               -1, -1, 0);
    X509_set_issuer_name(&certificate, subject);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
    X509_add_ext(&certificate, extension.get(), -1);
  }

  std::string folder_;
};

}  // namespace warp::test
