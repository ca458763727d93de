# Baton in one process, with its data in a volume:
#   docker build -t baton .
#   docker run --env-file .env -v baton:/data -p 127.0.0.1:3000:3000 baton

FROM python:3.12-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/baton
# The dependencies alone, with an empty package in the place of ours, so that this layer is built
# again only when pyproject.toml changes.
COPY pyproject.toml ./
RUN mkdir bot migrations \
    && touch README.md LICENSE bot/__init__.py \
    && /opt/baton/bin/pip install .
COPY README.md LICENSE ./
COPY migrations migrations
COPY bot bot
RUN /opt/baton/bin/pip install --no-deps --force-reinstall .

FROM python:3.12-slim
# No home and no shell: nobody logs in here.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin baton \
    && install --directory --owner=baton --group=baton --mode=0700 /data
COPY --from=build /opt/baton /opt/baton
ENV PATH="/opt/baton/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/baton.db \
    HOST=0.0.0.0 \
    PORT=3000
# By number, which is what orchestrators can check.
USER 10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 3000
# Alive, not ready: a container is not made better by starting it again while Slack is away.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection(os.environ['HOST'], int(os.environ['PORT']), timeout=3); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["baton"]
CMD ["run"]
