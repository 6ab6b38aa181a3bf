/** What the SDK's build leaves, with the project's own partition table, for tests that have no ESP-IDF. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { boards } from '../../host/firmware/boards.js';

const types: Record<string, number> = { app: 0, data: 1 };
const subtypes: Record<string, number> = { factory: 0, ota_0: 0x10, ota_1: 0x11, ota: 0, phy: 1, nvs: 2 };

/** As gen_esp32part.py writes it: 32 bytes a row, then the rest of 0xff. */
export function partitionTable(csv: string): Buffer {
  const rows = csv
    .split('\n')
    .map((line) =>
      line
        .replace(/#.*/, '')
        .split(',')
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length >= 5);
  const out = Buffer.alloc(0xc00, 0xff);
  rows.forEach(([label, type, subtype, offset, size], i) => {
    const at = i * 32;
    out.fill(0, at, at + 32);
    out.writeUInt16LE(0x50aa, at);
    out[at + 2] = types[type as string] ?? Number(type);
    out[at + 3] = subtypes[subtype as string] ?? Number(subtype);
    out.writeUInt32LE(Number(offset), at + 4);
    out.writeUInt32LE(Number(size), at + 8);
    out.write(label as string, at + 12, 16, 'latin1');
  });
  return out;
}

export const ownTable = (): Buffer =>
  partitionTable(readFileSync(join(projectRoot, 'src/native/board/partitions.csv'), 'utf8'));

/** esp_chip_id_t, by mcconfig's name of the chip. */
const chipNumbers: Record<string, number> = { esp32: 0, 'esp32/esp32c3': 5, 'esp32/esp32c6': 13, 'esp32/esp32s3': 9 };

/**
 * As much of an application as is looked at: header, the description with IDF's version, and what it was told as text.
 */
export function application(board: string, texts: readonly string[]): Buffer {
  const head = Buffer.alloc(32 + 256, 0x5a);
  head[0] = 0xe9;
  head.writeUInt16LE(chipNumbers[boards[board]?.platform ?? ''] ?? 0xffff, 12);
  head.writeUInt32LE(0xabcd5432, 32);
  head.fill(0, 32 + 112, 32 + 144).write('v6.0', 32 + 112, 'latin1');
  return Buffer.concat([head, Buffer.from(`\0${texts.join('\0')}\0`)]);
}

export function writeImage(folder: string, leave: string[] = [], firmware: Buffer = Buffer.from('the firmware')): void {
  mkdirSync(folder, { recursive: true });
  const files: Record<string, Buffer> = {
    'bootloader.bin': Buffer.from('boot'),
    'partition-table.bin': ownTable(),
    'ota_data_initial.bin': Buffer.alloc(0x2000, 0xff),
    'xs_esp32.bin': firmware,
  };
  for (const [name, bytes] of Object.entries(files))
    if (!leave.includes(name)) writeFileSync(join(folder, name), bytes);
}
