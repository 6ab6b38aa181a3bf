/** A board's image from the SDK's build, and the flash offset of each part. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../common/errors.js';
import { projectRoot } from '../common/paths.js';
import { boards } from './boards.js';

/**
 * By mcconfig platform: the names in esptool and esp-web-tools, and the offset where the chip's ROM expects the boot
 * loader.
 */
const chips: Record<string, { chip: string; family: string; bootloader: number }> = {
  esp32: { chip: 'esp32', family: 'ESP32', bootloader: 0x1000 },
  'esp32/esp32c3': { chip: 'esp32c3', family: 'ESP32-C3', bootloader: 0 },
  'esp32/esp32c6': { chip: 'esp32c6', family: 'ESP32-C6', bootloader: 0 },
  'esp32/esp32s3': { chip: 'esp32s3', family: 'ESP32-S3', bootloader: 0 },
};

/** Undefined for an unknown board. */
export const chipOf = (board: string): { chip: string; family: string; bootloader: number } | undefined =>
  Object.hasOwn(boards, board) ? chips[boards[board]?.platform ?? ''] : undefined;

interface Part {
  file: string;
  path: string;
  offset: number;
}

export interface Image {
  board: string;
  chip: string;
  family: string;
  parts: Part[];
}

/** CONFIG_PARTITION_TABLE_OFFSET, which no board's sdkconfig changes. */
const TABLE = 0x8000;
/**
 * esp_partition_info_t in IDF's esp_flash_partitions.h: magic, type, subtype, offset, size, label[16], flags; 32 bytes.
 */
const ENTRY = 32;
const MAGIC = 0x50aa;
const APP = 0;
const DATA = 1;
const OTA_DATA = 0;
const FACTORY = 0;
const FIRST_SLOT = 0x10;

export const howToBuild = (board: string): string => `npm run firmware:build -- --board ${board}`;

/** The output folder of mcconfig. */
export function imageFolder(board: string): string {
  return join(
    projectRoot,
    'build/firmware',
    board,
    'bin',
    ...(boards[board]?.platform ?? '').split('/'),
    'release',
    board,
  );
}

/**
 * Offsets of the app that a new board boots, and of the OTA data that selects it. @throws RangeError for an invalid
 * table
 */
export function readPartitions(table: Buffer): { app: number; chosen: { offset: number; size: number } | undefined } {
  let app: number | undefined;
  let chosen: { offset: number; size: number } | undefined;
  for (let at = 0; at + ENTRY <= table.length && table.readUInt16LE(at) === MAGIC; at += ENTRY) {
    const [type, subtype, offset, size] = [
      table[at + 2],
      table[at + 3],
      table.readUInt32LE(at + 4),
      table.readUInt32LE(at + 8),
    ];
    if (type === APP && (subtype === FACTORY || (subtype === FIRST_SLOT && app === undefined))) app = offset;
    if (type === DATA && subtype === OTA_DATA) chosen = { offset, size };
  }
  if (app === undefined) throw new RangeError('it has no app partition');
  return { app, chosen };
}

/** @throws UserError BW_IMAGE if it is not built or not complete */
export function findImage(board: string, folder = imageFolder(board)): Image {
  const known = chipOf(board);
  const wrong = (reason: string): UserError => new UserError('BW_IMAGE', { board, reason, command: howToBuild(board) });
  if (!known) throw wrong('there is no such board');
  const at = (name: string): string => join(folder, name);
  if (!existsSync(at('xs_esp32.bin'))) throw wrong(`it is not built (no ${at('xs_esp32.bin')})`);
  for (const name of ['bootloader.bin', 'partition-table.bin'])
    if (!existsSync(at(name))) throw wrong(`${at(name)} is missing`);
  let partitions: ReturnType<typeof readPartitions>;
  try {
    partitions = readPartitions(readFileSync(at('partition-table.bin')));
  } catch (error) {
    throw wrong(`${at('partition-table.bin')} is not a partition table: ${(error as Error).message}`);
  }
  const parts: Part[] = [
    { file: 'bootloader.bin', path: at('bootloader.bin'), offset: known.bootloader },
    { file: 'partition-table.bin', path: at('partition-table.bin'), offset: TABLE },
  ];
  // Without it, a board that was updated over the uplink would keep booting its other slot.
  if (partitions.chosen && existsSync(at('ota_data_initial.bin')))
    parts.push({ file: 'ota_data_initial.bin', path: at('ota_data_initial.bin'), offset: partitions.chosen.offset });
  parts.push({ file: 'xs_esp32.bin', path: at('xs_esp32.bin'), offset: partitions.app });
  return { board, chip: known.chip, family: known.family, parts };
}

/** For esp-web-tools; paths are relative to the manifest. */
export function manifestOf(image: Image, version: string): object {
  return {
    name: `Blockwatch for ${image.board}`,
    version,
    new_install_prompt_erase: true,
    new_install_improv_wait_time: 10,
    builds: [{ chipFamily: image.family, parts: image.parts.map(({ file, offset }) => ({ path: file, offset })) }],
  };
}
