/** What the sources of the engine must keep to; read from their syntax, by TypeScript's own parser. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../../host/common/paths.js';

const folder = join(projectRoot, 'src/engine');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.d)\.ts$/.test(name));
/** Here entries and headers get their names. */
const mayTouchMemory = (name: string): boolean => name.startsWith('tables/') || name === 'frame/headers.ts';
const MAX_LINES = 70;

function parse(name: string, text = readFileSync(join(folder, name), 'utf8')): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

const line = (node: ts.Node, at = node.getStart()): number =>
  node.getSourceFile().getLineAndCharacterOfPosition(at).line + 1;

/** `file:line: call` for each access to memory that has no name. */
function rawAccesses(source: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(source, (node) => {
    if (!ts.isCallExpression(node)) return;
    const callee = node.expression.getText();
    if (/^(load|store|changetype|memory\.(fill|copy)|v128\.\w+|(i32|i64|u8)\.(load|store)\w*)$/.test(callee))
      found.push(`${source.fileName}:${line(node)}: ${callee}`);
  });
  return found;
}

/** The `@unmanaged` classes of a file that have fields, and those whose layout no `if (offsetof<...>) ERROR(...)` checks. */
function layouts(source: ts.SourceFile): { all: string[]; unchecked: string[] } {
  const all: string[] = [];
  let checks = '';
  for (const statement of source.statements) {
    if (ts.isIfStatement(statement) && /^ERROR\(/.test(statement.thenStatement.getText()))
      checks += statement.expression.getText();
    if (!ts.isClassDeclaration(statement)) continue;
    const decorators = ts.getDecorators(statement) ?? [];
    if (!decorators.some((decorator) => decorator.expression.getText() === 'unmanaged')) continue;
    if (statement.members.some(ts.isPropertyDeclaration)) all.push(statement.name?.text ?? '');
  }
  return { all, unchecked: all.filter((name) => !checks.includes(`offsetof<${name}>(`)) };
}

function longFunctions(source: ts.SourceFile): string[] {
  const found: string[] = [];
  visit(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
    const lines = line(node, node.getEnd()) - line(node) + 1;
    if (lines > MAX_LINES) found.push(`${source.fileName}:${line(node)}: ${lines} lines`);
  });
  return found;
}

describe("the engine's sources", () => {
  it('touch memory by name only: load, store and changetype stand in tables/ and frame/headers.ts', () => {
    assert.ok(files.length > 30);
    assert.deepEqual(
      files.filter((name) => !mayTouchMemory(name)).flatMap((name) => rawAccesses(parse(name))),
      [],
    );
  });

  it('would be found out where they touch it by number', () => {
    const source = parse(
      'x.ts',
      'function f(at: u32): void { store<u8>(at, load<u8>(at, 4)); memory.fill(at, 0, 8); }',
    );
    assert.deepEqual(rawAccesses(source), ['x.ts:1: store', 'x.ts:1: load', 'x.ts:1: memory.fill']);
  });

  it('check the layout of each entry when they are compiled', () => {
    const tables = files.filter((name) => name.startsWith('tables/')).map((name) => layouts(parse(name)));
    // Views of a single field have nothing to check.
    const views = ['Bits32', 'Bits64', 'Mass', 'Saturating', 'Walk', 'Tally', 'HomeWord'];
    assert.ok(tables.flatMap(({ all }) => all).length >= 15);
    assert.deepEqual(
      tables.flatMap(({ unchecked }) => unchecked).filter((name) => !views.includes(name)),
      [],
    );
  });

  it(`have no function longer than ${MAX_LINES} lines`, () => {
    assert.deepEqual(
      files.flatMap((name) => longFunctions(parse(name))),
      [],
    );
  });
});
