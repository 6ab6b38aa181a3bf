/** A page on this computer from which a browser writes a board and tells it who it is: esp-web-tools, and nothing from elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import { UserError } from '../common/errors.js';
import type { Listen } from '../common/listen.js';
import { listen } from '../common/listen.js';
import { projectRoot } from '../common/paths.js';
import { boards, realBoards } from '../firmware/boards.js';
import type { Image } from '../firmware/image.js';
import { findImage, howToBuild, imageFolder, manifestOf } from '../firmware/image.js';
import type { Release } from '../release/open.js';

/** Styles in the elements themselves are esp-web-tools' (Lit, Material); scripts come from here alone. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'serial=(self), camera=(), microphone=(), geolocation=(), usb=()',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
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
  /** Its version, where the image is of a release. */
  release?: string;
}

/** Where the page's images come from. */
interface Shelf {
  version: string;
  offers(): BoardOffer[];
  /** @throws UserError where there is none, or it is not whole any more */
  find(board: string): Promise<Image>;
}

function builtShelf(version: string, images: (board: string) => string): Shelf {
  return {
    version,
    offers: () =>
      realBoards.map((name) => ({
        name,
        about: boards[name]?.about ?? '',
        built: isBuilt(name, images(name)),
        command: howToBuild(name),
      })),
    find: async (board) => findImage(board, boards[board] ? images(board) : ''),
  };
}

/** Each answer is checked anew: the page may be open for a day, and the folder is somebody's. */
function releaseShelf(release: Release): Shelf {
  const { version } = release.description;
  return {
    version,
    offers: () =>
      release.description.boards.map(({ name, about }) => ({
        name,
        about,
        built: true,
        command: howToBuild(name),
        release: version,
      })),
    find: (board) => release.image(board),
  };
}

const flashPageFolder = join(projectRoot, 'build/flash');
/** Where Node finds it: an installed Blockwatch lies beside it, not above. */
const tools = join(dirname(createRequire(import.meta.url).resolve('esp-web-tools/package.json')), 'dist/web');

/**
 * @param images the folder of a board's image, for tests and for --image
 * @param release takes the place of what is built here
 */
export async function serveFlashPage(options: {
  listen: Listen;
  version: string;
  images?: (board: string) => string;
  release?: Release;
}): Promise<FlashPage> {
  if (!existsSync(join(flashPageFolder, 'index.html'))) throw new UserError('BW_NOT_BUILT');
  const { release, version, images = imageFolder } = options;
  const shelf = release ? releaseShelf(release) : builtShelf(version, images);
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    // A page elsewhere whose name points here must not reach it (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? ''))
      return reply.code(421).send('This page is for this computer only.');
    return undefined;
  });
  await app.register(fastifyStatic, { root: flashPageFolder, preCompressed: true, cacheControl: false });
  await app.register(fastifyStatic, {
    root: tools,
    prefix: '/esp-web-tools/',
    decorateReply: false,
    cacheControl: false,
  });
  app.get('/boards.json', async () => shelf.offers());
  app.get<{ Params: { board: string; file: string } }>(
    '/firmware/:board/:file',
    async ({ params: { board, file } }, reply) => {
      let image: Image;
      try {
        image = await shelf.find(board);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return reply.code(404).send({ message: error.message });
      }
      if (file === 'manifest.json') return manifestOf(image, shelf.version);
      const part = image.parts.find((one) => one.file === file);
      return part
        ? reply.type('application/octet-stream').send(readFileSync(part.path))
        : reply.code(404).send({ message: 'There is no such part.' });
    },
  );
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
