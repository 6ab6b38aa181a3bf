/** Listens on an address that the user named, or on a free port near the default. */
import type { Server } from 'node:net';
import { UserError } from './errors.js';

export interface Listen {
  host: string;
  /** 0 for any free port. */
  port: number;
  /** The option that sets the address, for the error. */
  option: string;
  /** Fallback if the default port is taken and the user did not ask for it. */
  otherwise?: 'next' | 'any';
}

/** Ports tried after the default before any free one is used. */
const NEXT_PORTS = 20;

/** @throws UserError BW_USAGE if the text is not `HOST:PORT` */
export function parseAddress(text: string, option: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) {
    throw new UserError('BW_USAGE', { problem: `${option} "${text}" is not HOST:PORT, such as 127.0.0.1:8080.` });
  }
  return { host: (match[1] ?? match[2]) as string, port };
}

/** @throws UserError BW_LISTEN if listening fails */
export async function listen(server: Server, where: Listen): Promise<void> {
  const ports = [where.port];
  if (where.otherwise === 'next') for (let i = 1; i <= NEXT_PORTS; i++) ports.push(where.port + i);
  if (where.otherwise) ports.push(0);
  for (const port of ports) {
    const error = await attempt(server, where.host, port);
    if (!error) return;
    if (error.code === 'EADDRINUSE' && port !== ports.at(-1)) continue;
    throw new UserError('BW_LISTEN', {
      address: `${where.host}:${port}`,
      reason: explain(error),
      option: where.option,
    });
  }
}

function attempt(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening);
      resolve(error);
    };
    const listening = (): void => {
      server.off('error', failed);
      resolve(undefined);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen({ host, port });
  });
}

function explain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'another program listens there';
    case 'EACCES':
      return 'this user may not use that port';
    case 'EADDRNOTAVAIL':
      return 'this computer has no such address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'that name cannot be resolved';
  }
  return error.message;
}
