// SPDX-License-Identifier: GPL-3.0-or-later
// The demo's program: says which instance answered, and what it was sent. The service hands it PORT and INSTANCE.
'use strict';

const http = require('node:http');

const name = process.env.INSTANCE;
const port = Number(process.env.PORT);
let answered = 0;

function page(request) {
    const headers = request.rawHeaders
        .flatMap((field, i, all) => (i % 2 ? [] : [`    ${field}: ${all[i + 1]}`]))
        .join('\n');
    return `Instance ${name} (process ${process.pid}) answers its request number ${answered}.\n\n` +
        `${request.method} ${request.url}\n${headers}\n`;
}

const server = http.createServer((request, response) => {
    if (request.url === '/health') {
        response.end('ok\n');
        return;
    }
    answered += 1;
    request.resume(); // a body is taken and not used
    request.on('end', () => {
        response.setHeader('Content-Type', 'text/plain; charset=utf-8');
        response.setHeader('X-Instance', name);
        response.end(page(request));
    });
});

// Longer than the balancer keeps a connection for reuse: then it is never this end that closes one just chosen.
server.keepAliveTimeout = 75000;

server.listen(port, '127.0.0.1', () => console.log(`instance ${name} listens on port ${port}`));
server.on('error', (error) => {
    console.error(`instance ${name}: ${error.message}`);
    process.exit(1);
});

// Requests in flight are answered, then the process ends by itself.
process.on('SIGTERM', () => {
    server.close();
    server.closeIdleConnections();
});
