/** Pick a board, write it (esp-web-tools does that), tell it who it is. */

import type { WebSerialPort } from './provision.js';
import { withBoard } from './provision.js';

interface BoardOffer {
  name: string;
  about: string;
  built: boolean;
  command: string;
  release?: string;
}

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const serial = (navigator as unknown as { serial?: { requestPort(): Promise<WebSerialPort> } }).serial;

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  changes: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const one = Object.assign(document.createElement(name), changes);
  one.append(...children);
  return one;
}

function choose(board: BoardOffer): void {
  const install = byId('install');
  if (!board.built) {
    install.replaceChildren(
      element(
        'p',
        {},
        'No image of this board is built here. Build it on this computer, then load this page again: ',
        element('code', { textContent: board.command }),
      ),
    );
    return;
  }
  const button = document.createElement('esp-web-install-button');
  button.setAttribute('manifest', `firmware/${board.name}/manifest.json`);
  const activate = element('button', {
    type: 'button',
    className: 'primary',
    textContent: `Write the firmware of ${board.name}`,
  });
  activate.slot = 'activate';
  // The page says it itself, for everything on it.
  const unsupported = element('span');
  unsupported.slot = 'unsupported';
  button.append(activate, unsupported);
  install.replaceChildren(button);
}

async function showBoards(): Promise<void> {
  const boards = (await (await fetch('boards.json')).json()) as BoardOffer[];
  byId('boards').replaceChildren(
    ...boards.map((board) => {
      const radio = element('input', { type: 'radio', name: 'board', value: board.name });
      radio.addEventListener('change', () => choose(board));
      return element(
        'label',
        { className: 'board' },
        radio,
        element('b', { textContent: board.name }),
        element('span', {
          className: board.built ? 'built' : 'missing',
          textContent: board.release ? `release ${board.release}` : board.built ? 'image is here' : 'not built',
        }),
        element('span', { className: 'about', textContent: board.about }),
      );
    }),
  );
}

let provisioning = '';

async function readFile(): Promise<void> {
  const file = byId<HTMLInputElement>('file').files?.[0];
  provisioning = '';
  byId<HTMLButtonElement>('send').disabled = true;
  if (!file) return;
  try {
    const text = (await file.text()).trim();
    const { site, sensor, broker } = JSON.parse(text) as {
      site?: unknown;
      sensor?: unknown;
      broker?: { host?: unknown };
    };
    if (typeof site !== 'string' || typeof sensor !== 'string' || typeof broker?.host !== 'string')
      throw new Error('no provisioning');
    provisioning = text;
    byId('who').textContent = `${site}/${sensor}, which reports to ${broker.host}.`;
    byId<HTMLButtonElement>('send').disabled = !serial;
  } catch {
    byId('who').textContent = 'That is no provisioning file; "npx blockwatch enroll" makes one.';
  }
}

function tell(text: string, kind: '' | 'good' | 'bad' = ''): void {
  const outcome = byId('outcome');
  outcome.textContent = text;
  outcome.className = kind;
}

/** Milliseconds. */
const ONLINE_WITHIN = 60_000;

/** Another sentence of the board's; none: it has said nothing yet. */
function showSaid(sentence?: string): void {
  const said = byId('said');
  if (sentence === undefined) said.replaceChildren();
  else said.append(element('li', { textContent: sentence }));
}

async function send(): Promise<void> {
  if (!serial) return;
  let port: WebSerialPort;
  try {
    port = await serial.requestPort();
  } catch {
    return tell('No port was chosen.');
  }
  byId<HTMLButtonElement>('send').disabled = true;
  try {
    tell('Asking the board …');
    showSaid();
    const last = await withBoard(port, async (board) => {
      await board.provision(
        provisioning,
        ({ board: name, version }) => tell(`It is ${name} with Blockwatch ${version}. Sending …`),
        byId<HTMLInputElement>('again').checked,
      );
      tell('The board has kept it, and restarts. What it says:');
      return board.untilOnline(ONLINE_WITHIN, showSaid);
    });
    if (last === undefined) tell('The sensor is online. Delete the file now: it holds passwords.', 'good');
    else
      tell(
        `The board has kept the file, and is not online after ${ONLINE_WITHIN / 1000} seconds. ${last ? `It last said: ${last}` : 'It said nothing.'}`,
        'bad',
      );
  } catch (error) {
    tell((error as Error).message, 'bad');
  } finally {
    byId<HTMLButtonElement>('send').disabled = provisioning === '';
  }
}

byId('unsupported').hidden = serial !== undefined;
byId('file').addEventListener('change', () => void readFile());
byId('send').addEventListener('click', () => void send());
showBoards().catch(() =>
  byId('boards').replaceChildren(
    element('p', { textContent: 'The command "blockwatch flash" does not answer any more. Start it again.' }),
  ),
);
