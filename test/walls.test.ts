import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../host/common/paths.js';

/** What the compiler says of a file with this one line in the room; the room's own files are left out, for speed. */
function complaints(room: string, line: string): string[] {
  const config = join(projectRoot, room, 'tsconfig.json');
  const parsed = ts.getParsedCommandLineOfConfigFile(config, {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (one) => assert.fail(ts.flattenDiagnosticMessageText(one.messageText, ' ')),
  } as ts.ParseConfigFileHost);
  assert.ok(parsed);
  const path = join(projectRoot, room, 'intruder.ts');
  const host = ts.createCompilerHost(parsed.options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === path || fileExists.call(host, name);
  host.readFile = (name) => (name === path ? line : readFile.call(host, name));
  host.getSourceFile = (name, options, ...rest) =>
    name === path ? ts.createSourceFile(name, line, options) : getSourceFile.call(host, name, options, ...rest);
  const ambient = parsed.fileNames.filter((name) => name.endsWith('.d.ts'));
  const program = ts.createProgram({
    rootNames: [path, ...ambient],
    options: parsed.options,
    ...(parsed.projectReferences ? { projectReferences: parsed.projectReferences } : {}),
    host,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map((one) => ts.flattenDiagnosticMessageText(one.messageText, ' '))
    .filter((text) => !/'line' is declared|is declared but/.test(text));
}

/** Folders below `top` that hold TypeScript. */
function roomsBelow(top: string): string[] {
  return readdirSync(join(projectRoot, top), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(projectRoot, entry.parentPath))
    .filter((folder, at, all) => all.indexOf(folder) === at && !folder.startsWith('src/engine'));
}

describe('the walls between rooms', () => {
  const forbidden: [room: string, line: string][] = [
    ['host/common', "export { DEFAULT_STORE } from '../cli/support/store.js';"],
    ['host/wording', "export { openStore } from '../collector/store/open.js';"],
    ['host/collector/rules', "export { openStore } from '../store/open.js';"],
    ['host/collector/store', "export { listSensors } from '../query/sensors.js';"],
    ['host/collector/query', "export { readCampaigns } from '../fleet/campaigns.js';"],
    ['host/collector/outputs/formats', "export { Pump } from '../pump.js';"],
    ['host/web/client/lib', "export { UserError } from '../../../common/errors.js';"],
    ['host/web/client/view', "export { listSensors } from '../../../collector/query/sensors.js';"],
    ['src/protocol', "export { UserError } from '../../host/common/errors.js';"],
    ['src/protocol', "export { Outbox } from '../app/core/outbox.js';"],
    ['src/app/core', "export { SensorMqtt } from '../xs/mqtt.js';"],
    ['src/protocol', "export { readFileSync } from 'node:fs';"],
  ];
  for (const [room, line] of forbidden) {
    it(`do not let ${room} have ${/from '([^']+)'/.exec(line)?.[1]}`, () => {
      assert.match(
        complaints(room, line).join('\n'),
        /is not listed within the file list of project|Cannot find (module|name 'node:fs')/,
      );
    }).timeout(120_000);
  }

  it('let a room have what its references name', () => {
    assert.deepEqual(complaints('host/collector/query', "export { openStore } from '../store/open.js';"), []);
  }).timeout(120_000);

  it('stand around every folder, and the build checks all of them', () => {
    const root = JSON.parse(readFileSync(join(projectRoot, 'tsconfig.json'), 'utf8')) as {
      references: { path: string }[];
    };
    const checked = root.references.map(({ path }) => path);
    for (const room of ['src', 'host'].flatMap(roomsBelow)) assert.ok(checked.includes(room), room);
  });
});
