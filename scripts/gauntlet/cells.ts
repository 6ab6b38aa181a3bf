/** All that runs the gauntlet. */
import type { Cell } from './cells/cell.js';
import { nmapCells } from './cells/nmap.js';
import { toolCells } from './cells/tools.js';

export type { Cell } from './cells/cell.js';

export const cells: readonly Cell[] = [...toolCells(), ...nmapCells()];
