<?php
// SPDX-License-Identifier: GPL-3.0-or-later
// The demo's script in PHP, which PHP-FPM runs.
header('Content-Type: text/plain; charset=utf-8');
echo 'PHP says hello to ', $_SERVER['REMOTE_ADDR'], ".\n";
