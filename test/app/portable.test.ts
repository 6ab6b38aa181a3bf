import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../../host/common/paths.js';

/** The options of src/protocol: ES2022 without the types of Node, a browser or XS, so that their globals do not compile. */
const { options: roomOptions } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(projectRoot, 'src/protocol/tsconfig.json'), (path) => ts.sys.readFile(path)).config,
  ts.sys,
  join(projectRoot, 'src/protocol'),
);
/** The program here is not the room's own project, so it may name files that the room gets through a reference. */
const options = { ...roomOptions, composite: false };

const sharedFiles = ['app/core', 'protocol'].flatMap((folder) =>
  readdirSync(join(projectRoot, 'src', folder))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', folder, name)),
);

/** Compiles files of the project, and more that are only texts, by their paths. */
function programOf(files: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ts.Program {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) => {
    const text = texts.get(path);
    return text === undefined ? read(path, ...rest) : ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  };
  const names = [...files, 'src/engine/types.d.ts'].map((file) => join(projectRoot, file));
  return ts.createProgram([...names, ...texts.keys()], options, host);
}

/** Why a file would not run on both: what does not compile, what it imports, which clocks and chance it takes by itself. */
function troubles(program: ts.Program, path: string): string[] {
  const file = program.getSourceFile(path);
  if (!file) return [`there is no ${path}`];
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((one) =>
    ts.flattenDiagnosticMessageText(one.messageText, ' '),
  );
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const from = node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : './';
      if (!/^(\.\.\/\.\.\/protocol\/|\.\.\/engine\/constants\/codes\.js$|\.\/[a-z0-9-]*(\.js)?$)/.test(from))
        found.push(`imports ${from}`);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) found.push('calls import()');
    if (ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random)$/.test(node.getText(file)))
      found.push(`takes ${node.getText(file)}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('Code that the chip and the computer share', function (this: Mocha.Suite) {
  this.timeout(60_000);
  let program: ts.Program;
  before(() => {
    program = programOf(sharedFiles);
  });

  for (const file of sharedFiles) {
    it(`${file} needs nothing that either of them lacks`, () => {
      assert.deepEqual(troubles(program, join(projectRoot, file)), []);
    });
  }

  it('would be found out by any of what Node, XS or ES2022 lacks', () => {
    const lines = [
      "void import('./outbox.js');",
      "require('fs');",
      ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'structuredClone'].map((name) => `${name}();`),
      ...['process', 'performance', 'console', 'Buffer', 'TextEncoder', 'TextDecoder', 'crypto', 'URL', 'fetch'].map(
        (name) => `${name};`,
      ),
      'Date.now();',
      'Math.random();',
      '[1].toSorted();',
      '[1].findLast(() => true);',
      'Promise.withResolvers();',
    ];
    const texts = new Map(
      lines.map((text, i) => [join(projectRoot, `src/app/core/foreign-${i}.ts`), `${text}\nexport {};\n`]),
    );
    const foreign = programOf([], texts);
    for (const [path, text] of texts) assert.notDeepEqual(troubles(foreign, path), [], text);
    // Apart: such a module brings Node's types, and with them its globals.
    const path = join(projectRoot, 'src/app/core/imports.ts');
    const importing = programOf([], new Map([[path, "import 'node:fs';\nexport * from 'mqtt';\n"]]));
    const found = troubles(importing, path);
    for (const from of ['node:fs', 'mqtt']) assert.ok(found.includes(`imports ${from}`), from);
  });
});
