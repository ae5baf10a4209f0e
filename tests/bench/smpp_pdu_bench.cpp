// What one short message costs to read and to write: build/release/bin/smpp_pdu_bench.
#include <benchmark/benchmark.h>
#include <string>

#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/message_id.h"
#include "warp/smpp/pdu/receipt.h"
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/writer.h"

namespace {

using namespace warp::smpp;

const std::string kText =
    "Your verification code is 493021. It expires in 10 minutes. Reply STOP to opt out.";
const std::string kReceipt =
    "id:7f3a000112345678 sub:001 dlvrd:001 submit date:2601311200 done date:2601311201 stat:DELIVRD err:000 "
    "text:Your verification co";

Pdu submit() {
  ShortMessage sm{"", {5, 0, "WARP"}, {1, 1, "14155550100"}, {}};
  sm.message.registered_delivery = 1;
  sm.message.validity_period = "000001000000000R";
  sm.message.short_message = kText;
  return {{0, CommandId::SubmitSm, Status::Ok, 77}, sm, {}, {}};
}

void parse_submit_sm(benchmark::State& state) {
  std::string frame;
  (void)write(submit(), frame);
  for (auto _ : state) {
    auto pdu = parse(frame);
    benchmark::DoNotOptimize(pdu);
  }
}
BENCHMARK(parse_submit_sm);

void write_submit_sm(benchmark::State& state) {
  const auto pdu = submit();
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(write(pdu, out));
  }
}
BENCHMARK(write_submit_sm);

void write_submit_sm_resp(benchmark::State& state) {
  auto pdu = response_to(submit().header, Status::Ok);
  pdu.body = MessageIdResp{"7f3a000112345678"};
  std::string out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(write(pdu, out));
  }
}
BENCHMARK(write_submit_sm_resp);

void encode_plain(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(encode_text(kText));
}
BENCHMARK(encode_plain);

void encode_and_split_long_ucs2(benchmark::State& state) {
  std::string text;
  while (text.size() < 400)
    text += "Привет, мир 😀 ";
  for (auto _ : state)
    benchmark::DoNotOptimize(split(encode_text(text)));
}
BENCHMARK(encode_and_split_long_ucs2);

void decode_plain(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(decode_text(kText, Alphabet::Gsm7));
}
BENCHMARK(decode_plain);

void parse_receipt_text(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(parse_receipt(kEsmReceipt, kReceipt, {}));
}
BENCHMARK(parse_receipt_text);

void normalise_decimal_id(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(normalise_id("0012345678901234567", {IdForm::Decimal, true, false}));
}
BENCHMARK(normalise_decimal_id);

// All that a message meets here on its way through: submit_sm in, encoded, submit_sm out, both answers,
// receipt in and out.
void whole_message(benchmark::State& state) {
  std::string in, out, answer, receipt_frame;
  const auto pdu = submit();
  for (auto _ : state) {
    in.clear();
    out.clear();
    answer.clear();
    receipt_frame.clear();
    (void)write(pdu, in);
    auto received = parse(in);
    auto& sm = std::get<ShortMessage>(received->body);
    const auto text = decode_text(sm.message.short_message, Alphabet::Gsm7);
    const auto segments = split(encode_text(text.text));
    sm.message.short_message = (*segments)[0].user_data;
    (void)write(*received, out);
    auto response = response_to(received->header, Status::Ok);
    response.body = MessageIdResp{"7f3a000112345678"};
    (void)write(response, answer);
    benchmark::DoNotOptimize(parse(answer));
    ShortMessage delivery{"", {1, 1, "14155550100"}, {5, 0, "WARP"}, {}};
    delivery.message.esm_class = kEsmReceipt;
    delivery.message.short_message = kReceipt;
    (void)write({{0, CommandId::DeliverSm, Status::Ok, 5}, delivery, {}, {}}, receipt_frame);
    const auto delivered = parse(receipt_frame);
    const auto& message = std::get<ShortMessage>(delivered->body).message;
    const auto receipt = parse_receipt(message.esm_class, message.short_message, delivered->tlvs);
    out.clear();
    benchmark::DoNotOptimize(write_receipt_text(*receipt, out));
  }
}
BENCHMARK(whole_message);

}  // namespace

BENCHMARK_MAIN();
