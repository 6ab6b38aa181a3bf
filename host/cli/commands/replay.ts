/**
 * `blockwatch replay CAPTURE`: runs a capture through the engine on the capture's clock, and prints the scan records.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { homeOrPrivate } from '../../../src/protocol/engine-config.js';
import type { TimedRecord } from '../../../src/protocol/record.js';
import { knocksOf } from '../../../src/protocol/record.js';
import { unreadOf } from '../../../src/protocol/unread.js';
import { Contents } from '../../capture/contents.js';
import { FrameOrder } from '../../capture/order.js';
import { readCaptureFile, readCaptureStream } from '../../capture/read.js';
import { Engine } from '../../sensor/engine.js';
import { finishCapture } from '../../sensor/engine-runner.js';
import { unreadAdvice, unreadShare } from '../../wording/unread.js';
import { captureSummary } from '../support/capture-summary.js';
import { recordLine } from '../support/line.js';
import { evidenceOption, homeOption, watchOption } from '../support/options.js';
import { showProgress } from '../support/progress.js';

interface Options {
  home?: string[];
  watch?: string[];
  evidence?: number;
  site?: string;
  sensor?: string;
  json?: boolean;
  stats?: boolean;
  suspicion?: boolean;
  whispers?: boolean;
}

/** The record as `--json` prints it. The order of the fields is part of the contract. */
export function recordJson(record: TimedRecord, site?: string, sensor?: string): Record<string, unknown> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    time: iso(record.time),
    stage: record.stage,
    verdict: record.verdict,
    kind: record.kind,
    severity: record.severity,
    source: record.source,
    protocol: record.protocol,
    direction: record.direction,
    targets: record.targets,
    services: record.services,
    probes: record.probes,
    first: iso(record.first),
    last: iso(record.last),
    evidence: Math.round(record.evidence * 100) / 100,
    spoofable: record.spoofable,
    confidence: record.confidence,
    ...(record.tool ? { tool: record.tool } : {}),
    technique: record.technique,
    serviceCount: record.serviceCount,
    answered: record.answered,
    refused: record.refused,
    silent: record.silent,
    dark: record.dark,
    aggregate: record.aggregate,
    ...(record.decoy ? { decoy: true } : {}),
    ...(record.sources > 1 ? { sources: record.sources } : {}),
    ...(record.knocks ? { knocks: knocksOf(record).map(({ source }) => source) } : {}),
    episode: record.episode,
    ...(site === undefined ? {} : { site }),
    ...(sensor === undefined ? {} : { sensor }),
  };
}

async function replay(capture: string, options: Options): Promise<void> {
  // The fixed seed makes a replay repeatable: the same capture always gives the same records.
  const engine = await Engine.load({
    home: options.home ?? [],
    seed: [0x6b6c6f62, 0x68637461],
    ...(options.watch ? { watch: options.watch } : {}),
    ...(options.evidence ? { evidence: options.evidence } : {}),
  });
  const progress = showProgress('Replaying');
  const scans = new Set<number>();
  const print = (): void => {
    for (const record of engine.takeRecords()) {
      if (record.stage === 'whisper' && !options.suspicion && !options.whispers) continue;
      if (record.verdict === 'scan') scans.add(record.episode);
      progress.end();
      console.log(options.json ? JSON.stringify(recordJson(record, options.site, options.sensor)) : recordLine(record));
    }
  };
  const contents = new Contents(homeOrPrivate(options.home));
  let last = NaN;
  let sinceDrain = 0;
  const order = new FrameOrder((timeMs, link, bytes, offset, captured, original) => {
    contents.take(timeMs, link, bytes, offset, captured, original);
    engine.push(timeMs, link, bytes, offset, captured, original);
    last = timeMs;
    if (++sinceDrain === 4096) {
      sinceDrain = 0;
      print();
    }
  });
  const stop = stopOnSignal(() => {
    if (capture === '-') process.stdin.destroy();
  });
  const began = process.hrtime.bigint();
  try {
    if (capture === '-') await readCaptureStream(process.stdin, 'standard input', order, stop);
    else await readCaptureFile(capture, order, { progress: progress.at, stop });
  } finally {
    progress.end();
    // A damaged capture still gives the records of its readable part; the error follows. If the user stopped it, the
    // answers to the last questions were not read: silence says nothing.
    if (stop.aborted) engine.flush();
    else finishCapture(engine, last, options.suspicion || options.whispers);
    print();
    const counters = engine.counters();
    const unread = unreadOf(counters, 0);
    if (unread) process.stderr.write(`This mirror cannot be read: ${unreadShare(unread)}. ${unreadAdvice(unread)}\n`);
    if (options.stats) printStats(engine, Number(process.hrtime.bigint() - began), options.json ?? false);
    await written();
    const { framesLost } = engine;
    const summary = { contents, order, counters, scans: scans.size, framesLost };
    // Nothing was read of what cannot be read at all: its error says why.
    if (order.frames > 0 || stop.aborted)
      console.error(captureSummary({ ...summary, isHomeNamed: options.home !== undefined, interrupted: stop.aborted }));
  }
}

/** Resolves when standard output has taken everything; never if its reader has left, which ends the process. */
function written(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write('', (error) => {
      if (!error) resolve();
    });
  });
}

/** Aborts at the first signal, and sets the exit code; a second one ends the process at once. */
function stopOnSignal(stopped: () => void): AbortSignal {
  const controller = new AbortController();
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      process.exitCode = code;
      controller.abort();
      stopped();
    });
  }
  return controller.signal;
}

function printStats(engine: Engine, nanoseconds: number, json: boolean): void {
  const counted = engine.counters();
  const frames = counted['frames'] ?? 0;
  const stats = {
    ...counted,
    traps: engine.traps,
    framesLost: engine.framesLost,
    nanosecondsPerFrame: frames === 0 ? 0 : Math.round((nanoseconds / frames) * 10) / 10,
  };
  if (json) console.log(JSON.stringify({ stats }));
  else for (const [name, value] of Object.entries(stats)) console.log(`${name.padEnd(20)} ${value}`);
}

export function register(program: Command): void {
  program
    .command('replay')
    .summary('detect scans in a capture file')
    .description(
      'Run a capture file (pcap or pcapng, also packed with gzip or Zstandard; Ethernet, 802.11, Linux cooked, PPP or raw IP) through ' +
        'the engine on the clock of the capture, and print the scan records. Standard error gets a line that says what was read.',
    )
    .argument('<CAPTURE>', 'capture file, or - for standard input')
    .addOption(homeOption())
    .addOption(watchOption())
    .addOption(evidenceOption())
    .option('--site <SITE>', 'add the site to each JSON object')
    .option('--sensor <ID>', 'add the sensor to each JSON object')
    .option('--json', 'print one JSON object per line')
    .option('--stats', 'print all counters at the end')
    .option('--suspicion', 'include suspicion reports, which are below the alert threshold')
    // The name before --suspicion.
    .addOption(new Option('--whispers').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  blockwatch replay scan.pcap --home 10.20.0.0/16\n  blockwatch replay scan.pcap --json | jq .source\n  ssh router tcpdump -w - -c 100000 | blockwatch replay -',
    )
    .action(replay);
}
