/** The evidence of one source, step by step, as the real engine has it: read from its page. */
import { readFileSync } from 'node:fs';
import { engineModule } from '../../host/common/paths.js';
import { type EngineExports, writeConfig } from '../../host/sensor/engine.js';
import { EVIDENCE_PER_NAT, LINK_ETHERNET } from '../../src/engine/constants/codes.js';
import {
  SERVICE_BYTES,
  SERVICE_SLOTS,
  SERVICES_AT,
  SOURCE_BYTES,
  SOURCE_SLOTS,
  SOURCES_AT,
} from '../../src/engine/constants/memory.js';

/** Offsets in an entry, as src/engine/tables/source.ts and shared-service.ts lay them out. */
const [addressAt, evidenceAt, fingerprintAt, outsideAt, familyAt, scoreAt] = [0, 28, 30, 112, 64, 12];

export class Probe {
  readonly #engine: EngineExports;
  readonly #view: DataView;
  now = 1_000_000;

  constructor(home: string[]) {
    this.#engine = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(engineModule)))
      .exports as unknown as EngineExports;
    this.#view = new DataView(this.#engine.memory.buffer);
    writeConfig(this.#view, this.#engine.configAddress(), home);
    this.#engine.start(12345, 67890, 1);
  }

  send(frame: Buffer, after = 1): void {
    this.now += after;
    const at = this.#engine.batchAddress();
    const head = Math.min(frame.length, 192);
    this.#view.setUint32(at, this.now, true);
    this.#view.setUint32(at + 4, head | (LINK_ETHERNET << 8) | (frame.length << 16), true);
    new Uint8Array(this.#engine.memory.buffer).set(frame.subarray(0, head), at + 8);
    this.#engine.batch(8 + ((head + 3) & ~3));
    this.#engine.recordsRelease(this.#engine.recordsPending());
  }

  wait(ms: number): void {
    this.now += ms;
    this.#engine.tick(this.now);
    this.#engine.recordsRelease(this.#engine.recordsPending());
  }

  /** Nats of an IPv4 source, where it is known; NaN where not. `outside`: in the walk of what it does outside. */
  evidence(source: string, outside = false): number {
    const bytes = source.split('.').map(Number);
    for (let at = SOURCES_AT; at < SOURCES_AT + SOURCE_SLOTS * SOURCE_BYTES; at += SOURCE_BYTES) {
      if (
        this.#view.getUint8(at + familyAt) !== 4 ||
        bytes.some((byte, i) => this.#view.getUint8(at + addressAt + i) !== byte)
      )
        continue;
      const walk = this.#view.getInt16(at + (outside ? outsideAt : evidenceAt), true);
      return (walk + this.#view.getInt16(at + fingerprintAt, true)) / EVIDENCE_PER_NAT;
    }
    return NaN;
  }

  /** Nats of a TCP service in the table of shared scans. */
  score(port: number): number {
    for (let at = SERVICES_AT; at < SERVICES_AT + SERVICE_SLOTS * SERVICE_BYTES; at += SERVICE_BYTES) {
      if (this.#view.getUint32(at, true) === ((6 << 16) | port))
        return this.#view.getInt16(at + scoreAt, true) / EVIDENCE_PER_NAT;
    }
    return 0;
  }
}
