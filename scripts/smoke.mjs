// `npm start` as a newcomer runs it: waits until its API shows a scan and its page is served, then stops it.
// Exit 0 when it did within two minutes and ended by itself when asked to.
import { spawn } from 'node:child_process';

const patience = 120_000;
const child = spawn('npm', ['start'], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
let output = '';
for (const stream of [child.stdout, child.stderr]) {
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    output += text;
    process.stdout.write(text.replace(/^(?=.)/gm, '  | '));
  });
}
let ended = null;
const end = new Promise((resolve) =>
  child.on('exit', (code, signal) => {
    ended = { code, signal };
    resolve(ended);
  }),
);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function firstScan() {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await pause(250)) {
    if (ended) throw new Error(`npm start ended by itself: ${JSON.stringify(ended)}`);
    const address = /https?:\/\/[\w.[\]:-]+:\d+/.exec(output.replace(/\u001b\[[0-9;]*m/g, ''))?.[0];
    if (!address) continue;
    const scans = await fetch(`${address}/api/v1/scans?state=all&limit=1`)
      .then((reply) => reply.json())
      .catch(() => null);
    if (!scans?.scans?.length) continue;
    const page = await fetch(address);
    if (!page.ok || !/<html/i.test(await page.text()))
      throw new Error(`the page at ${address} is not served: ${page.status}`);
    return scans.scans[0];
  }
  throw new Error(`no scan in the API after ${patience / 1000} s`);
}

let failure;
try {
  const scan = await firstScan();
  console.log(`the API shows a scan: ${scan.kind} by ${scan.source}, ${scan.probes} probes`);
} catch (error) {
  failure = error.message;
}
// Its own process group, so that npm, its shell and the collector all get the interrupt, as from a terminal.
if (!ended) process.kill(-child.pid, 'SIGINT');
const late = setTimeout(() => {
  failure ??= 'it did not stop within 15 s of an interrupt';
  process.kill(-child.pid, 'SIGKILL');
}, 15_000);
await end;
clearTimeout(late);
if (failure) console.error(`smoke: ${failure}`);
process.exitCode = failure ? 1 : 0;
