// The journal's form of a Dialog: a version word, then fields as "<length>:<bytes>,". WD2 has the flow's
// transport and peer behind WD1's fields; it is written for streams alone. A connection does not outlive its
// process.
#include "warp/base/checked.h"
#include "warp/domain/text_fields.h"
#include "warp/sip/dialog/dialog.h"

namespace warp::sip {
namespace {

constexpr std::string_view kDatagrams = "WD1;", kStream = "WD2;";
constexpr std::size_t kMostRoutes = 256;

}  // namespace

std::string Dialog::serialize() const {
  std::string text(flow_.reliable() ? kStream : kDatagrams);
  domain::TextFieldWriter out(text);
  for (const auto* field :
       {&call_id_, &local_tag_, &remote_tag_, &local_uri_, &remote_uri_, &remote_target_, &contact_})
    out.text(*field);
  out.number(local_cseq_);
  out.text(remote_cseq_ ? std::to_string(*remote_cseq_) : std::string());
  out.text(flow_.remote.to_string());
  out.text(flow_.local.to_string());
  out.number(flow_.listener);
  out.number(route_set_.size());
  for (const auto& route : route_set_)
    out.text(route);
  if (flow_.reliable()) {
    out.text(to_string(flow_.transport));
    out.number(flow_.peer);
  }
  return text;
}

std::optional<Dialog> Dialog::restore(std::string_view text) {
  const bool stream = text.starts_with(kStream);
  if (!stream && !text.starts_with(kDatagrams)) return std::nullopt;
  domain::TextFieldReader in(text.substr(kDatagrams.size()));
  Dialog dialog;
  for (auto* field : {&dialog.call_id_, &dialog.local_tag_, &dialog.remote_tag_, &dialog.local_uri_,
                      &dialog.remote_uri_, &dialog.remote_target_, &dialog.contact_})
    *field = in.text();
  dialog.local_cseq_ = in.number<std::uint32_t>();
  if (const auto remote = in.text(); !remote.empty()) {
    dialog.remote_cseq_ = parse_number<std::uint32_t>(remote);
    if (!dialog.remote_cseq_) return std::nullopt;
  }
  for (auto* address : {&dialog.flow_.remote, &dialog.flow_.local}) {
    const auto value = domain::SocketAddress::parse(in.text());
    if (!value) return std::nullopt;
    *address = *value;
  }
  dialog.flow_.listener = in.number<std::uint16_t>();
  const auto routes = in.number<std::size_t>();
  if (routes > kMostRoutes) return std::nullopt;
  for (std::size_t i = 0; i < routes; ++i)
    dialog.route_set_.emplace_back(in.text());
  if (stream) {
    const auto transport = domain::parse_sip_transport(in.text());
    if (!transport) return std::nullopt;
    dialog.flow_.transport = *transport;
    dialog.flow_.peer = in.number<std::uint32_t>();
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return dialog;
}

}  // namespace warp::sip
