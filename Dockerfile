# The program as an image: `docker build -t ivig .`
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/ivig \
    && /opt/ivig/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN /opt/build/bin/hatchling build -t wheel -d /wheel \
    && /opt/ivig/bin/pip install --no-cache-dir --no-deps /wheel/*.whl \
    && /opt/ivig/bin/python -m app.web.charts.make_bundle /opt/ivig/cache

FROM python:3.13-slim
COPY --from=build /opt/ivig /opt/ivig
RUN useradd --system --uid 10001 --home-dir /data ivig \
    && mkdir /data && chown ivig /data
USER ivig
WORKDIR /data
VOLUME /data
ENV IVIG_DATABASE_URL=sqlite:////data/ivig.db \
    IVIG_CACHE_DIR=/opt/ivig/cache \
    PATH=/opt/ivig/bin:$PATH \
    PYTHONUNBUFFERED=1
EXPOSE 8000
# The server refuses to listen beyond its own machine until IVIG_ORIGIN names the https address that
# people use and IVIG_KEY_FILE (or IVIG_KEYS) the keys, see docs/operations.md.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 4).close()"]
CMD ["sh", "-c", "ivig migrate && exec ivig serve --host 0.0.0.0 --port 8000"]
