# The server without a model of its own: it is pointed at vLLM (see compose.yaml). The embedded engine works too, with weights in the cache volume.
FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc pkg-config libcairo2-dev libpango1.0-dev texlive-latex-extra texlive-fonts-recommended \
    dvisvgm bubblewrap fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home hisolver && mkdir -p /var/cache/hisolver /var/lib/hisolver /adapters \
 && chown hisolver /var/cache/hisolver /var/lib/hisolver /adapters
WORKDIR /app
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY agents agents
COPY retrieval retrieval
COPY finetune finetune
COPY server server
COPY evals evals
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -c requirements.lock '.[postgres,scale]'
USER hisolver
ENV PATH=/app/.venv/bin:$PATH
CMD ["sh", "-c", "hisolver corpus index && exec hisolver serve"]
