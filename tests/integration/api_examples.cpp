#include "integration/api_examples.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

namespace warp::test {
namespace {

constexpr std::size_t kRows = 2;

api::Json shown(const std::string& name, const api::Json& value) {
  static const std::set<std::string> kSecrets{
      "key",           "password",       "secret", "token",  "access_token",
      "refresh_token", "recovery_codes", "pin",    "ticket", "uri"};
  if (value.is_string() && kSecrets.contains(name)) return "(shown once)";
  if (value.is_array()) {
    auto out = api::Json::array();
    for (const auto& item : value)
      if (out.size() < kRows) out.push_back(shown(name, item));
    return out;
  }
  if (!value.is_object()) return value;
  auto out = api::Json::object();
  for (const auto& [member, inner] : value.items())
    out[member] = shown(member, inner);
  return out;
}

class Recorder {
 public:
  explicit Recorder(const char* file) : file_(file) {}
  ~Recorder() {
    api::Json all = api::Json::object();
    for (const auto& [operation, example] : examples_)
      all[operation] = example;
    std::ofstream(file_) << all.dump(1, ' ', true) << '\n';
  }
  void add(const std::string& operation, const std::string& request, unsigned status,
           const api::Json& answer) {
    if (examples_.contains(operation)) return;
    api::Json example;
    const auto body = api::Json::parse(request, nullptr, false);
    if (body.is_object()) example["request"] = shown("", body);
    example["status"] = status;
    example["answer"] = shown("", answer);
    examples_[operation] = std::move(example);
  }

 private:
  std::string file_;
  std::map<std::string, api::Json> examples_;
};

}  // namespace

void record_example(const std::string& operation, const std::string& request, unsigned status,
                    const api::Json& answer) {
  static const char* const file = std::getenv("WARP_RECORD_EXAMPLES");
  if (!file || status >= 300) return;
  static Recorder recorder(file);
  recorder.add(operation, request, status, answer);
}

}  // namespace warp::test
