// A customer's receiver of webhooks: each is verified by npm standardwebhooks, then answered with the next of the statuses
// that standard input gave (one a line; 204 when there is none; 0: hang up without an answer).
//   usage: webhook_receiver.js SECRET
// Prints its port, then a line of JSON for each: {url, id, timestamp, status, verified, fault, headers, body}.
const http = require('http'), readline = require('readline'), { Webhook } = require('standardwebhooks');

const webhook = new Webhook(process.argv[2]);
const statuses = [];
readline.createInterface({ input: process.stdin }).on('line', line => statuses.push(Number(line))).on('close', () => process.exit(0));

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', piece => pieces.push(piece)).on('end', () => {
    const body = Buffer.concat(pieces).toString('utf8');
    let verified = null, fault = null;
    try {
      verified = webhook.verify(body, request.headers);
    } catch (error) {
      fault = String(error.message);
    }
    const status = statuses.length ? statuses.shift() : 204;
    console.log(JSON.stringify({ url: request.url, id: request.headers['webhook-id'], timestamp: request.headers['webhook-timestamp'],
      status, verified, fault, headers: request.headers, body }));
    if (status === 0) return void request.socket.destroy();
    response.writeHead(fault ? 401 : status, { 'content-length': 0 }).end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
