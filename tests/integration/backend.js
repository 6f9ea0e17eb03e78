// SPDX-License-Identifier: GPL-3.0-or-later
// A backend for the tests: node backend.js NAME PORT. Prints "listening" when it does, and says its name to who asks.
//
//   /                       its name
//   /health                 ok, unless /health/down was asked for; /health/up makes it well again
//   /echo                   JSON: method, url, headers, trailers, bytes and sha256 of the body
//   /count                  JSON: requests and connections so far; it and /health are no requests
//   /status?code=N          that status
//   /big?bytes=N            so many bytes "x", with a length
//   /chunked?parts=N&ms=M   so many chunks "part I\n", M ms between them; M is 0 when left out
//   /slow?ms=N              its name, after so long
//   /close                  its name, with Connection: close
//   /drop                   no answer: the connection is cut
//   /cut?bytes=N            says a length of N, sends half of it and cuts the connection
//   /early                  103 Early Hints, then its name
'use strict';

const crypto = require('node:crypto');
const http = require('node:http');
const { pipeline } = require('node:stream/promises');

const [name, port] = process.argv.slice(2);
const count = { requests: 0, connections: 0 };
let isWell = true;

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const block = Buffer.alloc(65536, 'x');

function* blocks(bytes) {
    for (let left = bytes; left > 0; left -= block.length) {
        yield block.subarray(0, Math.min(left, block.length));
    }
}

async function echo(request, response) {
    const hash = crypto.createHash('sha256');
    let bytes = 0;
    try {
        for await (const part of request) {
            hash.update(part);
            bytes += part.length;
        }
    } catch {
        return; // the client has gone in the middle of it
    }
    const { method, url, rawHeaders, trailers } = request;
    const headers = rawHeaders.flatMap((field, i) => (i % 2 ? [] : [[field, rawHeaders[i + 1]]]));
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ name, method, url, headers, trailers, bytes, sha256: hash.digest('hex') }));
}

const paths = {
    '/health': (request, response) => {
        response.statusCode = isWell ? 200 : 503;
        response.end('ok\n');
    },
    '/health/down': (request, response) => {
        isWell = false;
        response.end();
    },
    '/health/up': (request, response) => {
        isWell = true;
        response.end();
    },
    '/echo': echo,
    '/count': (request, response) => response.end(JSON.stringify(count)),
    '/status': (request, response, query) => {
        response.statusCode = Number(query.get('code'));
        response.end();
    },
    '/big': (request, response, query) => {
        response.setHeader('Content-Length', query.get('bytes'));
        pipeline(blocks(Number(query.get('bytes'))), response).catch(() => {}); // whoever asked is gone
    },
    '/chunked': async (request, response, query) => {
        for (let i = 0; i < Number(query.get('parts')); i += 1) {
            response.write(`part ${i}\n`);
            await delay(Number(query.get('ms') || 0));
        }
        response.end();
    },
    '/slow': async (request, response, query) => {
        await delay(Number(query.get('ms')));
        response.end(`${name}\n`);
    },
    '/close': (request, response) => {
        response.setHeader('Connection', 'close');
        response.end(`${name}\n`);
    },
    '/drop': (request) => request.socket.destroy(),
    '/cut': (request, response, query) => {
        const bytes = Number(query.get('bytes'));
        response.setHeader('Content-Length', bytes);
        response.write(Buffer.alloc(bytes >> 1, 'x'), () => request.socket.destroy());
    },
    '/early': (request, response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
        response.end(`${name}\n`);
    },
};

const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://backend');
    if (pathname !== '/health' && pathname !== '/count') {
        count.requests += 1;
    }
    response.setHeader('X-Backend', name);
    const answer = paths[pathname] || ((_, plain) => plain.end(`${name}\n`));
    answer(request, response, searchParams);
    if (answer !== echo) {
        request.resume();
    }
});
server.on('connection', () => { count.connections += 1; });
server.keepAliveTimeout = 75000; // longer than any balancer keeps a connection it does not use
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
