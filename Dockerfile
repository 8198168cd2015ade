# Two stages: the first builds and unpacks helm and kubectl, the second runs. Both are plain steps of npm and node.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY scripts ./scripts
RUN node_modules/.bin/tsc -p tsconfig.build.json
RUN node scripts/unpack-tools.ts /tools
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
# git reads repositories; prlimit and unshare (util-linux, already there) fence helm in.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 WINDLASS_DATA=/data HELM_BIN=/usr/local/bin/helm KUBECTL_BIN=/usr/local/bin/kubectl
WORKDIR /app
COPY --from=build /tools/helm /tools/kubectl /usr/local/bin/
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# What is known of single tools is data beside the sources; the program reads it there.
COPY src/knowledge ./src/knowledge
COPY schemas ./schemas
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:3000/healthz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/cli.js", "serve"]
