# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's program in Flask, which gunicorn runs."""
from flask import Flask, request

app = Flask(__name__)


@app.get("/flask/")
def hello():
    return f"Flask says hello to {request.headers.get('X-Forwarded-For', 'nobody')}.\n"
