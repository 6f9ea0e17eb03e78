// SPDX-License-Identifier: GPL-3.0-or-later
// Some requests and queries for the demo of `./dev run`, in waves, until it is ended: something to see in a picture.
'use strict';

const dgram = require('dgram');
const http = require('http');

const agent = new http.Agent({keepAlive: true, maxSockets: 24});
const paths = ['/', '/', '/style.css', '/mainstay.svg', '/app/', '/app/', '/app/', '/mirror/', '/no-such-page', '/api/guestbook'];
const names = ['www.demo.test', 'demo.test', 'nobody.demo.test', 'www.demo.test'];
const dns = dgram.createSocket('udp4');
dns.on('error', () => {});
dns.on('message', () => {});

let turn = 0;

function request() {
    const path = paths[turn++ % paths.length];
    http.get({host: '127.0.0.1', port: 8080, path, agent}, (answer) => answer.resume()).on('error', () => {});
}

function query() {
    const labels = names[turn++ % names.length].split('.');
    const question = labels.map((label) => String.fromCharCode(label.length) + label).join('') + '\0\0\x01\0\x01';
    const head = Buffer.from([turn >> 8 & 255, turn & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    dns.send(Buffer.concat([head, Buffer.from(question, 'latin1')]), 5300, '127.0.0.1');
}

// Some entries for the guestbook, once.
function sign(who, said) {
    const request = http.request({host: '127.0.0.1', port: 8080, path: '/api/guestbook', method: 'POST',
        headers: {'Content-Type': 'application/json'}, agent}, (answer) => answer.resume());
    request.on('error', () => {});
    request.end(JSON.stringify({who, said}));
}

sign('Ada', 'Hello from the other side of the balancer.');
sign('Grace', 'Restarted it under load; nothing was lost.');
sign('Edsger', 'Simple, and it stays up.');

// A wave around `mean` a second, with some noise.
function wave(mean, period) {
    const now = Date.now() / 1000;
    return mean * (1 + 0.45 * Math.sin(2 * Math.PI * now / period) + 0.3 * (Math.random() - 0.5));
}

const kTick = 50;
setInterval(() => {
    for (let i = wave(260, 40) * kTick / 1000; i > Math.random(); --i)
        request();
    for (let i = wave(90, 23) * kTick / 1000; i > Math.random(); --i)
        query();
}, kTick);
