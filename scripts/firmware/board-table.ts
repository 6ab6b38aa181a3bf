/** `npm run firmware:boards`: two tables for docs/DEPLOY.md, of host/firmware/boards.ts and the boards' manifests. */

import type { Board } from '../../host/firmware/boards.js';
import { boardNames, boards } from '../../host/firmware/boards.js';
import { readBoard } from './board-manifest.js';

type Pins = Record<string, number>;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(heads),
  `|${heads.map(() => '---').join('|')}|`,
  ...rows.map(row),
];

const names: Record<Board['uplink'], string> = { ethernet: 'Ethernet', wifi: 'WiFi' };

/** Where the uplink is. One wire for both is said, because then the tap is not silent on it. */
const uplinkOf = ({ tap, uplink }: Board): string => {
  if (tap !== uplink) return names[uplink];
  return `the same ${uplink === 'wifi' ? 'radio' : 'wire'}`;
};

export function boardTable(): string[] {
  return table(
    ['board', 'what', 'tap', 'uplink', 'flash', 'price', 'builds', 'boots', 'free RAM'],
    boardNames.map((name) => {
      const board = boards[name] as Board;
      const {
        about,
        tap,
        flash,
        price,
        seen: { built, booted, free },
      } = board;
      return [`\`${name}\``, about, names[tap], uplinkOf(board), `${flash} MB`, price, built, booted, free];
    }),
  );
}

const orNone = (pin: number): string => (pin < 0 ? 'none' : String(pin));

function chipPins(tap: Pins | undefined): string {
  if (!tap) return '';
  const at = (name: string): number => tap[name] ?? -1;
  if (tap['sck'] !== undefined) {
    return (
      `W5500: SCK ${at('sck')}, MOSI ${at('mosi')}, MISO ${at('miso')}, CS ${at('cs')}, ` +
      `INT ${orNone(at('interrupt'))}, RST ${orNone(at('reset'))}`
    );
  }
  const clock = at('clock_out') > 0 ? `clock out ${at('clock_out')}` : 'clock in 0';
  return `PHY ${at('phy_address')}: MDC ${at('mdc')}, MDIO ${at('mdio')}, power ${at('power')}, ${clock}`;
}

const lightPin = (light: Pins | undefined): string =>
  light ? `${light['pin']}${light['inverted'] ? ', lit when low' : ''}` : 'none';

export function pinTable(): string[] {
  return table(
    ['board', 'Ethernet chip', 'light', 'UART0', 'from'],
    boardNames.map((name) => {
      const { defines, config } = readBoard(name);
      const { receive, transmit } = config['serial'] as { receive: number; transmit: number };
      const pins = [chipPins(defines['tap']), lightPin(defines['light']), `RX ${receive}, TX ${transmit}`];
      return [`\`${name}\``, ...pins, boards[name]?.source ?? ''];
    }),
  );
}

if (process.argv[1]?.endsWith('board-table.js')) console.log([...boardTable(), '', ...pinTable()].join('\n'));
