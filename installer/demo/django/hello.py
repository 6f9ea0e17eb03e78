# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's program in Django, which gunicorn runs: a whole project in one file."""
import secrets

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY=secrets.token_urlsafe(50))


def hello(request):
    return HttpResponse(f"Django says hello to {request.headers.get('X-Forwarded-For', 'nobody')}.\n",
                        content_type="text/plain; charset=utf-8")


urlpatterns = [path("django/", hello)]
application = get_wsgi_application()
