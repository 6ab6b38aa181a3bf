/** `blockwatch firmware keygen|sign|verify|publish|withdraw|status`: new images for boards, over the uplink. */
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
    // Never over what is there: a key that is lost cannot be made again.
    writeFileSync(path, text, { mode, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError('BW_OUTPUT', {
      path,
      reason: code === 'EEXIST' ? 'it is there already, and is not overwritten' : (code ?? String(error)),
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
    `The release key is in ${path}: keep it off the network, with a copy elsewhere. Who has it can give your sensors any firmware.`,
  );
  console.log(`Build images that know it: npm run firmware:build -- --board NAME --release-key ${path}.pub`);
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
  if (why) throw new UserError('BW_RELEASE', { problem: `${path} is no image for ${options.board}: ${why}.` });
  if (image.length > updateLimits.image)
    throw new UserError('BW_RELEASE', {
      problem: `${path} has ${image.length} bytes, and no board has room for that.`,
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
    `${out}: version ${version} for ${board}, ${image.length} bytes, until ${new Date(expires * 1000).toISOString().slice(0, 10)}, signed with the key ${signed.key.slice(0, 16)}.`,
  );
}

async function verify(place: string, options: { key?: string }): Promise<void> {
  const key = knownReleaseKey('--key', options.key);
  if (key === undefined) {
    throw new UserError('BW_USAGE', { problem: 'Name the public key that must have signed the release with --key.' });
  }
  const release = await openRelease(place, { key });
  const files = await release.checkAll();
  const { version, date, boards } = release.description;
  const names = boards.map(({ name }) => name).join(', ');
  console.log(
    `${place}: release ${version} of ${date.slice(0, 10)} for ${names}; ${files} files are as their checksums say, ` +
      `signed with the key ${key.slice(0, 16)}.`,
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

/** Whether a sensor is one of those that were named: `all`, a site, or SITE/SENSOR. */
const named =
  (to: readonly string[]) =>
  ({ site, sensor }: Pick<RunningSensor, 'site' | 'sensor'>): boolean =>
    to.some((name) => name === 'all' || name === site || name === `${site}/${sensor}`);

/** Publishes a retained text for each, and comes back when the broker has all of them. */
async function tell(
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
    throw new UserError('BW_RELEASE', { problem: `${options.image} is not the image that ${path} was made for.` });
  if (expires * 1000 <= Date.now())
    throw new UserError('BW_RELEASE', { problem: `${path} has expired; sign the image again.` });
  await withStore(options.store, async (db) => {
    const asked = (await listRunning(db)).filter(named(options.to));
    if (asked.length === 0)
      throw new UserError('BW_RELEASE', {
        problem: `No sensor is named by ${options.to.join(', ')}; "blockwatch firmware status" lists them.`,
      });
    const fit = asked.filter((runs) => runs.board === board);
    const others = asked.filter((runs) => runs.board !== board);
    for (const { site, sensor, board: other } of others)
      console.error(
        `blockwatch: ${site}/${sensor} is left out: its board is ${other || 'not known'}, and this is for ${board}.`,
      );
    if (fit.length === 0)
      throw new UserError('BW_RELEASE', { problem: `None of the sensors named is a ${board}: nothing was published.` });
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
    await tell(
      options,
      assignments.map((one) => ({ ...one, text: offerOf(signed, one) })),
    );
    console.log(
      `Version ${version} is published for ${fit.length} of ${asked.length} sensors${options.stagger ? `, spread over ${options.stagger} s` : ''}. "blockwatch firmware status" shows how far they are.`,
    );
  });
}

async function withdraw(options: Target): Promise<void> {
  await withStore(options.store, async (db) => {
    const gone = (await listAssignments(db)).filter(named(options.to));
    if (gone.length === 0)
      throw new UserError('BW_RELEASE', { problem: `Nothing is published for ${options.to.join(', ')}.` });
    await tell(
      options,
      gone.map(({ site, sensor }) => ({ site, sensor, text: '' })),
    );
    await transactionWithRetry(db, (tx) => unassign(tx, gone));
    console.log(`Withdrawn for ${gone.length} sensors. What has started already goes on.`);
  });
}

const words: Record<Progress['state'], string> = {
  none: 'nothing published',
  current: 'runs it',
  offered: 'offered',
  waiting: 'waits for its turn',
  fetching: 'fetching',
  checking: 'checking',
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
  printRows(
    options.format,
    await withStore(options.store, (db) => listProgress(db)),
    columns,
    members,
    'There are no sensors.',
  );
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
    throw new InvalidArgumentError('It must be a time such as 90s, 30m, 6h or 2d, a week at most.');
  return seconds;
}

function target(text: string, before: string[] | undefined): string[] {
  const parts = text.split('/');
  if (parts.length > 2 || !parts.every(validId))
    throw new InvalidArgumentError('It must be all, a site, or SITE/SENSOR.');
  return [...(before ?? []), text];
}

const toOption = (): Option =>
  new Option('--to <WHOM...>', 'all, a site, or SITE/SENSOR; several may be named')
    .argParser(target)
    .makeOptionMandatory();
const brokerOption = (): Option =>
  new Option('--broker <URL>', 'the broker the sensors use, with an account that may write their update topics')
    .env('BLOCKWATCH_BROKER')
    .default('mqtt://127.0.0.1:1883');
const caOption = (): Option => new Option('--ca <FILE>', "PEM of the authority that signed the broker's certificate");
const passphraseOption = (): Option =>
  new Option('--passphrase-file <FILE>', "file whose first line is the release key's passphrase; - for standard input");

export function register(program: Command): void {
  const firmware = program
    .command('firmware')
    .summary("update the sensors' firmware: keygen, sign, verify, publish, withdraw, status")
    .description(
      'Signs images of the firmware and has sensors fetch them over the uplink. A sensor takes what is signed with a release key that its image was built with, is for its ' +
        'board and newer than what it runs; the new image stays when it has reached the broker, and else the one before comes back.',
    );
  firmware
    .command('keygen')
    .summary('make a release key')
    .description(
      'Makes a release key (ECDSA, P-256): FILE for signing, FILE.pub for the build of images. Neither is overwritten.',
    )
    .argument('<FILE>', 'where the private key goes')
    .addOption(passphraseOption())
    .addHelpText('after', '\nExample:\n  blockwatch firmware keygen release-2027.pem --passphrase-file passphrase.txt')
    .action(keygen);
  firmware
    .command('sign')
    .summary('sign an image')
    .description(
      'Makes the signed paper of an image: version, board, size, SHA-256, until when it may be installed. Done where the release key is; neither store nor broker is asked.',
    )
    .argument('<IMAGE>', "the application's .bin file of the build")
    .addOption(new Option('--key <FILE>', 'the release key').makeOptionMandatory())
    .addOption(passphraseOption())
    .addOption(
      new Option('--board <NAME>', 'the board it was built for').choices([...boardNames, LINUX]).makeOptionMandatory(),
    )
    .addOption(
      new Option('--image-version <VERSION>', 'the version it was built with; sensors take a higher one only')
        .argParser(version)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--minimum <VERSION>', 'the least version that it may follow (default: any)')
        .argParser(version)
        .default('', 'any'),
    )
    .addOption(
      new Option('--expires <DAYS>', 'days from now on in which it may be installed')
        .argParser(whole({ lowest: 1, highest: 3650 }))
        .default(90),
    )
    .addOption(new Option('--out <FILE>', 'where the paper goes (default: IMAGE.signed.json)'))
    .addHelpText(
      'after',
      '\nExample:\n  blockwatch firmware sign blockwatch-wt32_eth01.bin --key release-2027.pem --board wt32_eth01 --image-version 1.3.0',
    )
    .action(sign);
  firmware
    .command('verify')
    .summary('check a release')
    .description(
      'Checks a release that "npm run release" made, a folder or its address: the signature over its checksums, every file, and that each update is of the image beside it.',
    )
    .argument('<RELEASE>', 'the folder, or the address')
    .addOption(
      new Option(
        '--key <FILE>',
        "the public key that must have signed it (default: BLOCKWATCH_RELEASE_KEY, or release.pub in the project's folder)",
      ),
    )
    .addHelpText('after', '\nExample:\n  blockwatch firmware verify blockwatch-1.3.0 --key release-2027.pem.pub')
    .action(verify);
  firmware
    .command('publish')
    .summary('offer a signed image to sensors')
    .description(
      "Puts the image into the store, from which collectors answer the sensors, and a signed offer on each sensor's update topic. Sensors of other boards are left out. " +
        'Try one, then a site, then all with --stagger. A sensor that failed does not try the same image again before --again says so.',
    )
    .argument('<SIGNED>', 'what "blockwatch firmware sign" made')
    .addOption(new Option('--image <FILE>', 'the image').makeOptionMandatory())
    .addOption(toOption())
    .addOption(
      new Option('--stagger <TIME>', 'each sensor begins at a random time within it: 30m, 6h')
        .argParser(stagger)
        .default(0, '0'),
    )
    .addOption(new Option('--again', 'have those try again that failed'))
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
    .summary('take an offer back')
    .description(
      'Takes offers back. A sensor that is fetching stops; one that has started the new image stays with it.',
    )
    .addOption(toOption())
    .addOption(brokerOption())
    .addOption(accountOption())
    .addOption(caOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch firmware withdraw --to berlin')
    .action(withdraw);
  firmware
    .command('status')
    .summary('show what each sensor runs, and how far updates are')
    .description(
      'Lists for each sensor the version it runs, the one published for it, how far that is, and why it was refused or given up.',
    )
    .addOption(formatOption())
    .addOption(storeOption())
    .addHelpText('after', '\nExample:\n  blockwatch firmware status')
    .action(status);
}
