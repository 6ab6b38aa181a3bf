/** Choose a board, flash it with esp-web-tools, and provision it. */

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
        'There is no image for this board. Build it on this computer, then reload this page: ',
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
    textContent: `Install the firmware for ${board.name}`,
  });
  activate.slot = 'activate';
  // The page has its own notice.
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
          textContent: board.release ? `release ${board.release}` : board.built ? 'image ready' : 'not built',
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
      throw new Error('not a provisioning file');
    provisioning = text;
    byId('who').textContent = `Sensor ${site}/${sensor}, reporting to ${broker.host}.`;
    byId<HTMLButtonElement>('send').disabled = !serial;
  } catch {
    byId('who').textContent = 'This is not a provisioning file. Create one with "npx blockwatch enroll".';
  }
}

function showOutcome(text: string, kind: '' | 'good' | 'bad' = ''): void {
  const outcome = byId('outcome');
  outcome.textContent = text;
  outcome.className = kind;
}

/** Milliseconds. */
const ONLINE_WITHIN = 60_000;

/** Appends a status of the board; without one, clears the list. */
function showStatus(sentence?: string): void {
  const list = byId('said');
  if (sentence === undefined) list.replaceChildren();
  else list.append(element('li', { textContent: sentence }));
}

async function send(): Promise<void> {
  if (!serial) return;
  let port: WebSerialPort;
  try {
    port = await serial.requestPort();
  } catch {
    return showOutcome('No port selected.');
  }
  byId<HTMLButtonElement>('send').disabled = true;
  try {
    showOutcome('Connecting to the board …');
    showStatus();
    const last = await withBoard(port, async (board) => {
      await board.provision(
        provisioning,
        ({ board: name, version }) => showOutcome(`Found ${name} with Blockwatch ${version}. Sending …`),
        byId<HTMLInputElement>('again').checked,
      );
      showOutcome('The board stored the file and restarts. Its status:');
      return board.untilOnline(ONLINE_WITHIN, showStatus);
    });
    if (last === undefined) showOutcome('The sensor is online. Delete the file now: it holds passwords.', 'good');
    else
      showOutcome(
        `The board stored the file but is not online after ${ONLINE_WITHIN / 1000} seconds. ${last ? `Its last status: ${last}` : 'It sent no status.'}`,
        'bad',
      );
  } catch (error) {
    showOutcome((error as Error).message, 'bad');
  } finally {
    byId<HTMLButtonElement>('send').disabled = provisioning === '';
  }
}

byId('unsupported').hidden = serial !== undefined;
byId('file').addEventListener('change', () => void readFile());
byId('send').addEventListener('click', () => void send());
showBoards().catch(() =>
  byId('boards').replaceChildren(
    element('p', { textContent: 'The command "blockwatch flash" no longer answers. Start it again.' }),
  ),
);
