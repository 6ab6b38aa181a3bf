/**
 * `npm run simulate [-- --days=N --sensors=N --seed=N --runs=N --part=benign|detection|evasion|fleet --trick=TEXT --ways="inside TCP,inside ARP" --quick --json --trace]`: synthetic branches and
 * scanners, frame by frame through the real engine on a simulated clock. --days is the length of one sensor's life, --sensors how many
 * of each kind of branch, --runs how many scans a cell of the detection table. --trace tells the record of each false alert,
 * and each row of the detection table when it is ready, on stderr. It measures and does not judge: exit 0.
 */
import { benignTable, measureBenign } from './simulate/benign.js';
import { detectionTable, measureDetection } from './simulate/detection.js';
import { evasionTable, measureEvasion } from './simulate/evasion.js';
import { fleetTable, measureFleet } from './simulate/fleet.js';
import { fleetEvasionTable, measureFleetEvasion } from './simulate/fleet-evasion.js';
import { officeRates } from './simulate/offices.js';

const args = process.argv.slice(2);
/** The number after `--name=`. */
function numberOf(name: string, otherwise: number): number {
  const value = Number(args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise);
  return Number.isFinite(value) && value > 0 ? value : otherwise;
}

if (args.includes('--help')) {
  console.log(
    'npm run simulate [-- --days=N --sensors=N --seed=N --runs=N --part=benign|detection|evasion|fleet --quick --json --trace]',
  );
  process.exit();
}

const quick = args.includes('--quick'),
  json = args.includes('--json');
const seed = numberOf('seed', 1);
const part = args.find((arg) => arg.startsWith('--part='))?.slice('--part='.length);
const days = numberOf('days', quick ? 1 : 28),
  sensors = numberOf('sensors', quick ? 1 : 5);
const runs = numberOf('runs', quick ? 2 : 20);
const told: Record<string, unknown> = { seed, days, sensors, runs };
const say = (text: string): void => {
  if (!json) console.log(text);
};

if (part === undefined || part === 'benign') {
  const rows = await measureBenign(days, sensors, quick ? 3 : 200, seed);
  told['benign'] = rows.map((row) => ({ ...row, blame: Object.fromEntries(row.blame) }));
  say(
    `False alerts where nobody scans. ${sensors} sensors of each kind, ${days} days each. Rates ${officeRates}.\n\n${benignTable(rows)}\n`,
  );
}
if (part === undefined || part === 'detection') {
  const cells = await measureDetection(
    runs,
    seed,
    quick,
    args
      .find((arg) => arg.startsWith('--ways='))
      ?.slice('--ways='.length)
      .split(',') ?? [],
  );
  told['detection'] = cells;
  say(
    `Scans found within 200 probes (ARP: 108), ${runs} of each (slower than 1/min: ${Math.ceil(runs / 3)}), in a learned branch of a third of the size above. Share found (Wilson 95 %), ` +
      `probes and time to the alert, median/90 % of those found.\n"alive": share of targets that exist, "alive are": what they do on the probed port; ` +
      `"good": contacts to known services (20 outside, 27 inside, then again) after each probe.\n\n${detectionTable(cells)}\n`,
  );
  say(
    `Benign sources accused meanwhile: ${cells.reduce((sum, cell) => sum + cell.bystanders, 0)} in ${cells.reduce((sum, cell) => sum + cell.runs, 0)} runs.\n`,
  );
}
if (part === undefined || part === 'evasion') {
  const rows = await measureEvasion(
    quick ? 1 : Math.ceil(runs / 2),
    seed,
    quick,
    args.find((arg) => arg.startsWith('--trick='))?.slice('--trick='.length),
  );
  told['evasion'] = rows;
  say(
    `What hiding costs. Targets absent but for 3 % (IPv6: all absent). "notices": runs with a record that accuses nobody, "probes" of the ` +
      `whole scan.\n\n${evasionTable(rows)}`,
  );
}
if (part === undefined || part === 'fleet') {
  for (const within of [8, 1 / 6]) {
    const run = await measureFleet(quick ? [3, 4] : [8, 12, 24, 40], quick ? 2 : 20, quick ? 20 : 500, within, seed);
    told[`fleet within ${within} h`] = run;
    say(
      `\nWhat the fleet detects. Low-rate scanners (a fifth of the targets alive; at each site they are done within ${within < 1 ? `${60 * within} min` : `${within} h`}), ` +
        `and benign sources that come to every site 2 to 5 times in 8 h.\n\n${fleetTable(run)}`,
    );
  }
}
if (part === undefined || part === 'fleet') {
  const sizes = quick ? [3] : [12, 24];
  const rows = await measureFleetEvasion(sizes, quick ? 2 : 20, seed, quick);
  told['fleet evasion'] = rows;
  say(
    '\nWhat hiding from the fleet costs. Scanners with one probe for each site within 8 h, an hour where there is a flood (a fifth of the targets alive), and what they do besides.\n\n' +
      fleetEvasionTable(sizes, rows),
  );
}
if (json) console.log(JSON.stringify(told, null, 1));
