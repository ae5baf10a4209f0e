// An ESME of npm smpp against `smpp_session_peer server`; one line a check, exit status 1 if any failed.
//   npm install smpp@0.5.1; node esme.js PORT [tls]
const smpp = require('smpp');
const port = Number(process.argv[2]), tls = process.argv[3] === 'tls';
const log = [];
const say = (what, ok) => { log.push([what, ok]); console.log((ok ? 'ok   ' : 'FAIL ') + what); };
const options = { host: '127.0.0.1', port, tls, rejectUnauthorized: false };
const send = (s, pdu) => new Promise(r => s.send(pdu, r, undefined, () => r({command: 'failed'})));
const pdu = (name, f) => new smpp.PDU(name, f);
process.on('uncaughtException', e => { console.log('exception', e.message); process.exit(1); });
(async () => {
  const bad = smpp.connect(options);
  await new Promise(r => bad.on(tls ? 'secureConnect' : 'connect', r));
  let r = await send(bad, pdu('submit_sm', { destination_addr: '1', short_message: 'x' }));
  say('submit before bind refused ' + r.command_status, r.command === 'submit_sm_resp' && r.command_status === 4);
  r = await send(bad, pdu('bind_transceiver', { system_id: 'a', password: 'wrong' }));
  say('wrong password refused', r.command_status === smpp.ESME_RINVPASWD);
  const s = smpp.connect(options);
  await new Promise(r => s.on(tls ? 'secureConnect' : 'connect', r));
  const receipts = [];
  s.on('pdu', p => {
    if (p.command === 'deliver_sm') { receipts.push(p); s.send(p.response()); }
    if (p.command === 'enquire_link') s.send(p.response());
  });
  r = await send(s, pdu('bind_transceiver', { system_id: 'a', password: 'good', interface_version: 0x34 }));
  say('bound to ' + r.system_id + ' version ' + r.sc_interface_version, r.command_status === 0 && r.system_id === 'WARP');
  const all = await Promise.all(Array.from({ length: 500 }, (_, i) =>
    send(s, pdu('submit_sm', { source_addr: 'WARP', source_addr_ton: 5, destination_addr: '14155550199',
      registered_delivery: 1, short_message: 'Привет 😀 ' + i, source_port: 7 }))));
  say('500 submits answered with ids', all.every(p => p.command_status === 0 && /^[0-9a-f]+$/.test(p.message_id)));
  say('message ids are all different', new Set(all.map(p => p.message_id)).size === 500);
  await new Promise(r => setTimeout(r, 300));
  say('500 receipts came: ' + receipts.length, receipts.length === 500);
  say('receipt reads ' + JSON.stringify(receipts[0].short_message.message).slice(0, 40), /^id:[0-9a-f]+ sub:001/.test(receipts[0].short_message.message));
  r = await send(s, pdu('data_sm', { source_addr: '1', destination_addr: '2', message_payload: 'long '.repeat(200) }));
  say('data_sm', r.command === 'data_sm_resp' && r.command_status === 0);
  r = await send(s, pdu('query_sm', { message_id: 'abc', source_addr: '1' }));
  say('query_sm', r.command === 'query_sm_resp');
  r = await send(s, pdu('cancel_sm', { message_id: 'abc', source_addr: '1', destination_addr: '2' }));
  say('cancel_sm', r.command === 'cancel_sm_resp');
  r = await send(s, pdu('replace_sm', { message_id: 'abc', source_addr: '1', short_message: 'z' }));
  say('replace_sm', r.command === 'replace_sm_resp');
  r = await send(s, pdu('submit_multi', { source_addr: '1', dest_address: [{ dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '2' }], short_message: 'm' }));
  say('submit_multi', r.command === 'submit_multi_resp' && r.command_status === 0);
  r = await send(s, pdu('bind_transmitter', { system_id: 'a', password: 'good' }));
  say('second bind: already bound', r.command_status === smpp.ESME_RALYBND);
  r = await send(s, pdu('enquire_link', {}));
  say('enquire_link', r.command === 'enquire_link_resp');
  r = await send(s, pdu('broadcast_sm', { source_addr: '1', message_id: '' }));
  say('broadcast_sm: ' + r.command, r.command === 'generic_nack' && r.command_status === smpp.ESME_RINVCMDID);
  const closed = new Promise(r => s.on('close', r));
  r = await send(s, pdu('unbind', {}));
  say('unbind', r.command === 'unbind_resp' && r.command_status === 0);
  s.close();
  await closed;
  say('closed', true);
  process.exit(log.every(l => l[1]) ? 0 : 1);
})();
setTimeout(() => { console.log('FAIL timed out'); process.exit(1); }, 15000);
