// An SMSC of npm smpp for `smpp_session_peer client`; prints its port, and its figures when standard input ends.
//   npm install smpp@0.5.1; node smsc.js plain|awkward [KEY.pem CERT.pem]
// awkward: receipts before responses, responses in fives and backwards, every 7th throttled, every 11th without
// a body, every 50th never.
const smpp = require('smpp'), fs = require('fs');
const mode = process.argv[2];
const options = process.argv[3] ? { tls: true, key: fs.readFileSync(process.argv[3]), cert: fs.readFileSync(process.argv[4]) } : {};
let n = 0, unbinds = 0, held = [], deliverResps = 0, binds = [];
const server = smpp.createServer(options, s => {
  s.on('error', () => {});
  s.on('pdu', p => {
    switch (p.command) {
      case 'bind_transceiver':
        binds.push([p.system_id, p.password]);
        s.send(p.response({ system_id: 'NODE' }));
        break;
      case 'enquire_link': s.send(p.response()); break;
      case 'unbind': ++unbinds; s.send(p.response()); s.close(); break;
      case 'submit_sm': {
        const i = ++n, id = i.toString(16).toUpperCase();
        const receipt = () => s.send(new smpp.PDU('deliver_sm', { esm_class: 4, source_addr: p.destination_addr, destination_addr: p.source_addr,
          short_message: `id:${i} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:DELIVRD err:000 text:` }), () => ++deliverResps);
        const answer = () => {
          if (mode === 'awkward' && i % 7 === 0) s.send(p.response({ command_status: smpp.ESME_RTHROTTLED }));
          else if (mode === 'awkward' && i % 11 === 0) s.socket.write(Buffer.from([0,0,0,16, 0x80,0,0,4, 0,0,0,0, ...[24,16,8,0].map(b => (p.sequence_number >> b) & 255)]));
          else s.send(p.response({ message_id: id }));
        };
        if (mode === 'plain') { answer(); receipt(); break; }
        receipt();                        // before the response
        if (i % 50 === 0) break;          // silence
        held.push(answer);
        if (held.length >= 5) held.splice(0).reverse().forEach(a => a());
        clearTimeout(s.t); s.t = setTimeout(() => held.splice(0).reverse().forEach(a => a()), 20);
      }
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => { console.log(JSON.stringify({ submits: n, deliverResps, unbinds, binds })); process.exit(0); }).resume();
