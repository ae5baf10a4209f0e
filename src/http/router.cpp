#include "warp/http/router.h"

#include <map>
#include <span>
#include <stdexcept>

#include "warp/base/text.h"
#include "warp/base/uuid.h"

namespace warp::http {
namespace {

enum class ParameterType : std::uint8_t { Text, Uuid, Int };

struct Parameter {
  std::string name;
  ParameterType type = ParameterType::Text;
};

bool fits(ParameterType type, std::string_view value) {
  switch (type) {
    case ParameterType::Text:
      return !value.empty();
    case ParameterType::Uuid:
      return Uuid::parse(value).has_value();
    case ParameterType::Int: {
      // Eighteen digits fit 64 bits; no sign, so that one value has one spelling less.
      if (value.empty() || value.size() > 18) return false;
      for (const char c : value)
        if (!is_digit(c)) return false;
      return true;
    }
  }
  return false;
}

Parameter parse_parameter(std::string_view segment, const std::string& pattern) {
  const auto inner = segment.substr(1, segment.size() - 2);
  const auto colon = inner.find(':');
  Parameter parameter{std::string(inner.substr(0, colon)), ParameterType::Text};
  const auto type = colon == std::string_view::npos ? std::string_view("text") : inner.substr(colon + 1);
  if (type == "uuid")
    parameter.type = ParameterType::Uuid;
  else if (type == "int")
    parameter.type = ParameterType::Int;
  else if (type != "text")
    throw std::logic_error("route " + pattern + ": unknown parameter type");
  if (parameter.name.empty()) throw std::logic_error("route " + pattern + ": parameter without a name");
  return parameter;
}

// More segments than any route has: a longer path is not found, whatever its length.
constexpr std::size_t kMaxSegments = 16;

bool split(std::string_view path, std::vector<std::string_view>& segments) {
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return true;
    if (segments.size() == kMaxSegments) return false;
    path.remove_prefix(slash + 1);
  }
}

bool has_prefix(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

struct Router::Entry {
  Route route;
  std::vector<Parameter> parameters;
};

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<const Entry*> entries;  // one a method

  // The node of a path, literals first; `values` gets the decoded parameters.
  static const Node* find(const Node& node, std::span<const std::string> segments,
                          std::vector<std::string>& values);
};

const Router::Node* Router::Node::find(const Node& node, std::span<const std::string> segments,
                                       std::vector<std::string>& values) {
  if (segments.empty()) return node.entries.empty() ? nullptr : &node;
  if (const auto literal = node.literals.find(segments.front()); literal != node.literals.end())
    if (const auto* found = find(*literal->second, segments.subspan(1), values)) return found;
  if (!node.parameter) return nullptr;
  values.push_back(segments.front());
  if (const auto* found = find(*node.parameter, segments.subspan(1), values)) return found;
  values.pop_back();
  return nullptr;
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Route route) {
  std::vector<std::string_view> segments;
  if (!split(route.pattern, segments)) throw std::logic_error("route " + route.pattern + ": no path");
  auto entry = std::make_unique<Entry>();
  Node* node = root_.get();
  for (const auto segment : segments) {
    const bool is_parameter = segment.starts_with('{') && segment.ends_with('}');
    if (is_parameter) entry->parameters.push_back(parse_parameter(segment, route.pattern));
    auto& next = is_parameter ? node->parameter : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  for (const auto* other : node->entries)
    if (other->route.method == route.method)
      throw std::logic_error("route " + route.pattern + ": there is one already");
  entry->route = std::move(route);
  node->entries.push_back(entry.get());
  entries_.push_back(std::move(entry));
}

void Router::get(std::string pattern, Handler handler) {
  Route route;
  route.pattern = std::move(pattern);
  route.handler = std::move(handler);
  add(std::move(route));
}

void Router::alias(std::string prefix, std::string target) {
  aliases_.emplace_back(std::move(prefix), std::move(target));
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  std::string rewritten;
  for (const auto& [prefix, target] : aliases_) {
    if (!has_prefix(path, prefix)) continue;
    rewritten = target + std::string(path.substr(prefix.size()));
    path = rewritten;
    break;
  }
  std::vector<std::string_view> raw;
  if (!split(path, raw)) return match;
  std::vector<std::string> segments;
  for (const auto segment : raw) {
    auto decoded = percent_decode(segment);
    if (!decoded) {
      match.outcome = Outcome::BadEncoding;
      return match;
    }
    segments.push_back(std::move(*decoded));
  }
  std::vector<std::string> values;
  const auto* node = Node::find(*root_, segments, values);
  if (!node) return match;
  const auto wanted = method == Method::Head ? Method::Get : method;
  const Entry* entry = nullptr;
  for (const auto* candidate : node->entries) {
    if (candidate->route.method == wanted) entry = candidate;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += to_string(candidate->route.method);
    if (candidate->route.method == Method::Get) match.allow += ", HEAD";
  }
  if (!entry) {
    match.outcome = Outcome::MethodNotAllowed;
    return match;
  }
  match.outcome = Outcome::Found;
  match.route = &entry->route;
  match.allow.clear();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& parameter = entry->parameters[i];
    if (!fits(parameter.type, values[i]) && match.outcome == Outcome::Found) {
      match.outcome = Outcome::BadParameter;
      match.bad_parameter = parameter.name;
    }
    match.params.emplace_back(parameter.name, std::move(values[i]));
  }
  return match;
}

std::vector<const Route*> Router::routes() const {
  std::vector<const Route*> routes;
  for (const auto& entry : entries_)
    routes.push_back(&entry->route);
  return routes;
}

}  // namespace warp::http
