#include <fstream>
#include <iterator>

#include "warp/http/url.h"
#include "warp/integrations/stir_service.h"

namespace warp::integrations {
namespace {

constexpr std::size_t kLargestFile = 8 << 20;

// What is wrong; empty: `text` has it.
std::string read_file(const std::string& name, std::string& text) {
  std::ifstream file(name, std::ios::binary);
  if (!file) return "cannot read \"" + name + "\"";
  text.assign(std::istreambuf_iterator<char>(file), {});
  return text.size() > kLargestFile ? name + " is too large" : std::string();
}

Result<void, std::string> load_signing(const StirFiles& files, StirMaterial& material) {
  std::string key_pem, chain_pem;
  if (const auto fault = read_file(files.key_file, key_pem); !fault.empty()) return fault;
  if (const auto fault = read_file(files.certificate_file, chain_pem); !fault.empty()) return fault;
  auto key = stir::PrivateKey::parse(key_pem);
  if (!key) return files.key_file + " " + key.error();
  const auto chain = stir::CertificateChain::parse(chain_pem);
  if (!chain) return files.certificate_file + " is no PEM chain of certificates";
  if (!chain->key().valid()) return files.certificate_file + " has a key that is not on P-256";
  if (!same_key(key->public_key(), chain->key()))
    return files.certificate_file + " is not the certificate of the key in " + files.key_file;
  const auto url = http::Url::parse(files.x5u);
  if (!url || !url->secure) return "the address of the certificate is no https URL: \"" + files.x5u + "\"";
  material.key = std::make_shared<const stir::PrivateKey>(std::move(*key));
  material.x5u = files.x5u;
  material.certificate_ends = chain->not_after();
  return boost::system::in_place_value;
}

}  // namespace

Result<StirMaterial, std::string> StirMaterial::load(const StirFiles& files) {
  StirMaterial material;
  if (!files.key_file.empty() || !files.certificate_file.empty())
    if (const auto loaded = load_signing(files, material); !loaded) return loaded.error();
  if (files.trust_file.empty()) return material;
  std::string pem;
  if (const auto fault = read_file(files.trust_file, pem); !fault.empty()) return fault;
  auto trust = stir::TrustList::parse(pem);
  if (!trust) return files.trust_file + " " + trust.error();
  material.trust = std::make_shared<const stir::TrustList>(std::move(*trust));
  return material;
}

}  // namespace warp::integrations
