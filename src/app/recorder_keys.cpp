// recordings.siprec.*: recorders outside.
#include <algorithm>

#include "warp/base/checked.h"
#include "warp/sip/message/uri.h"

#include "app/config_values.h"
#include "app/key_sections.h"

namespace warp::app {
namespace {

using calls::RecorderTarget;

constexpr std::size_t kLongestRecorderName = 64;
constexpr std::uint32_t kLowestPriority = 1'000'000;

// "sip:rec@srs.example:5080;transport=tcp"; what is wrong, or empty.
std::string read_recorder_uri(const std::string& text, RecorderTarget& target) {
  const auto uri = sip::Uri::parse(text);
  if (!uri || uri->scheme == sip::Uri::Scheme::Tel || uri->host.empty())
    return "needs a sip: or sips: URI for uri, such as \"sip:srs.example.net;transport=tcp\"";
  std::string_view host = uri->host;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  target.user = uri->user;
  target.destination = {std::string(host), uri->port, {}, uri->scheme == sip::Uri::Scheme::Sips};
  if (target.destination.sips) target.destination.transport = sip::SipTransport::Tls;
  const auto named = uri->param("transport");
  if (!named) return {};
  target.destination.transport = sip::transport_of(*named);
  return target.destination.transport ? std::string() : "names a transport that is not spoken here in uri";
}

std::string read_recorder_password(const YAML::Node& node, std::string& password) {
  Secret secret;
  const auto problem = secret_key("", secret, "").read(node);
  password = secret.value;
  return problem.empty() ? problem : "has a password that " + problem;
}

std::string read_recorder(const YAML::Node& entry, RecorderTarget& target) {
  if (!entry.IsMap()) return "has an entry that is no map: write {uri: URI}";
  std::string password;
  for (const auto& field : entry) {
    const auto name = field.first.Scalar();
    const auto value = field.second.IsScalar() ? field.second.Scalar() : std::string();
    std::string problem;
    if (name == "uri") {
      problem = read_recorder_uri(value, target);
    } else if (name == "recorder") {
      target.recorder = value;
      if (value.size() > kLongestRecorderName) problem = "has a recorder with more than 64 letters";
    } else if (name == "priority") {
      const auto priority = parse_number<std::uint32_t>(value, 0, kLowestPriority);
      if (!priority) problem = "needs a number from 0 to 1000000 for priority";
      target.priority = priority.value_or(0);
    } else if (name == "srtp") {
      if (value != "true" && value != "false") problem = "needs true or false for srtp";
      target.srtp = value == "true";
    } else if (name == "tls_profile") {
      target.tls_profile = value;
    } else if (name == "username") {
      target.username = value;
    } else if (name == "realm") {
      target.realm = value;
    } else if (name == "password") {
      problem = read_recorder_password(field.second, password);
    } else {
      problem = "has the unknown key `" + name +
                "`: use recorder, uri, priority, srtp, tls_profile, username, realm and password";
    }
    if (!problem.empty()) return problem;
  }
  if (target.destination.host.empty()) return "has an entry without `uri`";
  if (target.username.empty() != password.empty() || target.username.empty() != target.realm.empty())
    return "needs username, realm and password together, or none of them";
  if (!password.empty()) target.secret = sip::make_digest_secret(target.username, target.realm, password);
  return {};
}

std::string read_recorders(const YAML::Node& node, std::vector<RecorderTarget>& targets) {
  if (!node.IsSequence()) return "must be a list of {recorder: NAME, uri: URI, priority: NUMBER}";
  std::vector<RecorderTarget> read(node.size());
  for (std::size_t i = 0; i < node.size(); ++i)
    if (auto problem = read_recorder(node[i], read[i]); !problem.empty()) return problem;
  std::stable_sort(read.begin(), read.end(),
                   [](const RecorderTarget& a, const RecorderTarget& b) { return a.priority < b.priority; });
  targets = std::move(read);
  return {};
}

nlohmann::ordered_json recorders_schema() {
  const auto text = text_schema();
  const nlohmann::ordered_json secret = {
      {"type", "object"}, {"maxProperties", 1}, {"properties", {{"file", text}, {"env", text}}}};
  return {{"type", "array"},
          {"items",
           {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"uri"}},
            {"properties",
             {{"recorder", text},
              {"uri", text},
              {"priority", {{"type", "integer"}, {"minimum", 0}, {"maximum", kLowestPriority}}},
              {"srtp", {{"type", "boolean"}}},
              {"tls_profile", text},
              {"username", text},
              {"realm", text},
              {"password", secret}}}}}};
}

std::string show_recorders(const std::vector<RecorderTarget>& targets) {
  std::string text = "[";
  for (const auto& target : targets) {
    if (text.size() > 1) text += ", ";
    const auto& to = target.destination;
    const bool v6 = to.host.find(':') != std::string::npos;
    std::string uri = to.sips ? "sips:" : "sip:";
    if (!target.user.empty()) uri += target.user + "@";
    uri += v6 ? "[" + to.host + "]" : to.host;
    if (to.port != 0) uri += ":" + std::to_string(to.port);
    if (to.transport && !to.sips) uri += sip::uri_transport(*to.transport);
    text += "{recorder: " + yaml_text(target.recorder) + ", uri: " + yaml_text(uri) +
            ", priority: " + std::to_string(target.priority) + "}";
  }
  return text + "]";
}

Key fallback_key(std::string path, std::optional<domain::RecordingForm>& target, std::string doc) {
  auto read = [&target](const YAML::Node& node) -> std::string {
    const auto text = node.IsScalar() ? node.Scalar() : std::string();
    target = domain::parse_recording_form(text);
    return target || text == "none" ? "" : "must be one of: none, wav, wav_stereo, pcap";
  };
  return {std::move(path),
          std::move(doc),
          Applies::Restart,
          {{"enum", {"none", "wav", "wav_stereo", "pcap"}}},
          read,
          [&target] { return target ? std::string(to_string(*target)) : std::string("none"); }};
}

}  // namespace

std::vector<Key> recorder_keys(Config& c) {
  auto& siprec = c.recordings.siprec;
  return {
      {"recordings.siprec.targets",
       "recorders (SIPREC), each {recorder: NAME, uri: URI, priority: NUMBER, srtp: BOOLEAN, tls_profile: "
       "NAME, "
       "username, realm, password: {file: PATH} or {env: NAME}}; of one name (media.recorder of a "
       "sip_policy) "
       "those of the lowest priority are tried first",
       Applies::Restart, recorders_schema(),
       [&siprec](const YAML::Node& node) { return read_recorders(node, siprec.targets); },
       [&siprec] { return show_recorders(siprec.targets); }},
      duration_key("recordings.siprec.timeout", siprec.timeout, {500, 32'000}, Applies::Restart,
                   "how long a recorder may take to answer, until the next one is tried"),
      fallback_key("recordings.siprec.fallback", siprec.fallback,
                   "the file that is written of a call that no recorder takes; none: nothing is"),
  };
}

}  // namespace warp::app
