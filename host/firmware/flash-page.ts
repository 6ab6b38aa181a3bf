/** A page on this computer from which a browser writes a board and tells it who it is: esp-web-tools, and nothing from elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import type { Listen } from '../collector/listen.js';
import { listen } from '../collector/listen.js';
import type { AddressInfo } from 'node:net';
import { UserError } from '../errors.js';
import { projectRoot } from '../paths.js';
import { boards } from './boards.js';
import { findImage, howToBuild, imageFolder, manifestOf } from './image.js';

/** Styles in the elements themselves are esp-web-tools' (Lit, Material); scripts come from here alone. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'serial=(self), camera=(), microphone=(), geolocation=(), usb=()',
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin',
};

export interface FlashPage {
  url: string;
  close(): Promise<void>;
}

export interface BoardOffer {
  name: string;
  about: string;
  built: boolean;
  command: string;
}

export const flashPageFolder = join(projectRoot, 'build/flash');
const tools = join(projectRoot, 'node_modules/esp-web-tools/dist/web');

/** @param images the folder of a board's image, for tests and for --image */
export async function serveFlashPage(options: { listen: Listen; version: string; images?: (board: string) => string }): Promise<FlashPage> {
  if (!existsSync(join(flashPageFolder, 'index.html'))) throw new UserError('BW_NOT_BUILT');
  const images = options.images ?? imageFolder;
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    // A page elsewhere whose name points here must not reach it (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) return reply.code(421).send('This page is for this computer only.');
    return undefined;
  });
  await app.register(fastifyStatic, { root: flashPageFolder, preCompressed: true, cacheControl: false });
  await app.register(fastifyStatic, { root: tools, prefix: '/esp-web-tools/', decorateReply: false, cacheControl: false });
  app.get('/boards.json', async () => Object.entries(boards).map(([name, { about }]): BoardOffer => ({ name, about, built: isBuilt(name, images(name)), command: howToBuild(name) })));
  app.get<{ Params: { board: string; file: string } }>('/firmware/:board/:file', async ({ params: { board, file } }, reply) => {
    if (!boards[board] || !isBuilt(board, images(board))) return reply.code(404).send({ message: `There is no image of ${board.slice(0, 40)}.` });
    const image = findImage(board, images(board));
    if (file === 'manifest.json') return manifestOf(image, options.version);
    const part = image.parts.find((one) => one.file === file);
    return part ? reply.type('application/octet-stream').send(readFileSync(part.path)) : reply.code(404).send({ message: 'There is no such part.' });
  });
  await app.ready();
  await listen(app.server, options.listen);
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://localhost:${port}/`, close: () => app.close() };
}

function isBuilt(board: string, folder: string): boolean {
  try {
    findImage(board, folder);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
