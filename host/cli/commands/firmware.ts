/** `blockwatch firmware keygen|sign|verify|publish|withdraw|status`: firmware updates over the uplink. */
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { buildTopic, validId } from '../../../src/protocol/topics.js';
import { updateLimits } from '../../../src/protocol/update.js';
import type { Progress, RunningSensor } from '../../collector/firmware/roll-out.js';
import { listProgress, listRunning, offerOf } from '../../collector/firmware/roll-out.js';
import { transactionWithRetry } from '../../collector/store/enrolments.js';
import { assign, dropUnused, listAssignments, putImage, unassign } from '../../collector/store/images.js';
import { UserError } from '../../common/errors.js';
import { readOptionFile } from '../../common/option-file.js';
import { publishRetained } from '../../common/retained.js';
import { boardNames } from '../../firmware/boards.js';
import {
  LINUX,
  newReleaseKey,
  readPrivateKey,
  readSigned,
  sha256Hex,
  signImage,
  whyNoImage,
} from '../../firmware/release.js';
import { knownReleaseKey } from '../../release/keys.js';
import { openRelease } from '../../release/open.js';
import { accountOption, withAccount } from '../support/account.js';
import { whole } from '../support/options.js';
import { secretFile } from '../support/secret.js';
import { storeOption, withStore } from '../support/store.js';
import type { Column, RowFormat } from '../support/table.js';
import { formatOption, printRows } from '../support/table.js';

const DAY = 86_400;

function write(path: string, text: string, mode: number): void {
  try {
    // Never overwrites: a lost key cannot be recreated.
    writeFileSync(path, text, { mode, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError('BW_OUTPUT', {
      path,
      reason: code === 'EEXIST' ? 'it already exists and is not overwritten' : (code ?? String(error)),
    });
  }
}

function keygen(path: string, options: { passphraseFile?: string }): void {
  const { privatePem, publicHex } = newReleaseKey(
    options.passphraseFile && secretFile('--passphrase-file', options.passphraseFile),
  );
  write(path, privatePem, 0o600);
  write(`${path}.pub`, `${publicHex}\n`, 0o644);
  console.log(
    `Wrote the release key to ${path}. Keep it offline, with a copy elsewhere: whoever has it can install any firmware on your sensors.`,
  );
  console.log(`Build images that trust it: npm run firmware:build -- --board NAME --release-key ${path}.pub`);
}

interface SignOptions {
  key: string;
  passphraseFile?: string;
  board: string;
  imageVersion: string;
  minimum: string;
  expires: number;
  out?: string;
}

function sign(path: string, options: SignOptions): void {
  const image = readOptionFile('IMAGE', path);
  const why = whyNoImage(image, options.board);
  if (why) throw new UserError('BW_RELEASE', { problem: `${path} is not an image for ${options.board}: ${why}.` });
  if (image.length > updateLimits.image)
    throw new UserError('BW_RELEASE', {
      problem: `${path} has ${image.length} bytes, too many for any board.`,
    });
  const key = readPrivateKey(
    readOptionFile('--key', options.key).toString('utf8'),
    options.passphraseFile && secretFile('--passphrase-file', options.passphraseFile),
  );
  const { board, imageVersion: version, minimum } = options;
  const expires = Math.floor(Date.now() / 1000) + options.expires * DAY;
  const signed = signImage(image, { board, version, minimum, expires }, key);
  const out = options.out ?? `${path}.signed.json`;
  write(out, `${JSON.stringify(signed, null, 2)}\n`, 0o644);
  console.log(
    `${out}: version ${version} for ${board}, ${image.length} bytes, valid until ${new Date(expires * 1000).toISOString().slice(0, 10)}, signed with key ${signed.key.slice(0, 16)}.`,
  );
}

async function verify(place: string, options: { key?: string }): Promise<void> {
  const key = knownReleaseKey('--key', options.key);
  if (key === undefined) {
    throw new UserError('BW_USAGE', {
      problem: 'The public key is missing. Name the key that must have signed the release with --key.',
    });
  }
  const release = await openRelease(place, { key });
  const files = await release.checkAll();
  const { version, date, boards } = release.description;
  const names = boards.map(({ name }) => name).join(', ');
  console.log(
    `${place}: release ${version} of ${date.slice(0, 10)} for ${names}; ${files} files match their checksums, ` +
      `signed with key ${key.slice(0, 16)}.`,
  );
}

interface Target {
  to: string[];
  store: string;
  broker: string;
  account?: string;
  ca?: string;
}
interface PublishOptions extends Target {
  image: string;
  stagger: number;
  again?: boolean;
}

/** Whether a sensor matches one of the names: `all`, a site, or SITE/SENSOR. */
const named =
  (to: readonly string[]) =>
  ({ site, sensor }: Pick<RunningSensor, 'site' | 'sensor'>): boolean =>
    to.some((name) => name === 'all' || name === site || name === `${site}/${sensor}`);

/** Publishes a retained offer for each sensor; resolves once the broker has acknowledged all. */
async function publishOffers(
  { broker, account, ca }: Target,
  texts: readonly { site: string; sensor: string; text: string }[],
): Promise<void> {
  await publishRetained(
    withAccount(broker, account),
    readOptionFile('--ca', ca),
    texts.map(({ site, sensor, text }) => ({ topic: buildTopic(site, sensor, 'update'), text })),
  );
}

async function publish(path: string, options: PublishOptions): Promise<void> {
  const signed = readSigned(readOptionFile('SIGNED', path).toString('utf8'), path);
  const image = readOptionFile('--image', options.image);
  const { board, version, size, sha256, expires } = signed.read;
  if (sha256Hex(image) !== sha256)
    throw new UserError('BW_RELEASE', { problem: `${options.image} is not the image that ${path} describes.` });
  if (expires * 1000 <= Date.now())
    throw new UserError('BW_RELEASE', { problem: `${path} has expired. Sign the image again.` });
  await withStore(options.store, async (db) => {
    const asked = (await listRunning(db)).filter(named(options.to));
    if (asked.length === 0)
      throw new UserError('BW_RELEASE', {
        problem: `No sensor matches ${options.to.join(', ')}. Run "blockwatch firmware status" to list them.`,
      });
    const fit = asked.filter((runs) => runs.board === board);
    const others = asked.filter((runs) => runs.board !== board);
    for (const { site, sensor, board: other } of others)
      console.error(
        `blockwatch: ${site}/${sensor} is skipped: its board is ${other || 'unknown'}, and the image is for ${board}.`,
      );
    if (fit.length === 0)
      throw new UserError('BW_RELEASE', { problem: `None of these sensors is a ${board}. Nothing was published.` });
    const now = Date.now();
    const before = new Map((await listAssignments(db)).map((one) => [`${one.site}/${one.sensor}`, one]));
    const assignments = fit.map(({ site, sensor }) => {
      const last = before.get(`${site}/${sensor}`);
      const attempt =
        last?.sha256 === sha256 ? Math.min(updateLimits.attempts, last.attempt + (options.again ? 1 : 0)) : 1;
      return { site, sensor, sha256, attempt, stagger: options.stagger, assigned: now };
    });
    await transactionWithRetry(db, async (tx) => {
      await putImage(
        tx,
        { sha256, board, version, size, manifest: signed.manifest, signature: signed.signature, added: now },
        image,
      );
      for (const one of assignments) await assign(tx, one);
      await dropUnused(tx);
    });
    await publishOffers(
      options,
      assignments.map((one) => ({ ...one, text: offerOf(signed, one) })),
    );
    console.log(
      `Published version ${version} for ${fit.length} of ${asked.length} sensors${options.stagger ? `, spread over ${options.stagger} s` : ''}. Follow the progress with "blockwatch firmware status".`,
    );
  });
}

async function withdraw(options: Target): Promise<void> {
  await withStore(options.store, async (db) => {
    const gone = (await listAssignments(db)).filter(named(options.to));
    if (gone.length === 0)
      throw new UserError('BW_RELEASE', { problem: `Nothing is published for ${options.to.join(', ')}.` });
    await publishOffers(
      options,
      gone.map(({ site, sensor }) => ({ site, sensor, text: '' })),
    );
    await transactionWithRetry(db, (tx) => unassign(tx, gone));
    console.log(`Withdrawn for ${gone.length} sensors. Sensors that already started the new image keep it.`);
  });
}

const words: Record<Progress['state'], string> = {
  none: 'nothing published',
  current: 'up to date',
  offered: 'offered',
  waiting: 'waiting',
  fetching: 'fetching',
  checking: 'verifying',
  trial: 'on trial',
  failed: 'failed',
};
const columns: Column<Progress>[] = [
  { title: 'site', cell: ({ site }) => site },
  { title: 'sensor', cell: ({ sensor }) => sensor },
  { title: 'board', cell: ({ board }) => board || 'unknown' },
  { title: 'runs', cell: ({ version }) => version || 'never reported' },
  { title: 'to run', cell: ({ target }) => target || '-' },
  {
    title: 'update',
    cell: (one) =>
      `${words[one.state]}${one.state === 'fetching' ? ` ${one.percent} %` : ''}${one.online ? '' : ', offline'}`,
  },
  { title: 'problem', cell: ({ problem }) => problem },
];
const members: (keyof Progress & string)[] = [
  'site',
  'sensor',
  'board',
  'version',
  'target',
  'state',
  'percent',
  'online',
  'refused',
  'problem',
];

async function status(options: { store: string; format: RowFormat }): Promise<void> {
  printRows(options.format, await withStore(options.store, (db) => listProgress(db)), columns, members, 'No sensors.');
}

function version(text: string): string {
  if (!/^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(text))
    throw new InvalidArgumentError('It must be three numbers such as 1.2.3.');
  return text;
}

function stagger(text: string): number {
  const found = /^(\d{1,6})([smhd]?)$/.exec(text);
  const seconds = found ? Number(found[1]) * ({ s: 1, m: 60, h: 3600, d: DAY }[found[2] || 's'] as number) : NaN;
  if (!(seconds <= updateLimits.stagger))
    throw new InvalidArgumentError('It must be a time such as 90s, 30m, 6h or 2d, at most a week.');
  return seconds;
}

function target(text: string, before: string[] | undefined): string[] {
  const parts = text.split('/');
  if (parts.length > 2 || !parts.every(validId))
    throw new InvalidArgumentError('It must be all, a site, or SITE/SENSOR.');
  return [...(before ?? []), text];
}

const toOption = (): Option =>
  new Option('--to <SENSOR...>', 'sensors: all, SITE or SITE/SENSOR').argParser(target).makeOptionMandatory();
const brokerOption = (): Option =>
  new Option('--broker <URL>', 'broker of the sensors; the account must be allowed to publish updates')
    .env('BLOCKWATCH_BROKER')
    .default('mqtt://127.0.0.1:1883');
const caOption = (): Option => new Option('--ca <FILE>', "CA certificate (PEM) that signed the broker's certificate");
const passphraseOption = (): Option =>
  new Option(
    '--passphrase-file <FILE>',
    'file with the passphrase of the release key on its first line; "-" for standard input',
  );

export function register(program: Command): void {
  const firmware = program
    .command('firmware')
    .summary('sign and publish firmware updates')
    .description(
      'Sign firmware images and publish them to sensors, which fetch them over the uplink. A sensor accepts an image that is signed with a release key it was built with, ' +
        'is for its board, and is newer than the one it runs. It rolls back if the new image does not reach the broker.',
    );
  firmware
    .command('keygen')
    .summary('create a release key')
    .description(
      'Create a release key (ECDSA, P-256): FILE for signing, FILE.pub for building images. Existing files are not overwritten.',
    )
    .argument('<FILE>', 'private key to write')
    .addOption(passphraseOption())
    .addHelpText('after', '\nExample:\n  blockwatch firmware keygen release-2027.pem --passphrase-file passphrase.txt')
    .action(keygen);
  firmware
    .command('sign')
    .summary('sign an image')
    .description(
      'Write the signed manifest of an image: version, board, size, SHA-256 and expiry. This needs only the release key, neither store nor broker.',
    )
    .argument('<IMAGE>', 'application .bin file of the build')
    .addOption(new Option('--key <FILE>', 'release key').makeOptionMandatory())
    .addOption(passphraseOption())
    .addOption(
      new Option('--board <NAME>', 'board the image was built for')
        .choices([...boardNames, LINUX])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--image-version <VERSION>', 'version the image was built with; sensors accept only a higher one')
        .argParser(version)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--minimum <VERSION>', 'lowest version that may be updated').argParser(version).default('', 'any'),
    )
    .addOption(
      new Option('--expires <DAYS>', 'days until the signature expires')
        .argParser(whole({ lowest: 1, highest: 3650 }))
        .default(90),
    )
    .addOption(new Option('--out <FILE>', 'manifest to write (default: IMAGE.signed.json)'))
    .addHelpText(
      'after',
      '\nExample:\n  blockwatch firmware sign blockwatch-wt32_eth01.bin --key release-2027.pem --board wt32_eth01 --image-version 1.3.0',
    )
    .action(sign);
  firmware
    .command('verify')
    .summary('verify a release')
    .description(
      'Verify a release made by "npm run release", in a directory or at a URL: the signature of its checksums, every file, and that each update matches its image.',
    )
    .argument('<RELEASE>', 'directory or URL')
    .addOption(
      new Option(
        '--key <FILE>',
        'public key that must have signed it (default: BLOCKWATCH_RELEASE_KEY, or release.pub in the project directory)',
      ),
    )
    .addHelpText('after', '\nExample:\n  blockwatch firmware verify blockwatch-1.3.0 --key release-2027.pem.pub')
    .action(verify);
  firmware
    .command('publish')
    .summary('offer a signed image to sensors')
    .description(
      "Store the image, from which collectors serve it, and publish a signed offer on each sensor's update topic. Sensors with other boards are skipped. " +
        'Start with one sensor, then a site, then all with --stagger. A sensor that failed retries the same image only with --again.',
    )
    .argument('<SIGNED>', 'signed manifest from "blockwatch firmware sign"')
    .addOption(new Option('--image <FILE>', 'image that the manifest describes').makeOptionMandatory())
    .addOption(toOption())
    .addOption(
      new Option('--stagger <TIME>', 'spread the start at random over this time, such as 30m or 6h')
        .argParser(stagger)
        .default(0, '0'),
    )
    .addOption(new Option('--again', 'retry sensors that failed'))
    .addOption(brokerOption())
    .addOption(accountOption())
    .addOption(caOption())
    .addOption(storeOption())
    .addHelpText(
      'after',
      `
Examples:
  blockwatch firmware publish bw.bin.signed.json --image bw.bin --to berlin/tap-1 --broker mqtts://broker.example --account operator.account
  blockwatch firmware publish bw.bin.signed.json --image bw.bin --to all --stagger 6h --broker mqtts://broker.example --account operator.account`,
    )
    .action(publish);
  firmware
    .command('withdraw')
    .summary('withdraw an offer')
    .description('Withdraw offers. A sensor that is fetching stops; one that has started the new image keeps it.')
    .addOption(toOption())
    .addOption(brokerOption())
    .addOption(accountOption())
    .addOption(caOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch firmware withdraw --to berlin')
    .action(withdraw);
  firmware
    .command('status')
    .summary('show the firmware and update progress of sensors')
    .description(
      'List for each sensor the version it runs, the version published for it, the progress, and why an update was refused or abandoned.',
    )
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch firmware status')
    .action(status);
}
