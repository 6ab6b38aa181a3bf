/**
 * Benign branches. Each actor below does what its kind does in an office, at the rates told in `officeRates`; nobody scans, so every
 * accusation is a false one. Who is unlucky (dead servers, stale names) is drawn by the seed, once for all or for a while.
 */
import { ip, ipText } from './frames.js';
import {
  DAY,
  HOUR,
  lanBlock,
  lanRouter,
  MINUTE,
  type Outcome,
  publicBlock,
  publicRouter,
  SECOND,
  type TapPlace,
  type World,
} from './world.js';

/** Scales every rate below: what a short run and a long one can afford. */
export interface OfficeOptions {
  /** Factor on the number of browsing machines, outside clients and radiation. Default 1. */
  size?: number;
  /** Leave out the monitoring server, whose cold start is told apart. */
  monitoring?: boolean;
  /** Days until monitoring begins; the hosts it polls are in use from the start. Default 1; 0 is the cold start. */
  monitoringAfter?: number;
  /** Share of monitored hosts that are dead at any time. Default 0.2 */
  deadShare?: number;
}

export const officeRates =
  'per working hour: 24 machines x 30 connections outside (95-99 % succeed), 40 mails (20 % fail), 60 resolver ' +
  'questions (20 % fail); 50 hosts polled every 15 min (20 % dead); p2p 4 h a day, 300/h, 55 % gone; 150 outside clients, 4 crawlers and ' +
  '600 radiation sources of 1-2 SYNs a day; 8 DHCP newcomers a day';

const webPorts = [443, 443, 443, 443, 80];
const radiationPorts = [23, 22, 445, 3389, 80, 8080, 443, 6379, 2323, 5555, 1433, 81, 8443, 5060];
const dnsQuestion = Uint8Array.of(0, 0, 1, 0, 0, 1);

export const lan = (host: number): number => lanBlock + host;
/** Other sites and server rooms, routed. */
export const routed = (subnet: number, host: number): number => lanBlock + 256 * subnet + host;
export const ours = (host: number): number => publicBlock + host;

/** 1 from Monday to Friday, 8 to 18 h; a twentieth otherwise. */
export function workingHours(time: number): number {
  const hour = (time / HOUR) % 24,
    weekday = (Math.floor(time / DAY) + 3) % 7;
  return weekday < 5 && hour >= 8 && hour < 18 ? 1 : 0.05;
}

/** Addresses anywhere in the internet, not ours, no reserved ones. */
export function anywhere(world: World): number {
  for (;;) {
    const address = world.dice.next();
    const top = address >>> 24;
    if (
      top > 0 &&
      top < 224 &&
      top !== 10 &&
      top !== 127 &&
      top !== 172 &&
      top !== 192 &&
      top !== 169 &&
      top !== 100 &&
      top !== 198
    )
      return address;
  }
}

/** Web sites: a few thousand addresses in some hundred hosters' blocks, the popular ones most. */
export class Internet {
  readonly #sites: number[] = [];

  constructor(
    readonly world: World,
    sites = 3000,
  ) {
    const { dice } = world;
    while (this.#sites.length < sites) {
      const block = (anywhere(world) & 0xffffff00) >>> 0;
      for (let i = dice.below(20); i >= 0; i--) this.#sites.push(block + 1 + dice.below(254));
    }
    this.#sites.splice(0, this.#sites.length, ...dice.shuffled(this.#sites));
  }

  site(): number {
    // Zipf-like: a uniform draw to the third power.
    return this.#sites[Math.floor(this.#sites.length * this.world.dice.share() ** 3)] as number;
  }
}

/** A machine lives or is gone for days at a time; drawn anew when its time is over. */
class Fate {
  #until = 0;
  #dead = false;

  constructor(
    readonly world: World,
    readonly deadShare: number,
    readonly meanDeadDays = 5,
  ) {}

  get dead(): boolean {
    const { dice, now } = this.world;
    if (this.#until === 0) {
      this.#dead = dice.chance(this.deadShare);
      this.#until = now + dice.exponential(this.#mean);
    }
    while (now >= this.#until) {
      this.#dead = !this.#dead;
      this.#until += dice.exponential(this.#mean);
    }
    return this.#dead;
  }

  get #mean(): number {
    const dead = this.meanDeadDays * DAY;
    return this.#dead ? dead : (dead * (1 - this.deadShare)) / Math.max(this.deadShare, 1e-9);
  }
}

/** One machine's person at work: `perHour` connections to the web, and the names they need. */
export function browse(
  world: World,
  from: number,
  internet: Internet,
  perHour: number,
  resolver: number | undefined,
): void {
  const { dice } = world;
  const failing = dice.between(0.01, 0.05);
  world.often(
    perHour,
    () => {
      const site = internet.site();
      if (resolver !== undefined) world.ask(from, resolver, 53, 'answered', { head: dnsQuestion });
      const outcome: Outcome = !dice.chance(failing)
        ? 'answered'
        : dice.pick(['refused', 'silent', 'silent', 'unreachable'] as const);
      world.after(dice.between(5, 60), () => {
        if (dice.chance(0.25) && outcome !== 'refused')
          world.ask(from, site, 443, outcome === 'unreachable' ? 'silent' : outcome);
        else world.connect(from, site, dice.pick(webPorts), outcome);
      });
    },
    workingHours,
  );
}

/** Questions to ever new name servers, a fifth of them dead or slow to death; a server is as dead tomorrow as today. */
function resolve(world: World, from: number, perHour: number): void {
  const { dice } = world;
  const servers = Array.from({ length: 400 }, () => ({ address: anywhere(world), dead: dice.chance(0.2) }));
  world.often(
    perHour,
    () => {
      const server = dice.chance(0.3) ? { address: anywhere(world), dead: dice.chance(0.2) } : dice.pick(servers);
      world.ask(from, server.address, 53, server.dead ? 'silent' : 'answered', { head: dnsQuestion });
    },
    workingHours,
  );
}

function sendMail(world: World, from: number, perHour: number): void {
  const { dice } = world;
  const servers = Array.from({ length: 200 }, () => ({
    address: anywhere(world),
    outcome: dice.chance(0.2) ? dice.pick(['silent', 'refused'] as const) : ('answered' as const),
  }));
  world.often(
    perHour,
    () => {
      const server = dice.pick(servers);
      world.connect(from, server.address, 25, server.outcome);
      // What could not be delivered is tried again.
      if (server.outcome !== 'answered')
        for (const minutes of [15, 60, 240])
          world.after(minutes * MINUTE, () => world.connect(from, server.address, 25, server.outcome));
    },
    workingHours,
  );
}

/** File sharing: new peers from trackers and the DHT, on ports of their own, most of them long gone. */
function share(world: World, from: number): void {
  const { dice } = world;
  let until = 0;
  world.every(DAY, () => (until = world.now + dice.exponential(4 * HOUR)));
  world.often(
    300,
    () => {
      const peer = anywhere(world),
        port = dice.chance(0.3) ? 6881 + dice.below(9) : 1024 + dice.below(64000);
      const outcome: Outcome = dice.chance(0.45)
        ? 'answered'
        : dice.pick(['silent', 'silent', 'silent', 'refused'] as const);
      if (dice.chance(0.5)) world.ask(from, peer, port, outcome);
      else world.connect(from, peer, port, outcome);
    },
    () => (world.now < until ? 1 : 0),
  );
}

/**
 * 50 hosts, 16 on the LAN and 34 behind the router, each polled by ping and by one TCP service. Dead ones are silent, or a router says
 * so. Before monitoring starts they are used by the office, those of them that live.
 */
function monitor(
  world: World,
  from: number,
  workstations: readonly number[],
  startAfter: number,
  deadShare: number,
): void {
  const { dice } = world;
  const hosts = Array.from({ length: 50 }, (_, i) => ({
    address: i < 16 ? lan(200 + i) : routed(1 + (i % 3), 10 + i),
    fate: new Fate(world, deadShare),
    port: dice.pick([22, 80, 443, 445, 3389, 161, 9100]),
    told: dice.chance(0.5),
  }));
  for (const host of hosts) {
    world.name(host.address, 'monitored host');
    const live = (): void => world.alive(host.address, !host.fate.dead);
    live();
    world.every(10 * MINUTE, live);
    // Its users; and what it does itself (time, names).
    world.often(
      1,
      () => world.lives(host.address) && world.connect(dice.pick(workstations), host.address, host.port, 'answered'),
      workingHours,
    );
    world.often(
      1,
      () => world.lives(host.address) && world.ask(host.address, lan(5), 53, 'answered', { head: dnsQuestion }),
    );
  }
  world.at(world.now + startAfter * DAY, () => {
    for (const host of hosts) {
      world.every(15 * MINUTE, () => {
        const dead = host.fate.dead;
        const outcome: Outcome = !dead ? 'answered' : host.told ? 'unreachable' : 'silent';
        world.ping(from, host.address, outcome, dead ? 3 : 1);
        world.after(dice.between(5, 500), () => world.connect(from, host.address, host.port, outcome, { retries: 1 }));
      });
    }
  });
}

/** Names for a printer's and other discovery. */
function discover(world: World, from: number, printers: readonly number[]): void {
  const { dice } = world;
  // mDNS, SSDP, WS-Discovery to groups; NetBIOS and a driver's SNMP to all; printers answer the asker.
  world.often(
    2,
    () => {
      const [group, port] = dice.pick([
        [ip('224.0.0.251'), 5353],
        [ip('239.255.255.250'), 1900],
        [ip('239.255.255.250'), 3702],
        [lan(255), 137],
        [lan(255), 161],
      ] as const);
      world.announce(from, group, port === 5353 ? 5353 : 1024 + dice.below(60000), port, 90);
    },
    workingHours,
  );
  // The driver's own list: all printers ever set up, by SNMP.
  world.often(
    0.5,
    () => {
      for (const printer of printers) world.ask(from, printer, 161, world.lives(printer) ? 'answered' : 'silent');
    },
    workingHours,
  );
}

/** Ever new machines: DHCP's broadcasts, the server's test whether the address is free (dnsmasq, ISC dhcpd), the new one's own test. */
function lease(world: World, server: number, internet: Internet, perDay: number): void {
  const { dice } = world;
  let lastLease = 0;
  world.often(
    (perDay * 2.2) / 24,
    () => {
      const host = lan(100 + (lastLease++ % 80));
      if (world.lives(host)) return;
      world.announce(0, 0xffffffff, 68, 67, 300);
      world.ping(server, host, 'silent');
      world.after(3200, () => {
        world.announce(0, 0xffffffff, 68, 67, 310);
        for (let i = 0; i < 3; i++) world.after(50 + i * SECOND, () => world.askArp(host, host, 0));
      });
      world.after(6000, () => {
        world.alive(host);
        world.name(host, 'newcomer');
        world.askArp(host, host);
        const until = world.now + dice.exponential(5 * HOUR);
        const work = (): void => {
          if (world.now > until) return world.alive(host, false);
          world.ask(host, lan(5), 53, 'answered', { head: dnsQuestion });
          world.after(20, () => world.connect(host, internet.site(), 443, dice.chance(0.97) ? 'answered' : 'silent'));
          world.after(dice.exponential(4 * MINUTE), work);
        };
        work();
      });
    },
    workingHours,
  );
}

/** The segment of the people. */
function office(world: World, options: OfficeOptions): void {
  const { dice } = world,
    size = options.size ?? 1;
  const internet = new Internet(world);
  world.alive(lanRouter);
  world.name(lanRouter, 'router');
  const server = lan(5),
    monitorHost = lan(6),
    mail = lan(7);
  for (const [host, role] of [
    [server, 'file, DNS and DHCP server'],
    [monitorHost, 'monitoring'],
    [mail, 'mail server'],
  ] as const) {
    world.alive(host);
    world.name(host, role);
  }
  const printers = [lan(30), lan(31), lan(32), lan(33)];
  // One was sold long ago; its driver is still installed.
  for (const [i, printer] of printers.entries()) {
    world.alive(printer, i < 3);
    world.name(printer, 'printer');
  }
  const dead = [lan(40), lan(41), lan(42), routed(1, 77), routed(2, 78)];
  const workstations = Array.from({ length: Math.max(3, Math.round(24 * size)) }, (_, i) => lan(50 + i));
  for (const machine of workstations) {
    world.alive(machine);
    world.name(machine, 'workstation');
    browse(world, machine, internet, 30, server);
    discover(world, machine, printers);
    // Drives, shares, and those that were moved: two dead servers in everybody's profile.
    const gone = dice.shuffled(dead).slice(0, 2);
    world.often(4, () => world.connect(machine, server, dice.pick([445, 445, 389, 88, 135]), 'answered'), workingHours);
    world.often(0.4, () => world.connect(machine, dice.pick(gone), 445, 'silent'), workingHours);
    // To neighbours: a shared folder, a printer.
    world.often(0.4, () => world.connect(machine, dice.pick(printers.slice(0, 3)), 9100, 'answered'), workingHours);
    world.often(
      0.1,
      () => world.connect(machine, dice.pick(workstations), 445, dice.chance(0.6) ? 'answered' : 'refused'),
      workingHours,
    );
  }
  share(world, workstations[0] as number);
  world.name(workstations[0] as number, 'p2p client');
  if (size >= 0.5) resolve(world, server, 60);
  sendMail(world, mail, 40 * Math.min(1, size));
  lease(world, server, internet, 8);
  if (options.monitoring !== false)
    monitor(world, monitorHost, workstations, options.monitoringAfter ?? 1, options.deadShare ?? 0.2);
}

/** What a public block meets: clients of its servers, crawlers, stale names, and the noise of the internet. */
function presence(world: World, options: OfficeOptions, nat: boolean): void {
  const { dice } = world,
    size = options.size ?? 1;
  const internet = new Internet(world);
  world.alive(publicRouter);
  world.name(publicRouter, 'router');
  const servers = Array.from({ length: 10 }, (_, i) => ours(10 + i));
  for (const server of servers) {
    world.alive(server);
    world.name(server, 'our server');
    world.often(2, () => world.connect(server, internet.site(), 443, dice.chance(0.97) ? 'answered' : 'silent'));
  }
  // Three names still point to machines that are gone.
  const stale = [ours(30), ours(31), ours(90)];
  const retired = [
    [10, 21],
    [11, 143],
    [12, 8443],
    [14, 8080],
  ] as const;
  const visit = (client: number, server: number, machine = false): void => {
    if (!world.lives(server)) return world.connect(client, server, 443, 'silent');
    // People still ask for services that were given up; machines that visit by a list do not.
    if (!machine && dice.chance(0.03)) {
      const [host, port] = dice.pick(retired);
      world.connect(client, ours(host), port, 'refused');
    } else world.connect(client, server, dice.pick(webPorts), 'answered');
  };
  world.often((150 * size) / 24, () => {
    const client = anywhere(world);
    world.name(client, 'outside client');
    const visits = 1 + dice.below(4);
    for (let i = 0; i < visits; i++) {
      const server = dice.chance(0.04) ? dice.pick(stale) : dice.pick(servers);
      world.after(dice.between(0, 20) * MINUTE, () => visit(client, server));
    }
  });
  // Crawlers know every name we ever had; so does a provider that watches whether our servers are up.
  for (let i = 0; i < 4; i++) {
    const crawler = anywhere(world);
    world.name(crawler, i < 3 ? 'crawler' : 'uptime service');
    world.every(i < 3 ? 3 * HOUR : 10 * MINUTE, () => {
      for (const server of [...servers, ...stale.slice(0, i < 3 ? 3 : 1)])
        world.after(dice.between(0, 120) * SECOND, () => visit(crawler, server, true));
    });
  }
  // Carrier-grade NAT: thousands of people behind one address.
  const carrier = anywhere(world);
  world.name(carrier, 'carrier NAT');
  world.often(12 * size, () => visit(carrier, dice.chance(0.04) ? dice.pick(stale) : dice.pick(servers)));
  // Background radiation: each source once, one or two SYNs to addresses of chance.
  world.often((600 * size) / 24, () => {
    const source = anywhere(world),
      port = dice.pick(radiationPorts);
    world.name(source, 'radiation');
    for (let i = dice.below(2); i >= 0; i--) {
      const target = ours(1 + dice.below(254));
      const outcome: Outcome = !world.lives(target)
        ? 'silent'
        : webPorts.includes(port)
          ? 'answered'
          : dice.pick(['silent', 'refused'] as const);
      world.after(dice.exponential(HOUR), () =>
        world.connect(source, target, port, outcome, { retries: dice.below(2), talk: false }),
      );
    }
  });
  // Backscatter: victims of floods answer forged addresses, some of them ours.
  world.often(3 / 24, () => {
    const victim = anywhere(world);
    world.name(victim, 'backscatter');
    for (let i = dice.below(8); i >= 0; i--)
      world.after(dice.exponential(10 * MINUTE), () =>
        world.tcp(
          victim,
          ours(1 + dice.below(254)),
          80,
          1024 + dice.below(60000),
          dice.chance(0.7) ? 0x12 : 0x14,
          dice.next(),
          dice.next(),
        ),
      );
  });
  if (!nat) return;
  // All the office's people behind one address: what a tap on the provider's line sees of them.
  const gateway = ours(2);
  world.alive(gateway);
  world.name(gateway, 'office NAT');
  for (let i = 0; i < 24 * size; i++) browse(world, gateway, internet, 30, undefined);
  resolve(world, gateway, 60);
  share(world, gateway);
  sendMail(world, servers[1] as number, 40);
}

/** A branch of this kind, all its actors scheduled. */
export function populate(world: World, options: OfficeOptions = {}): void {
  if (world.place !== 'wan') office(world, options);
  if (world.place !== 'lan') presence(world, options, world.place === 'wan');
}

export const places: readonly TapPlace[] = ['lan', 'wan', 'mixed'];

/** Who this is, as the simulator knows it. */
export function roleOf(world: World, source: string): string {
  return world.roles.get(source) ?? (source === ipText(lanRouter) ? 'router' : 'unknown');
}
