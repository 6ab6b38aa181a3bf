/** Serves a local page that flashes and provisions a board in the browser, with esp-web-tools. */
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

/** esp-web-tools (Lit, Material) needs inline styles; scripts are local only. */
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
  /** Version of the release the image belongs to. */
  release?: string;
}

/** The source of the images. */
interface ImageSource {
  version: string;
  offers(): BoardOffer[];
  /** @throws UserError if there is none, or if it is damaged */
  find(board: string): Promise<Image>;
}

function builtImages(version: string, images: (board: string) => string): ImageSource {
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

/** Verifies the image on every request: the page may be open for a day while the directory changes. */
function releaseImages(release: Release): ImageSource {
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
/** Resolved by Node: in an installed Blockwatch it is a sibling, not a child. */
const tools = join(dirname(createRequire(import.meta.url).resolve('esp-web-tools/package.json')), 'dist/web');

/**
 * @param images gives the folder of a board's image, for tests and for --image
 * @param release offered instead of locally built images
 */
export async function serveFlashPage(options: {
  listen: Listen;
  version: string;
  images?: (board: string) => string;
  release?: Release;
}): Promise<FlashPage> {
  if (!existsSync(join(flashPageFolder, 'index.html'))) throw new UserError('BW_NOT_BUILT');
  const { release, version, images = imageFolder } = options;
  const source = release ? releaseImages(release) : builtImages(version, images);
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    // Prevents DNS rebinding: a foreign name that points here must not reach the page.
    if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(request.headers.host ?? ''))
      return reply.code(421).send('This page is for this computer only. Open it at http://localhost.');
    return undefined;
  });
  await app.register(fastifyStatic, { root: flashPageFolder, preCompressed: true, cacheControl: false });
  await app.register(fastifyStatic, {
    root: tools,
    prefix: '/esp-web-tools/',
    decorateReply: false,
    cacheControl: false,
  });
  app.get('/boards.json', async () => source.offers());
  app.get<{ Params: { board: string; file: string } }>(
    '/firmware/:board/:file',
    async ({ params: { board, file } }, reply) => {
      let image: Image;
      try {
        image = await source.find(board);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return reply.code(404).send({ message: error.message });
      }
      if (file === 'manifest.json') return manifestOf(image, source.version);
      const part = image.parts.find((one) => one.file === file);
      return part
        ? reply.type('application/octet-stream').send(readFileSync(part.path))
        : reply.code(404).send({ message: 'The image has no such part.' });
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
