import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** The same database URL, through the proxy. */
  through(databaseUrl: string): string;
  /** From now on nothing passes, and nobody is told: a stopped server, a dead network. New connections are accepted and left alone. */
  freeze(): void;
  isFrozen(): boolean;
  /** What was held back passes after all. */
  thaw(): void;
  /** Passes on the next request that has `text` in it; when its answer comes, cuts the connection instead. Resolves then. */
  dropAnswerTo(text: string): Promise<void>;
  close(): Promise<void>;
}

/** A TCP proxy before PostgreSQL that fails as networks do. */
export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let frozen = false;
  let trap: { text: string; sprung: () => void } | undefined;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    let isTrapped = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      if (frozen) socket.pause();
    }
    client.on('data', (request) => {
      if (trap !== undefined && request.includes(trap.text)) isTrapped = true;
      upstream.write(request);
    });
    upstream.on('data', (answer) => {
      if (!isTrapped) return void client.write(answer);
      client.destroy();
      trap?.sprung();
      trap = undefined;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    through: (url) => {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String(port);
      return changed.toString();
    },
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    isFrozen: () => frozen,
    thaw: () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    dropAnswerTo: (text) =>
      new Promise((resolve) => {
        trap = { text, sprung: resolve };
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
