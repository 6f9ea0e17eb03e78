// SPDX-License-Identifier: GPL-3.0-or-later
// Some requests and queries for the demo of `./dev run`, in waves, until it is ended: something to see in a picture.
'use strict';

const dgram = require('dgram');
const http = require('http');

const agent = new http.Agent({keepAlive: true, maxSockets: 24});
const paths = [
    '/', '/', '/style.css', '/mainstay.svg', '/app/', '/app/', '/app/', '/mirror/', '/mirror/', '/flask/', '/django/',
    '/php/', '/no-such-page', '/api/guestbook',
];
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

// Entries for the guestbook, a few and not more.
const guests = [
    ['Ada', 'The engine weaves algebraical patterns.'], ['Grace', 'It was a moth, in relay 70.'],
    ['Alan', 'Can it think? It can at least serve.'], ['Edsger', 'Simplicity is a prerequisite for reliability.'],
    ['Barbara', 'Substituted one server for another. Nobody noticed.'], ['Radia', 'I think that I shall never see…'],
];

function sign([who, said]) {
    const headers = {'Content-Type': 'application/json'};
    const post = http.request({host: '127.0.0.1', port: 8080, path: '/api/guestbook', method: 'POST', headers, agent});
    post.on('response', (answer) => answer.resume()).on('error', () => {});
    post.end(JSON.stringify({who, said}));
}

guests.forEach((guest, i) => setTimeout(sign, 500 + 1000 * i, guest));

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
