# tap-seatable and target-seatable in one image:
#   docker build -t singer-seatable .
#   docker run --rm -e TAP_SEATABLE_API_TOKEN singer-seatable tap-seatable --config ENV
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements/runtime.txt requirements/
RUN python -m venv /opt/seatable \
    && /opt/seatable/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/runtime.txt
COPY . .
RUN /opt/seatable/bin/pip install --no-cache-dir "hatchling>=1.27,<2" editables \
    && /opt/seatable/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/seatable/bin/pip uninstall --yes hatchling editables

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 seatable
COPY --from=build /opt/seatable /opt/seatable
ENV PATH=/opt/seatable/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /home/seatable
CMD ["tap-seatable", "--help"]
