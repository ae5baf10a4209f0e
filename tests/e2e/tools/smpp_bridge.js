// npm smpp, driven line by line: each line of standard input is one JSON command, each line of standard output an
// answer ({id, …}) or an event. Octets are {"hex": "…"} both ways. enquire_link and unbind are answered here, all other
// requests by the driver.
//   connect {session, port, tls, ca}   listen {server, port, key, cert}   close {session}
//   send {session, pdu, fields}: answered with the response   respond {session, pdu, sequence, fields}
//   raw {session, hex}: octets as they are
// events: session {server, session}, pdu {session, pdu}, closed {session}
const fs = require('fs'), readline = require('readline'), smpp = require('smpp');

const sessions = new Map();
let numbers = 0;
const say = line => process.stdout.write(JSON.stringify(line) + '\n');

// Buffer's own toJSON would come before a replacer.
function plain(value) {
  if (Buffer.isBuffer(value)) return { hex: value.toString('hex') };
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).filter(([, v]) => typeof v !== 'function').map(([k, v]) => [k, plain(v)]));
  return value;
}
function revived(value) {
  if (Array.isArray(value)) return value.map(revived);
  if (!value || typeof value !== 'object') return value;
  if (Object.keys(value).length === 1 && typeof value.hex === 'string') return Buffer.from(value.hex, 'hex');
  if (Object.keys(value).length === 1 && typeof value.date === 'string') return new Date(value.date);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, revived(v)]));
}

function keep(name, session) {
  const state = { session, waiting: new Set() };
  sessions.set(name, state);
  session.on('error', error => say({ event: 'error', session: name, text: String(error) }));
  session.on('close', () => {
    for (const id of state.waiting) say({ id, reply: null });
    state.waiting.clear();
    say({ event: 'closed', session: name });
  });
  session.on('pdu', pdu => {
    if (pdu.isResponse() && pdu.command !== 'generic_nack') return;
    if (pdu.command === 'enquire_link') return void session.send(pdu.response());
    say({ event: 'pdu', session: name, pdu: plain(pdu) });
    if (pdu.command === 'unbind') session.send(pdu.response(), () => session.close());
  });
  return state;
}

const commands = {
  connect({ id, session: name, port, tls, ca }) {
    const session = smpp.connect({ host: '127.0.0.1', port, tls: !!tls, servername: 'localhost', ca: ca && fs.readFileSync(ca) });
    keep(name, session);
    session.once('error', error => say({ id, failed: String(error) }));
    session.on(tls ? 'secureConnect' : 'connect', () => say({ id, ok: true }));
  },
  listen({ id, server: name, port, key, cert }) {
    const secrets = key ? { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } : {};
    const server = smpp.createServer(secrets, session => {
      const own = `${name}-${++numbers}`;
      keep(own, session);
      say({ event: 'session', server: name, session: own });
    });
    server.listen(port || 0, '127.0.0.1', () => say({ id, port: server.address().port }));
  },
  send({ id, session: name, pdu, fields }) {
    const state = sessions.get(name);
    state.waiting.add(id);
    const sent = state.session.send(new smpp.PDU(pdu, revived(fields || {})), reply => {
      if (state.waiting.delete(id)) say({ id, reply: plain(reply) });
    });
    if (!sent && state.waiting.delete(id)) say({ id, reply: null });
  },
  respond({ id, session: name, pdu, sequence, fields }) {
    sessions.get(name).session.send(new smpp.PDU(pdu, { ...revived(fields || {}), sequence_number: sequence }));
    say({ id, ok: true });
  },
  raw({ id, session: name, hex }) {
    sessions.get(name).session.socket.write(Buffer.from(hex, 'hex'));
    say({ id, ok: true });
  },
  close({ id, session: name }) {
    sessions.get(name).session.close();
    say({ id, ok: true });
  },
};

readline.createInterface({ input: process.stdin }).on('line', line => {
  const command = JSON.parse(line);
  try {
    commands[command.do](command);
  } catch (error) {
    say({ id: command.id, failed: String(error) });
  }
}).on('close', () => process.exit(0));
