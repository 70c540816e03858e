"""Small Compose projects of the tests: a 2 MB image, healthy at once, stopped at once."""

from __future__ import annotations

TINY = """\
services:
  db:
    image: busybox:1.35
    init: true
    stop_grace_period: 0s
    command: [sh, -c, "echo db is up; touch /tmp/up; exec sleep 3600"]
    volumes: [data:/data]
    healthcheck: &check
      test: [CMD, test, -e, /tmp/up]
      interval: 1s
      start_period: 20s
      start_interval: 100ms
  job:
    image: busybox:1.35
    command: [sh, -c, "echo job ran; exit ${JOB_CODE:-0}"]
    depends_on: {db: {condition: service_healthy}}
  web:
    build: web
    init: true
    stop_grace_period: 0s
    restart: unless-stopped
    ports: ["${WEB_PORT:-0}:80"]
    depends_on: {job: {condition: service_completed_successfully}}
    healthcheck: *check
volumes:
  data: {}
"""

DOCKERFILE = """\
FROM busybox:1.35
COPY page /www/index.html
CMD ["sh", "-c", "echo web is up; touch /tmp/up; exec httpd -f -p 80 -h /www"]
"""
